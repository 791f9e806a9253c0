"""Which consumers take notice of which events. A consumer's name is in every delivery row: do not rename lightly."""

BELIEF = "quality.belief"
REFIT = "quality.refit"
LAST_LOOK = "quality.last_look"
SCREEN = "quality.screen"
FINALISE = "quality.finalise"
RUN = "quality.run"
IMPORT = "quality.import"
RULES = "quality.rules"
ACCEPT = "orders.accept"
CHECK_PAY = "orders.check_pay"
PUBLISH = "orders.publish"
SETTLE = "orders.settle"
REQUOTE = "orders.requote"
RELEASE = "releases.build"
INGEST = "labeling.ingest"
COMPARE = "labeling.compare"
PREDICT = "labeling.predict"
REORDER = "quality.reorder"
FORECAST = "pricing.forecast"

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "job_opened": (FORECAST,),
    "job_resumed": (FORECAST,),
    "answer_submitted": (ACCEPT, BELIEF),
    "lease_given_back": (BELIEF,),
    "refit_due": (REFIT, SCREEN, CHECK_PAY),
    "last_look_due": (LAST_LOOK,),
    "pilot_ended": (REQUOTE,),
    "job_closed": (FINALISE, SCREEN),
    "labels_finalised": (SETTLE,),
    "run_requested": (RUN,),
    "import_requested": (IMPORT,),
    "prediction_requested": (PREDICT,),
    "reorder_requested": (REORDER,),
    "rules_due": (RULES,),
    "publish_requested": (PUBLISH,),
    "release_requested": (RELEASE,),
    "ingest_requested": (INGEST,),
    "cleaning_changed": (COMPARE,),
}


def consumers_of(event_type: str) -> tuple[str, ...]:
    """Return the consumers that an event of this type is delivered to."""
    return SUBSCRIPTIONS.get(event_type, ())

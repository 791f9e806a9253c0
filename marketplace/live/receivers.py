"""Every signal of the rooms below becomes an event row, in the transaction of the fact."""

from typing import Any

from django.dispatch import Signal

import labeling.signals as labeling
import marketplace.orders.signals as orders
import marketplace.releases.signals as releases
import pricing.signals as pricing
import quality.signals as quality
from marketplace.live.models import StreamType
from marketplace.live.services.log import append_event

_JOB_FACTS: dict[str, Signal] = {
    "job_opened": labeling.job_opened,
    "job_paused": labeling.job_paused,
    "job_resumed": labeling.job_resumed,
    "job_closed": labeling.job_closed,
    "tasks_opened": labeling.tasks_opened,
    "pilot_ended": labeling.pilot_ended,
    "pilot_passed": labeling.pilot_passed,
    "tasks_leased": labeling.tasks_leased,
    "leases_expired": labeling.leases_expired,
    "lease_given_back": labeling.lease_given_back,
    "answer_submitted": labeling.answer_submitted,
    "answer_accepted": labeling.answer_accepted,
    "answer_rejected": labeling.answer_rejected,
    "rejection_overturned": labeling.rejection_overturned,
    "job_held": labeling.job_held,
    "job_released": labeling.job_released,
    "overlap_raised": labeling.overlap_raised,
    "task_retired": labeling.task_retired,
    "task_reopened": labeling.task_reopened,
    "learner_passed": labeling.learner_passed,
    "review_opened": labeling.review_opened,
    "review_closed": labeling.review_closed,
    "label_reviewed": quality.label_reviewed,
    "refit_due": quality.refit_due,
    "last_look_due": quality.last_look_due,
    "labels_finalised": quality.labels_finalised,
    "rules_due": quality.rules_due,
    "rule_made": quality.rule_made,
    "rule_ended": quality.rule_ended,
    "rule_fired": quality.rule_fired,
    "run_requested": quality.run_requested,
    "reorder_requested": quality.reorder_requested,
    "run_kept": quality.run_kept,
    "run_promoted": quality.run_promoted,
    "gold_disputed": quality.gold_disputed,
    "gold_decided": quality.gold_decided,
    "audit_planned": quality.audit_planned,
    "audit_begun": quality.audit_begun,
    "audit_ended": quality.audit_ended,
    "finding_opened": quality.finding_opened,
    "finding_decided": quality.finding_decided,
    "finding_objected": quality.finding_objected,
    "forecast_made": pricing.forecast_made,
    "deadline_at_risk": pricing.deadline_at_risk,
    "deadline_safe": pricing.deadline_safe,
    "release_requested": releases.release_requested,
    "release_sealed": releases.release_sealed,
}
_ORDER_FACTS: dict[str, Signal] = {
    "order_created": orders.order_created,
    "order_quoted": orders.order_quoted,
    "order_funded": orders.order_funded,
    "order_requoted": orders.order_requoted,
    "publish_requested": orders.publish_requested,
    "order_published": orders.order_published,
    "order_settled": orders.order_settled,
    "answer_appealed": orders.answer_appealed,
    "appeal_decided": orders.appeal_decided,
    "order_frozen": orders.order_frozen,
    "freeze_decided": orders.freeze_decided,
    "bonus_given": orders.bonus_given,
    "pay_topped_up": orders.pay_topped_up,
    "transfer_reversed": orders.transfer_reversed,
    "order_cancelled": orders.order_cancelled,
    "order_expired": orders.order_expired,
}
_ORGANIZATION_FACTS: dict[str, Signal] = {
    "expertise_given": labeling.expertise_given,
    "expertise_revoked": labeling.expertise_revoked,
    "import_requested": labeling.import_requested,
    "prediction_requested": labeling.prediction_requested,
    "ingest_requested": labeling.ingest_requested,
    "ingest_ended": labeling.ingest_ended,
    "cleaning_changed": labeling.cleaning_changed,
}


JOB_EVENTS = frozenset(_JOB_FACTS)


def connect() -> None:
    """Listen to every fact; called once, when the app is ready."""
    for event_type, signal in _JOB_FACTS.items():
        _listen(signal, StreamType.JOB, event_type, subject="job_id")
    for event_type, signal in _ORDER_FACTS.items():
        _listen(signal, StreamType.ORDER, event_type, subject="order_id")
    for event_type, signal in _ORGANIZATION_FACTS.items():
        _listen(signal, StreamType.ORGANIZATION, event_type, subject="organization_id")


def _listen(signal: Signal, stream_type: StreamType, event_type: str, *, subject: str) -> None:
    def receive(**facts: Any) -> None:
        append_event(
            stream_type, facts[subject], event_type=event_type, data=facts["data"], deltas=facts.get("deltas") or {}
        )

    signal.connect(receive, weak=False, dispatch_uid=f"live.{event_type}")

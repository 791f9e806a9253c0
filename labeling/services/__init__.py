"""The writes of labeling. Lock order: a worker's place in the job, tasks, assignments, job (then ledger, stream)."""

from labeling.core.splitting import Pace
from labeling.services.assistance import ShownPreLabel, assist, prelabels_of
from labeling.services.backends import (
    BackendSpec,
    PredictionOrder,
    asset_behind,
    disable_backend,
    enable_backend,
    register_backend,
    request_prediction,
    run_prediction,
)
from labeling.services.claim import claim_tasks
from labeling.services.cleaning import compare_all, compare_images, decide_flaws, set_thresholds
from labeling.services.countries import Countries
from labeling.services.datasets import (
    ExternalReference,
    add_external_asset,
    add_external_assets,
    add_image,
    create_dataset,
)
from labeling.services.decide import (
    DecidedWork,
    accept_assignment,
    overturn_rejection,
    reject_assignment,
    undecided_since,
)
from labeling.services.gold import pause_worker, reserve_gold, set_gold_rate
from labeling.services.grants import grant, is_qualified, revoke_grant
from labeling.services.holds import hold_job, release_job
from labeling.services.imports import (
    ImportSpec,
    ImportTarget,
    Outcome,
    Prepared,
    keep_prelabels,
    read_import,
    request_import,
)
from labeling.services.ingests import IngestOrder, request_ingest, run_ingest
from labeling.services.jobs import (
    JobSpec,
    cancel_draft,
    close_job,
    create_job,
    open_job,
    pause_job,
    release_reserves,
    resume_job,
    set_terms,
)
from labeling.services.leases import expire_leases, extend_lease, give_back, jobs_with_lapsed_leases
from labeling.services.materialise import materialise_tasks
from labeling.services.offers import OfferRequest, offer_tasks, push_offers
from labeling.services.ordering import Doubts, doubts_of_model, no_doubts, prioritise
from labeling.services.pilots import Raise, end_pilot, open_pilot, pass_pilot
from labeling.services.projects import add_guideline, add_ontology, create_project
from labeling.services.resplit import Pay, resplit_draft, resplit_job
from labeling.services.reviews import (
    close_review,
    deserted_reviews,
    may_review,
    open_review,
    pay_for_check,
    review_cap,
    want_another_opinion,
)
from labeling.services.rounds import ENDED, NamedAsset, RoundSpec, create_round, find_assets, require_ended
from labeling.services.shown_pay import show_hourly_pay
from labeling.services.splitting import SplitPreview, preview_split, read_strategy
from labeling.services.steer import (
    exhausted_tasks,
    is_exhausted,
    leave_further_answers,
    raise_overlap,
    reopen_task,
    retire_task,
)
from labeling.services.submit import Submission, SubmissionOutcome, submit_answer
from labeling.services.verdicts import SentVerdict, StatedConflict

__all__ = [
    "ENDED",
    "BackendSpec",
    "Countries",
    "DecidedWork",
    "Doubts",
    "ExternalReference",
    "ImportSpec",
    "ImportTarget",
    "IngestOrder",
    "JobSpec",
    "NamedAsset",
    "OfferRequest",
    "Outcome",
    "Pace",
    "Pay",
    "PredictionOrder",
    "Prepared",
    "Raise",
    "RoundSpec",
    "SentVerdict",
    "ShownPreLabel",
    "SplitPreview",
    "StatedConflict",
    "Submission",
    "SubmissionOutcome",
    "accept_assignment",
    "add_external_asset",
    "add_external_assets",
    "add_guideline",
    "add_image",
    "add_ontology",
    "asset_behind",
    "assist",
    "cancel_draft",
    "claim_tasks",
    "close_job",
    "close_review",
    "compare_all",
    "compare_images",
    "create_dataset",
    "create_job",
    "create_project",
    "create_round",
    "decide_flaws",
    "deserted_reviews",
    "disable_backend",
    "doubts_of_model",
    "enable_backend",
    "end_pilot",
    "exhausted_tasks",
    "expire_leases",
    "extend_lease",
    "find_assets",
    "give_back",
    "grant",
    "hold_job",
    "is_exhausted",
    "is_qualified",
    "jobs_with_lapsed_leases",
    "keep_prelabels",
    "leave_further_answers",
    "materialise_tasks",
    "may_review",
    "no_doubts",
    "offer_tasks",
    "open_job",
    "open_pilot",
    "open_review",
    "overturn_rejection",
    "pass_pilot",
    "pause_job",
    "pause_worker",
    "pay_for_check",
    "prelabels_of",
    "preview_split",
    "prioritise",
    "push_offers",
    "raise_overlap",
    "read_import",
    "read_strategy",
    "register_backend",
    "reject_assignment",
    "release_job",
    "release_reserves",
    "reopen_task",
    "request_import",
    "request_ingest",
    "request_prediction",
    "require_ended",
    "reserve_gold",
    "resplit_draft",
    "resplit_job",
    "resume_job",
    "retire_task",
    "review_cap",
    "revoke_grant",
    "run_ingest",
    "run_prediction",
    "set_gold_rate",
    "set_terms",
    "set_thresholds",
    "show_hourly_pay",
    "submit_answer",
    "undecided_since",
    "want_another_opinion",
]

"""Beliefs and consensus runs."""

from quality.services.agreement import job_agreement
from quality.services.audits import AuditOrder, cancel_audit, give_verdict, order_audit
from quality.services.belief import retire_exhausted, update_belief
from quality.services.explain import explain_label
from quality.services.findings import confirm_finding, dismiss_finding, object_to_finding
from quality.services.fit import finalise_labels, refit_skills
from quality.services.last_look import ask_for_last_look, take_last_look
from quality.services.screening import screen_job

__all__ = [
    "AuditOrder",
    "ask_for_last_look",
    "cancel_audit",
    "confirm_finding",
    "dismiss_finding",
    "explain_label",
    "finalise_labels",
    "give_verdict",
    "job_agreement",
    "object_to_finding",
    "order_audit",
    "refit_skills",
    "retire_exhausted",
    "screen_job",
    "take_last_look",
    "update_belief",
]

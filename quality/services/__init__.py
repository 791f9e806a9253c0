"""Beliefs and consensus runs."""

from quality.services.abilities import ToldSkill, skills_of
from quality.services.agreement import job_agreement
from quality.services.asking import request_review
from quality.services.assistance import assistance_report
from quality.services.audits import AuditOrder, cancel_audit, give_verdict, order_audit
from quality.services.belief import retire_exhausted, update_belief, weigh_review
from quality.services.comparing import compare_runs, flips
from quality.services.contradicting import Contradiction, EvidenceKind, contradiction_of
from quality.services.crowd_quality import crowd_accuracy
from quality.services.explain import explain_label
from quality.services.findings import confirm_finding, dismiss_finding, object_to_finding
from quality.services.fit import finalise_labels, refit_skills
from quality.services.gold import (
    KnownAnswer,
    add_gold,
    materialise_gold,
    n_gold,
    promote_gold,
    remove_gold,
    require_answers,
    retire_gold,
    uphold_gold,
    withdraw_gold,
)
from quality.services.gold_scoring import score_gold
from quality.services.guideline_impact import ClassChange, guideline_impact
from quality.services.imports import run_import
from quality.services.last_look import ask_for_last_look, take_last_look
from quality.services.latest import LatestLabel, first_job_of, latest_labels
from quality.services.ordering import TaskOrder, request_reorder, run_reorder
from quality.services.rounds import doubted_assets, draft_round
from quality.services.rules import RuleSpec, apply_rules, ask_for_rules, end_rule, make_rule
from quality.services.runs import make_run, methods_of, promote_run, request_run
from quality.services.screening import screen_job
from quality.services.training import feedback_on, learners_of, note_skip

__all__ = [
    "AuditOrder",
    "ClassChange",
    "Contradiction",
    "EvidenceKind",
    "KnownAnswer",
    "LatestLabel",
    "RuleSpec",
    "TaskOrder",
    "ToldSkill",
    "add_gold",
    "apply_rules",
    "ask_for_last_look",
    "ask_for_rules",
    "assistance_report",
    "cancel_audit",
    "compare_runs",
    "confirm_finding",
    "contradiction_of",
    "crowd_accuracy",
    "dismiss_finding",
    "doubted_assets",
    "draft_round",
    "end_rule",
    "explain_label",
    "feedback_on",
    "finalise_labels",
    "first_job_of",
    "flips",
    "give_verdict",
    "guideline_impact",
    "job_agreement",
    "latest_labels",
    "learners_of",
    "make_rule",
    "make_run",
    "materialise_gold",
    "methods_of",
    "n_gold",
    "note_skip",
    "object_to_finding",
    "order_audit",
    "promote_gold",
    "promote_run",
    "refit_skills",
    "remove_gold",
    "request_reorder",
    "request_review",
    "request_run",
    "require_answers",
    "retire_exhausted",
    "retire_gold",
    "run_import",
    "run_reorder",
    "score_gold",
    "screen_job",
    "skills_of",
    "take_last_look",
    "update_belief",
    "uphold_gold",
    "weigh_review",
    "withdraw_gold",
]

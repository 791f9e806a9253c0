"""Routes of quality, below /api/v1/."""

from django.urls import path

from quality.api.assistance import AssistanceReportView
from quality.api.audits import AuditCancelView, AuditItemsView, AuditsView, AuditView, VerdictView
from quality.api.explanations import AgreementView, ExplanationView
from quality.api.findings import FindingConfirmView, FindingDismissView, FindingsView, ObjectionView, OwnFindingsView
from quality.api.gold import (
    GoldView,
    JobGoldView,
    MySkillsView,
    PromoteGoldView,
    RetireGoldView,
    UpholdGoldView,
    WithdrawGoldView,
)
from quality.api.guidelines import GuidelineImpactView
from quality.api.imports import ImportItemsView, ImportsView, ImportView, PreLabelsView
from quality.api.reviews import ReviewersView, ReviewsView
from quality.api.rounds import LatestLabelsView, ReorderView, RoundsView
from quality.api.rules import EndRuleView, FiringsView, RulesView
from quality.api.runs import ComparisonView, FlipsView, JobMethodsView, JobRunsView, PromoteRunView, RunView
from quality.api.training import FeedbackView, LearnersView, OwnGrantsView, RevokeGrantView
from quality.api.views import ConsensusView, TasksView

urlpatterns = [
    path("jobs/<uuid:job_id>/tasks", TasksView.as_view(), name="job-tasks"),
    path("jobs/<uuid:job_id>/consensus", ConsensusView.as_view(), name="job-consensus"),
    path("jobs/<uuid:job_id>/consensus-methods", JobMethodsView.as_view(), name="job-consensus-methods"),
    path("jobs/<uuid:job_id>/consensus-runs", JobRunsView.as_view(), name="job-consensus-runs"),
    path("consensus-runs/<uuid:run_id>", RunView.as_view(), name="consensus-run"),
    path("consensus-runs/<uuid:run_id>/promote", PromoteRunView.as_view(), name="consensus-run-promote"),
    path("consensus-runs/<uuid:run_id>/comparison", ComparisonView.as_view(), name="consensus-run-comparison"),
    path("consensus-runs/<uuid:run_id>/flips", FlipsView.as_view(), name="consensus-run-flips"),
    path("jobs/<uuid:job_id>/agreement", AgreementView.as_view(), name="job-agreement"),
    path("jobs/<uuid:job_id>/audits", AuditsView.as_view(), name="job-audits"),
    path("audits/<uuid:audit_id>", AuditView.as_view(), name="audit"),
    path("audits/<uuid:audit_id>/cancel", AuditCancelView.as_view(), name="audit-cancel"),
    path("audits/<uuid:audit_id>/items", AuditItemsView.as_view(), name="audit-items"),
    path("audits/<uuid:audit_id>/items/<uuid:item_id>/verdict", VerdictView.as_view(), name="audit-item-verdict"),
    path("jobs/<uuid:job_id>/learners", LearnersView.as_view(), name="job-learners"),
    path("grants/<uuid:grant_id>/revoke", RevokeGrantView.as_view(), name="grant-revoke"),
    path("assignments/<uuid:assignment_id>/feedback", FeedbackView.as_view(), name="assignment-feedback"),
    path("me/qualifications", OwnGrantsView.as_view(), name="me-qualifications"),
    path("jobs/<uuid:job_id>/reviews", ReviewsView.as_view(), name="job-reviews"),
    path("jobs/<uuid:job_id>/reviewers", ReviewersView.as_view(), name="job-reviewers"),
    path("jobs/<uuid:job_id>/gold", JobGoldView.as_view(), name="job-gold"),
    path("jobs/<uuid:job_id>/gold/promote", PromoteGoldView.as_view(), name="job-gold-promote"),
    path("gold/<uuid:gold_id>", GoldView.as_view(), name="gold"),
    path("gold/<uuid:gold_id>/retire", RetireGoldView.as_view(), name="gold-retire"),
    path("gold/<uuid:gold_id>/uphold", UpholdGoldView.as_view(), name="gold-uphold"),
    path("gold/<uuid:gold_id>/withdraw", WithdrawGoldView.as_view(), name="gold-withdraw"),
    path("me/skills", MySkillsView.as_view(), name="me-skills"),
    path("jobs/<uuid:job_id>/findings", FindingsView.as_view(), name="job-findings"),
    path("findings/<uuid:finding_id>/confirm", FindingConfirmView.as_view(), name="finding-confirm"),
    path("findings/<uuid:finding_id>/dismiss", FindingDismissView.as_view(), name="finding-dismiss"),
    path("jobs/<uuid:job_id>/rules", RulesView.as_view(), name="job-rules"),
    path("rules/<uuid:rule_id>/end", EndRuleView.as_view(), name="rule-end"),
    path("rules/<uuid:rule_id>/firings", FiringsView.as_view(), name="rule-firings"),
    path("jobs/<uuid:job_id>/guideline-impact", GuidelineImpactView.as_view(), name="job-guideline-impact"),
    path("me/findings", OwnFindingsView.as_view(), name="me-findings"),
    path("me/findings/<uuid:finding_id>/objection", ObjectionView.as_view(), name="me-finding-objection"),
    path("tasks/<uuid:task_id>/explanation", ExplanationView.as_view(), name="task-explanation"),
    path("projects/<uuid:project_id>/imports", ImportsView.as_view(), name="project-imports"),
    path("projects/<uuid:project_id>/prelabels", PreLabelsView.as_view(), name="project-prelabels"),
    path("imports/<uuid:import_id>", ImportView.as_view(), name="import"),
    path("imports/<uuid:import_id>/items", ImportItemsView.as_view(), name="import-items"),
    path("jobs/<uuid:job_id>/reorder", ReorderView.as_view(), name="job-reorder"),
    path("jobs/<uuid:job_id>/rounds", RoundsView.as_view(), name="job-rounds"),
    path("jobs/<uuid:job_id>/latest-labels", LatestLabelsView.as_view(), name="job-latest-labels"),
    path("jobs/<uuid:job_id>/assistance-report", AssistanceReportView.as_view(), name="job-assistance-report"),
]

"""Rules of a job: what is watched of each worker, when that is too much, and what follows."""

from django.db import models
from django.db.models import Q

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User

MAX_RULES = 20


class Collector(models.TextChoices):
    """What is watched of a worker in the job."""

    GOLD_SCORE = "gold_score", "mean score of the latest answers to gold"
    MEDIAN_SECONDS = "median_seconds", "median time of the latest answers"
    AGREEMENT = "agreement", "share of the latest answers that are the class concluded"
    COMMONEST_SHARE = "commonest_share", "share of the commonest class among the latest answers"
    SKIPPED_SHARE = "skipped_share", "share of the latest leases that were skipped"
    ANSWERS = "answers", "answers given in all"


class Comparison(models.TextChoices):
    """When a value meets its threshold."""

    BELOW = "below"
    ABOVE = "above"


class RuleAction(models.TextChoices):
    """What follows; never a rejection, and never less pay."""

    FLAG = "flag", "a finding is opened, for a person to decide on"
    PAUSE = "pause", "the worker gets no tasks of the job for some minutes"
    RAISE_GOLD = "raise_gold", "the worker gets gold more often for a day"


class JobRule(models.Model):
    """One rule; it is ended and not deleted, so that what it did can be read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="rules")
    collector = models.CharField(max_length=24, choices=Collector)
    comparison = models.CharField(max_length=8, choices=Comparison)
    threshold = models.FloatField()
    n_latest = models.PositiveIntegerField(help_text="how many of the latest are looked at; it waits for so many")
    action = models.CharField(max_length=16, choices=RuleAction)
    pause_minutes = models.PositiveIntegerField(null=True)
    gold_ppm = models.PositiveIntegerField(null=True, help_text="chance of gold in millionths")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(collector__in=Collector.values), name="rule_collector_known"),
            models.CheckConstraint(condition=Q(comparison__in=Comparison.values), name="rule_comparison_known"),
            models.CheckConstraint(condition=Q(n_latest__gte=1), name="rule_waits_for_some"),
            models.CheckConstraint(
                condition=Q(action=RuleAction.FLAG, pause_minutes__isnull=True, gold_ppm__isnull=True)
                | Q(action=RuleAction.PAUSE, pause_minutes__gte=1, gold_ppm__isnull=True)
                | Q(action=RuleAction.RAISE_GOLD, pause_minutes__isnull=True, gold_ppm__lte=1_000_000),
                name="rule_action_has_its_number",
            ),
        ]
        indexes = [models.Index(fields=["job"], condition=Q(ended_at=None), name="rule_standing")]

    def __str__(self) -> str:
        return f"rule {self.id}"

    def is_met_by(self, value: float) -> bool:
        """Return whether the value is beyond the threshold."""
        return value < self.threshold if self.comparison == Comparison.BELOW else value > self.threshold


class RuleFiring(models.Model):
    """That a rule was met by a worker, and by what; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(JobRule, on_delete=models.PROTECT, related_name="firings")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    value = models.FloatField()
    n_looked_at = models.PositiveIntegerField()
    n_answers = models.PositiveIntegerField(help_text="leases that the worker had ended in the job by then")
    fired_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["rule", "worker", "-id"], name="firing_of_worker")]

    def __str__(self) -> str:
        return f"firing of {self.rule_id}"

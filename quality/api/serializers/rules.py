"""Shapes of rules."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from marketplace.operations.api.fields import WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer
from quality.models import Collector, Comparison, JobRule, RuleAction, RuleFiring
from quality.services import RuleSpec

MAX_LATEST = 500
MAX_THRESHOLD = 1_000_000
MAX_PAUSE_MINUTES = 60 * 24 * 30
WHOLE_PPM = 1_000_000


class NewRuleSerializer(StrictSerializer):
    """Watch a number of each worker, and do something where it is beyond the threshold."""

    collector = serializers.ChoiceField(choices=Collector.values)
    comparison = serializers.ChoiceField(choices=Comparison.values)
    threshold = NumberField(min_value=0, max_value=MAX_THRESHOLD)
    n_latest = WholeNumberField(
        min_value=1, max_value=MAX_LATEST, help_text="how many of the worker's latest are looked at; it waits for them"
    )
    action = serializers.ChoiceField(choices=RuleAction.values)
    pause_minutes = WholeNumberField(required=False, min_value=1, max_value=MAX_PAUSE_MINUTES)
    gold_ppm = WholeNumberField(
        required=False, min_value=1, max_value=WHOLE_PPM, help_text="chance of gold for a day, in millionths"
    )

    def spec(self, data: dict[str, Any]) -> RuleSpec:
        """Return the validated body as the service takes it."""
        chosen = {"collector": Collector(data["collector"]), "action": RuleAction(data["action"])}
        return RuleSpec(**{**data, **chosen})


class JobRuleSerializer(serializers.ModelSerializer[JobRule]):
    """A rule, and how often it was met."""

    n_fired = serializers.IntegerField(read_only=True)

    class Meta:
        model = JobRule
        fields = [
            "id",
            "job",
            "collector",
            "comparison",
            "threshold",
            "n_latest",
            "action",
            "pause_minutes",
            "gold_ppm",
            "n_fired",
            "created_at",
            "ended_at",
        ]
        read_only_fields = fields


class FiringSerializer(serializers.ModelSerializer[RuleFiring]):
    """That a worker met a rule, and by what."""

    worker = serializers.CharField(source="pseudonym", read_only=True)

    class Meta:
        model = RuleFiring
        fields = ["id", "worker", "value", "n_looked_at", "fired_at"]
        read_only_fields = fields

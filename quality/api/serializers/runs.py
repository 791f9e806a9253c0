"""Shapes of consensus runs that are asked for, and of two of them side by side."""

from typing import Any

from rest_framework import serializers

from marketplace.operations.api.fields import TextField
from marketplace.operations.api.serializers import StrictSerializer
from quality.api.serializers.consensus import LabelSerializer, RunSerializer

MAX_NAME = 100


class NewRunSerializer(StrictSerializer):
    """How to conclude the labels anew; what is not named stays as the method has it."""

    method = TextField(max_length=MAX_NAME)
    parameters = serializers.DictField(required=False, default=dict, help_text="numbers by name")


class ParameterSerializer(serializers.Serializer[Any]):
    """A number of a method."""

    name = serializers.CharField()
    least = serializers.FloatField()
    most = serializers.FloatField()


class MethodSerializer(serializers.Serializer[Any]):
    """A method by which the job's labels can be concluded."""

    method = serializers.CharField()
    parameters = ParameterSerializer(many=True)


class MethodsSerializer(serializers.Serializer[Any]):
    """All of them; the first is the one by which tasks are stopped."""

    items = MethodSerializer(many=True)


class MoveSerializer(serializers.Serializer[Any]):
    """How many tasks went from one class or state to another; null is a tie."""

    to = serializers.CharField(allow_null=True)
    n_tasks = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which Python keeps for itself."""
        return {"from": serializers.CharField(allow_null=True), **super().get_fields()}


class ComparisonSerializer(serializers.Serializer[Any]):
    """What changed from the first run to the second."""

    first = RunSerializer()
    second = RunSerializer()
    n_tasks = serializers.IntegerField(help_text="concluded by both, and compared")
    complete = serializers.BooleanField(help_text="false: only the first tasks were compared, to bound the work")
    n_only_first = serializers.IntegerField()
    n_only_second = serializers.IntegerField()
    n_flipped = serializers.IntegerField(help_text="another class, or another set of shapes")
    n_state_changed = serializers.IntegerField()
    mean_confidence_first = serializers.FloatField(allow_null=True)
    mean_confidence_second = serializers.FloatField(allow_null=True)
    agreement = serializers.FloatField(
        allow_null=True, help_text="share of equal classes; of shapes, mean F1 at a similarity of one half"
    )
    kappa = serializers.FloatField(allow_null=True, help_text="Cohen's, of the runs' classes")
    moves = MoveSerializer(many=True, help_text="between classes, the commonest first")
    states = MoveSerializer(many=True)
    differences = serializers.DictField(child=serializers.IntegerField(), help_text="of shapes, by kind")


class FlipVoteSerializer(serializers.Serializer[Any]):
    """A vote, and the nats by which it speaks for the second run's class against the first's, in either run."""

    worker = serializers.CharField(help_text="pseudonym")
    weight_first = serializers.FloatField(allow_null=True)
    weight_second = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {"class": serializers.CharField(allow_null=True), **super().get_fields()}


class DifferenceSerializer(serializers.Serializer[Any]):
    """A shape that the second run has otherwise; extra ones appeared, missing ones went."""

    kind = serializers.CharField()
    given = serializers.IntegerField(allow_null=True, help_text="position in the second run's objects")
    known = serializers.IntegerField(allow_null=True, help_text="position in the first run's objects")
    similarity = serializers.FloatField(allow_null=True)


class FlipSerializer(serializers.Serializer[Any]):
    """A task whose label or state changed, and why."""

    task = serializers.UUIDField()
    ordinal = serializers.IntegerField()
    external_id = serializers.CharField()
    first = LabelSerializer()
    second = LabelSerializer()
    flipped = serializers.BooleanField()
    votes = FlipVoteSerializer(many=True)
    differences = DifferenceSerializer(many=True)


class FlipsSerializer(serializers.Serializer[Any]):
    """A page of changed tasks; `next` may come with fewer rows than asked for, or none."""

    items = FlipSerializer(many=True)
    next = serializers.CharField(allow_null=True)

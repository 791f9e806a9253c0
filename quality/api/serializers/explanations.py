"""Shapes of explanations."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.work import CHECK_KINDS
from labeling.models import RetiredReason, TaskState
from quality.models import LabelState


class ExplainedLabelSerializer(serializers.Serializer[Any]):
    """What the run concluded."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=LabelState.choices)
    confidence = serializers.FloatField()
    p_correct = serializers.FloatField(allow_null=True)
    value = serializers.DictField(help_text="with the posterior, or the objects with their chances")
    n_answers = serializers.IntegerField()
    n_reviews = serializers.IntegerField()


class ExplainedRunSerializer(serializers.Serializer[Any]):
    """By which computation."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    method = serializers.CharField()
    code_version = serializers.CharField()
    converged = serializers.BooleanField()
    n_answers = serializers.IntegerField()
    input_sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()


class LastBeliefSerializer(serializers.Serializer[Any]):
    """The belief after the latest answer, with the skills known then."""

    confidence = serializers.FloatField()
    n_answers = serializers.IntegerField()


class RuleSerializer(serializers.Serializer[Any]):
    """When to stop buying answers, and how that went."""

    target_confidence = serializers.FloatField()
    min_overlap = serializers.IntegerField()
    max_overlap = serializers.IntegerField()
    wanted_overlap = serializers.IntegerField()
    n_counted = serializers.IntegerField()
    n_rounds = serializers.IntegerField(help_text="1 for the least number of answers, and 1 for each wanted beyond")
    state = serializers.ChoiceField(choices=TaskState.choices)
    retired_reason = serializers.ChoiceField(choices=RetiredReason.choices, allow_blank=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    last_belief = LastBeliefSerializer(allow_null=True)


class PinnedVersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()


class VersionsSerializer(serializers.Serializer[Any]):
    """What was in force."""

    ontology = PinnedVersionSerializer()
    guideline = PinnedVersionSerializer()


class WeightSerializer(serializers.Serializer[Any]):
    """What a vote says between the likeliest class and the next, under the skills stored last."""

    log_likelihood_ratio = serializers.FloatField(allow_null=True, help_text="nats; positive speaks for `towards`")
    towards = serializers.CharField(allow_null=True)
    against = serializers.CharField(allow_null=True)
    accuracy = serializers.FloatField(allow_null=True, help_text="share right to be expected of this worker")
    measured = serializers.BooleanField(help_text="false: taken for an average worker")


class VoteSerializer(serializers.Serializer[Any]):
    """An answer under its worker's pseudonym; no weight where it was not counted or the type has none."""

    answer = serializers.UUIDField()
    worker = serializers.CharField(allow_null=True)
    annotations = serializers.JSONField()
    counted = serializers.BooleanField()
    uncounted_reason = serializers.CharField(allow_blank=True)
    submitted_at = serializers.DateTimeField()
    active_ms = serializers.IntegerField(allow_null=True)
    ontology = serializers.IntegerField(help_text="number of the version answered under")
    guideline = serializers.IntegerField(help_text="number of the version answered under")
    weight = WeightSerializer(allow_null=True)


class SilentSerializer(serializers.Serializer[Any]):
    """A worker who left an object out."""

    worker = serializers.CharField()
    log_likelihood_ratio = serializers.FloatField(help_text="nats by which this speaks for an object; negative")


class DrawerSerializer(SilentSerializer):
    """A worker who drew an object, and the place of the shape in the answer."""

    annotation = serializers.IntegerField()


class ObjectVotesSerializer(serializers.Serializer[Any]):
    """Who drew an object, or picked a class, and who did not; null where this version cannot repeat the matching."""

    id = serializers.CharField(allow_null=True, help_text="of the object in the label")
    shape = serializers.DictField(help_text="the shape under its member, such as `box`; empty of a class")
    p_exist = serializers.FloatField()
    accepted = serializers.BooleanField()
    drawn_by = DrawerSerializer(many=True, allow_null=True)
    left_out_by = SilentSerializer(many=True, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {"class": serializers.CharField(allow_null=True), **super().get_fields()}


class ExplainedReviewSerializer(serializers.Serializer[Any]):
    """What a reviewer said of the label, under their pseudonym."""

    kind = serializers.ChoiceField(choices=CHECK_KINDS)
    reviewer = serializers.CharField(allow_null=True)
    verdict = serializers.CharField(help_text="accept, fix, reject; or choose, of an adjudication")
    annotations = serializers.JSONField(help_text="what they hold to be right")
    likelihood_ratio = serializers.FloatField(
        allow_null=True, help_text="how much likelier the verdict is if the label is right than if it is anything else"
    )


class ToldSerializer(serializers.Serializer[Any]):
    """Something that happened."""

    at = serializers.DateTimeField()
    event = serializers.ChoiceField(
        choices=["task_opened", "leased", "answered", "retired", "review_asked", "concluded", "audited"]
    )
    data = serializers.DictField()  # type: ignore[assignment] # the event's word


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why a label is what it is."""

    task = serializers.UUIDField()
    external_id = serializers.CharField()
    label = ExplainedLabelSerializer(allow_null=True)  # type: ignore[assignment] # the field's word
    reason = serializers.ChoiceField(
        choices=[
            "confidence_reached",
            "reviewed",
            "reviews_disagree",
            "below_target",
            "tie",
            "answers_spent",
            "no_answers",
            "known_answer",
            "gold_disputed",
        ]
    )
    run = ExplainedRunSerializer()
    rule = RuleSerializer()
    versions = VersionsSerializer()
    votes = VoteSerializer(many=True)
    objects = ObjectVotesSerializer(many=True, allow_null=True)
    reviews = ExplainedReviewSerializer(many=True)
    events = ToldSerializer(many=True)

"""Shapes of gold and of skills."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.annotations import AnnotationSerializer, AnnotationsField
from labeling.api.serializers.fields import NumberField
from labeling.core.annotations.annotated import MAX_ANNOTATIONS
from marketplace.operations.api.fields import IdField, TextField, WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer
from quality.models import GoldTask
from quality.services import KnownAnswer, ToldSkill

MAX_ITEMS = 500
MAX_EXTERNAL_ID = 500


class KnownAnswerSerializer(StrictSerializer):
    """An asset, by `asset` or `external_id`, and its annotations."""

    asset = IdField(required=False)
    external_id = TextField(required=False, max_length=MAX_EXTERNAL_ID)
    annotations = AnnotationsField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both names of an asset, and neither."""
        if ("asset" in attrs) == ("external_id" in attrs):
            raise serializers.ValidationError({"asset": ["Name the asset by `asset` or by `external_id`."]})
        return attrs


class NewGoldSerializer(StrictSerializer):
    """Known answers; all are taken or none."""

    items = serializers.ListField(child=KnownAnswerSerializer(), min_length=1, max_length=MAX_ITEMS)

    def known_answers(self, data: dict[str, Any]) -> list[KnownAnswer]:
        """Return the validated items as the service takes them."""
        return [
            KnownAnswer(
                annotations=item["annotations"], asset_id=item.get("asset"), external_id=item.get("external_id")
            )
            for item in data["items"]
        ]


class KnownAnswerDocumentationSerializer(serializers.Serializer[Any]):
    """An asset, by `asset` or `external_id`, and its annotations as a worker would send them."""

    asset = serializers.UUIDField(required=False)
    external_id = serializers.CharField(required=False, max_length=MAX_EXTERNAL_ID)
    annotations = serializers.ListField(child=AnnotationSerializer(), max_length=MAX_ANNOTATIONS)


class NewGoldDocumentationSerializer(serializers.Serializer[Any]):
    """Known answers; all are taken or none."""

    items = serializers.ListField(child=KnownAnswerDocumentationSerializer(), min_length=1, max_length=MAX_ITEMS)


class PromotionSerializer(StrictSerializer):
    """Which strong labels of another job become gold: a random sample."""

    from_job = IdField()
    n_tasks = WholeNumberField(min_value=1, max_value=MAX_ITEMS)
    min_confidence = NumberField(required=False, default=0.98, min_value=0.5, max_value=1.0)


class GoldSerializer(serializers.ModelSerializer[GoldTask]):
    """A known answer, and how workers did on it."""

    external_id = serializers.CharField(source="asset.external_id", read_only=True)
    annotations = serializers.JSONField(source="truth", read_only=True)
    mean_score = serializers.SerializerMethodField(help_text="0 to 1; null before the first answer")

    class Meta:
        model = GoldTask
        fields = [
            "id",
            "job",
            "asset",
            "external_id",
            "task",
            "annotations",
            "source",
            "state",
            "n_scored",
            "n_right",
            "mean_score",
            "created_at",
            "decided_at",
        ]
        read_only_fields = fields

    def get_mean_score(self, gold: GoldTask) -> float | None:
        """Return the mean of all scores."""
        return gold.sum_scores / gold.n_scored if gold.n_scored else None


class MadeGoldSerializer(serializers.Serializer[Any]):
    """The gold that was made."""

    items = GoldSerializer(many=True)


class SkillSerializer(serializers.Serializer[ToldSkill]):
    """What known answers say of you on one ontology, told as of midnight UTC in steps of ten of them."""

    ontology = serializers.UUIDField(source="ontology.pk")
    project_name = serializers.CharField(source="ontology.project.name")
    annotation_type = serializers.CharField()
    accuracy = serializers.FloatField(help_text="expected share of right answers, the latest weighing most")
    low = serializers.FloatField(help_text="of a 90 % credible interval")
    high = serializers.FloatField()
    n_gold = serializers.IntegerField(help_text="known answers it rests on")


class SkillsSerializer(serializers.Serializer[Any]):
    """Your skills."""

    items = SkillSerializer(many=True)

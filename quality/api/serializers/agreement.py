"""Shapes of agreement."""

from typing import Any

from rest_framework import serializers


class IntervalSerializer(serializers.Serializer[Any]):
    """A percentile interval over resampled tasks; resamples without a value are counted and left out."""

    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    level = serializers.FloatField()
    n_resamples = serializers.IntegerField()
    n_undefined = serializers.IntegerField()


class CoefficientSerializer(serializers.Serializer[Any]):
    """A coefficient, or why there is none: no_labels, nothing_pairable, no_variation, not_defined_for_type."""

    value = serializers.FloatField(allow_null=True)
    undefined = serializers.CharField(allow_null=True)
    n_tasks = serializers.IntegerField(help_text="with at least two answers")
    n_labels = serializers.IntegerField(help_text="answers on those tasks")
    interval = IntervalSerializer(allow_null=True)


class SampleSerializer(serializers.Serializer[Any]):
    """What was looked at."""

    n_tasks = serializers.IntegerField()
    n_tasks_used = serializers.IntegerField()
    n_answers_used = serializers.IntegerField()
    complete = serializers.BooleanField(help_text="false: tasks were drawn evenly, to bound the work")
    input_sha256 = serializers.CharField(help_text="of what was counted; seeds draws and resamples")


class ClassAgreementSerializer(serializers.Serializer[Any]):
    """A class against all others; of shapes, the shapes of this class alone."""

    n_labels = serializers.IntegerField(help_text="times the class was given")
    pairwise = CoefficientSerializer()
    alpha = CoefficientSerializer()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {"class": serializers.CharField(), **super().get_fields()}


class FolderAgreementSerializer(serializers.Serializer[Any]):
    """The assets whose names begin alike: `night` of `night/7.jpg`."""

    folder = serializers.CharField(help_text="empty: names without a folder")
    n_labels = serializers.IntegerField()
    pairwise = CoefficientSerializer()
    alpha = CoefficientSerializer()


class PairAgreementSerializer(serializers.Serializer[Any]):
    """Two workers on the tasks that both answered."""

    workers = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2, help_text="pseudonyms")
    n_common = serializers.IntegerField()
    agreement = CoefficientSerializer()
    kappa = CoefficientSerializer(help_text="Cohen's")


class AgreementSerializer(serializers.Serializer[Any]):
    """How much a job's workers agree."""

    job = serializers.UUIDField()
    annotation_type = serializers.CharField()
    scale = serializers.CharField(help_text="nominal, or how two answers of shapes are compared")
    sample = SampleSerializer()
    percentage = CoefficientSerializer(help_text="share of tasks on which all say the same")
    pairwise = CoefficientSerializer(help_text="chance that two workers of a task say the same")
    alpha = CoefficientSerializer(help_text="Krippendorff's")
    fleiss = CoefficientSerializer(help_text="Fleiss' kappa")
    classes = ClassAgreementSerializer(many=True)
    n_classes_left_out = serializers.IntegerField()
    folders = FolderAgreementSerializer(many=True, help_text="those with most answers; none where no name has one")
    n_folders_left_out = serializers.IntegerField()
    pairs = PairAgreementSerializer(many=True, help_text="those with most tasks in common")
    n_pairs_left_out = serializers.IntegerField()

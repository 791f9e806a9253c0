"""Shapes of effort at the API: what answers take, and why."""

from typing import Any

from rest_framework import serializers

from pricing.core.effort import EffortEstimate
from pricing.services import JobEffort, KnownEffort


class EffortCoefficientSerializer(serializers.Serializer[Any]):
    """What is believed of one thing that answers' seconds depend on."""

    name = serializers.CharField(
        help_text=(
            "level, look, unit, attribute: what published seconds are multiplied by; aided, review: share of the "
            "seconds of an answer from nothing; vertices, complexity, practice: the power to which it is raised"
        )
    )
    value = serializers.FloatField()
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()
    source = serializers.CharField(  # type: ignore[assignment] # a field of that name is declared, not an attribute
        help_text="`prior`, or `measured` where answers say more of it"
    )


class EffortModelSerializer(serializers.Serializer[KnownEffort]):
    """What an answer of a type takes, as far as is known today."""

    annotation_type = serializers.CharField()
    version = serializers.IntegerField(help_text="0: nothing was measured yet, all is as published")
    seconds_per_asset = serializers.FloatField(help_text="to look one over, of middling complexity")
    seconds_per_unit = serializers.FloatField(help_text="for each object, with as many points as usual")
    coefficients = EffortCoefficientSerializer(many=True)
    answer_sd = serializers.FloatField(source="belief.answer_sd", help_text="spread of log seconds of one worker")
    worker_sd = serializers.FloatField(source="belief.worker_sd", help_text="between workers")
    job_sd = serializers.FloatField(source="belief.job_sd", help_text="between jobs")
    n_answers = serializers.IntegerField(source="belief.n_answers")
    n_workers = serializers.IntegerField(source="belief.n_workers")
    n_jobs = serializers.IntegerField(source="belief.n_jobs")
    n_images = serializers.IntegerField(help_text="that complexity was ranked against; 0: a fixed reference")
    window_from = serializers.DateTimeField(allow_null=True)
    window_to = serializers.DateTimeField(allow_null=True)
    fitted_at = serializers.DateTimeField(allow_null=True)


class EffortModelsSerializer(serializers.Serializer[Any]):
    """One for each type of annotation."""

    items = EffortModelSerializer(many=True)


class SecondsSerializer(serializers.Serializer[EffortEstimate]):
    """The seconds of an answer by a practised worker."""

    p50_s = serializers.FloatField(help_text="median; pay is reckoned by it")
    mean_s = serializers.FloatField()
    interval80_s = serializers.SerializerMethodField(help_text="the job's median lies between them 4 times in 5")
    answers80_s = serializers.SerializerMethodField(help_text="4 answers in 5 are expected between them")

    def get_interval80_s(self, estimate: EffortEstimate) -> list[float]:
        """Return the ends, for the median."""
        return [round(end, 2) for end in estimate.interval_s(0.8)]

    def get_answers80_s(self, estimate: EffortEstimate) -> list[float]:
        """Return the ends, for one answer."""
        return [round(end, 2) for end in estimate.answer_interval_s(0.8)]


class EffortFactorSerializer(serializers.Serializer[Any]):
    """One thing that the seconds come from."""

    name = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.ChoiceField(["s", "1", "x"], help_text="seconds, a number, or what the rest is multiplied by")
    source = serializers.CharField(  # type: ignore[assignment] # a field of that name is declared, not an attribute
        help_text="prior, measured (n answers), images (n), ontology, or who said so"
    )
    words = serializers.CharField()


class ImageComplexitySerializer(serializers.Serializer[Any]):
    """How complex the images are, 0 to 1, by rank among others."""

    n_measured = serializers.IntegerField()
    histogram = serializers.ListField(child=serializers.IntegerField(), help_text="images in each tenth")
    factor = serializers.FloatField(help_text="what the seconds are multiplied by")


class JobEffortSerializer(serializers.Serializer[JobEffort]):
    """What this job's answers take, and why."""

    annotation_type = serializers.CharField(source="scene.annotation_type")
    version = serializers.IntegerField(help_text="of the effort model; 0: as published")
    units_per_asset = serializers.FloatField(source="scene.units")
    units_source = serializers.CharField(
        source="scene.units_source", help_text="requester, earlier jobs, pre-labels or pilot, with their assets"
    )
    answer = SecondsSerializer(source="from_nothing", help_text="about a whole asset, from nothing")
    aided_answer = SecondsSerializer(source="aided", help_text="where a pre-label is shown")
    review = SecondsSerializer(help_text="of an answer")
    factors = EffortFactorSerializer(
        source="from_nothing.factors", many=True, help_text="they come to the median of an answer from nothing"
    )
    images = ImageComplexitySerializer()
    n_own_answers = serializers.IntegerField(source="level.n_answers", help_text="timed answers of this job")
    n_own_workers = serializers.IntegerField(source="level.n_workers")

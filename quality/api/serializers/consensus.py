"""Shapes of beliefs and consensus at the API."""

from typing import Any

from rest_framework import serializers

from labeling.models import Task
from marketplace.operations.api.serializers import MoneyField
from quality.models import ConsensusLabel, ConsensusRun, TaskBelief


class BeliefSerializer(serializers.ModelSerializer[TaskBelief]):
    """What the answers so far say of a task."""

    value = serializers.DictField(read_only=True)

    class Meta:
        model = TaskBelief
        fields = ["confidence", "value", "n_answers", "n_reviews"]
        read_only_fields = fields


class TaskSerializer(serializers.ModelSerializer[Task]):
    """A task with what is believed of it; no belief before its first answer was taken notice of."""

    external_id = serializers.CharField(source="asset.external_id", read_only=True)
    pay = MoneyField(source="pay_micros", read_only=True)
    belief = BeliefSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "ordinal",
            "asset",
            "external_id",
            "state",
            "retired_reason",
            "priority",
            "wanted_overlap",
            "max_overlap",
            "n_counted",
            "pay",
            "belief",
        ]
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[ConsensusRun]):
    """How the labels were concluded."""

    parameters = serializers.DictField(read_only=True)

    class Meta:
        model = ConsensusRun
        fields = [
            "id",
            "job",
            "number",
            "method",
            "parameters",
            "n_answers",
            "converged",
            "is_current",
            "promoted_at",
            "created_at",
        ]
        read_only_fields = fields


class LabelSerializer(serializers.ModelSerializer[ConsensusLabel]):
    """What a run concluded about one task."""

    external_id = serializers.CharField(source="task.asset.external_id", read_only=True)
    value = serializers.DictField(read_only=True)

    class Meta:
        model = ConsensusLabel
        fields = ["task", "external_id", "state", "confidence", "p_correct", "value", "n_answers", "n_reviews"]
        read_only_fields = fields


class ConsensusSerializer(serializers.Serializer[Any]):
    """A page of a run's labels."""

    run = RunSerializer()
    items = LabelSerializer(many=True)
    next = serializers.CharField(allow_null=True)

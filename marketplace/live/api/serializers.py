"""Shapes of progress."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.jobs import JobSerializer
from labeling.models import JobState
from marketplace.live.api.progress import JobProgress


class ProgressSerializer(serializers.Serializer[JobProgress]):
    """How a job stands after its event number `seq`."""

    seq = serializers.IntegerField(help_text="number of the latest event; give it to the websocket as `last_seq`")
    state = serializers.ChoiceField(choices=JobState.choices)
    counters: Any = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="tasks, leased, answers, late, accepted, paid_micros, retired, retired_<reason>, ... none is zero",
    )


class SnapshotSerializer(serializers.Serializer[JobProgress]):
    """What a websocket opens with, besides its `type`."""

    seq = serializers.IntegerField()
    job = JobSerializer()
    counters: Any = serializers.DictField(child=serializers.IntegerField())

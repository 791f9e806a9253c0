"""Shapes of the what-if grid at the API."""

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from labeling.api.serializers.jobs import MAX_OVERLAP
from labeling.models import ReviewedBy
from marketplace.operations.api.fields import NameField, TimestampField, WholeNumberField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.core.money import format_money
from pricing.api.serializers import BY_CARD
from pricing.services import Grid

MAX_LEVELS, MAX_DEADLINES = 6, 8


class LevelSerializer(StrictSerializer):
    """A quality: answers a task gets, how sure of its label it is done, and the share of labels others look at."""

    name = NameField()
    min_overlap = WholeNumberField(min_value=1, max_value=MAX_OVERLAP)
    max_overlap = WholeNumberField(min_value=1, max_value=MAX_OVERLAP)
    target_confidence = NumberField(default=0.98, min_value=0.501, max_value=0.9999)
    least_gain = NumberField(default=0.0, min_value=0.0, max_value=0.5)
    review_share = NumberField(default=0.0, min_value=0.0, max_value=1.0)
    reviewed_by = serializers.ChoiceField(choices=ReviewedBy.choices, default=ReviewedBy.PEER)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse fewer answers at most than at least."""
        if attrs["max_overlap"] < attrs["min_overlap"]:
            raise serializers.ValidationError({"max_overlap": ["At least min_overlap."]}, code="min_value")
        return attrs


class WhatIfSerializer(StrictSerializer):
    """Qualities and deadlines to be compared."""

    levels = serializers.ListField(
        child=LevelSerializer(),
        required=False,
        allow_empty=False,
        max_length=MAX_LEVELS,
        help_text="the job as it stands and the rate card's levels unless given",
    )
    deadlines = serializers.ListField(
        child=TimestampField(allow_null=True),
        default=lambda: [None],
        allow_empty=False,
        max_length=MAX_DEADLINES,
        help_text="null: whenever it is done",
    )


class CellSerializer(serializers.Serializer[Any]):
    """What a quality costs by a deadline."""

    level = LevelSerializer()
    deadline = serializers.DateTimeField(allow_null=True)
    rush = serializers.CharField(help_text="share of the pay on top that the deadline demands; workers get it in full")
    cost_p50 = MoneyField(help_text="as likely exceeded as not")
    cost_p90 = MoneyField(help_text="not exceeded in nine cases of ten")
    expected_total = MoneyField(help_text=BY_CARD)
    cap = MoneyField(help_text="what is funded, and never exceeded")
    answers_per_task = serializers.FloatField()
    right_share = serializers.FloatField(help_text="labels expected to be right before any review, by the simulation")
    finish_p50_s = serializers.FloatField(help_text="seconds from publication")
    finish_p85_s = serializers.FloatField()
    finish_p95_s = serializers.FloatField()
    meets_deadline = serializers.BooleanField(
        help_text="P85 lies before the deadline without counting on what rush speeds up, of which nothing is known"
    )
    on_frontier = serializers.BooleanField(
        help_text="no other cell is nowhere worse and somewhere better in cost_p50, right_share and time"
    )


class GridSerializer(serializers.Serializer[Any]):
    """All cells, level by level; nothing is kept or agreed on by asking."""

    n_tasks = serializers.IntegerField(help_text="whose labels are bought")
    currency = serializers.CharField()
    card = serializers.CharField()
    n_finished_jobs = serializers.IntegerField(help_text="that the costs are corrected by")
    finish_basis = serializers.CharField(help_text="`prior`: assumptions; `blended` or `measured`: days that were seen")
    cells = CellSerializer(many=True)


def shown_grid(grid: Grid) -> dict[str, Any]:
    """Return a grid as it is told."""
    cells = [
        {
            "level": asdict(cell.level),
            "deadline": cell.deadline,
            "rush": format(cell.rush, "f"),
            "cost_p50": format_money(cell.cost.p50_micros),
            "cost_p90": format_money(cell.cost.p90_micros),
            "expected_total": format_money(cell.expected_micros),
            "cap": format_money(cell.cap_micros),
            "answers_per_task": round(cell.cost.answers_per_task, 3),
            "right_share": round(cell.cost.right_share, 4),
            "finish_p50_s": cell.finish.p50_s,
            "finish_p85_s": cell.finish.p85_s,
            "finish_p95_s": cell.finish.p95_s,
            "meets_deadline": cell.meets_deadline,
            "on_frontier": cell.on_frontier,
        }
        for cell in grid.cells
    ]
    return {
        "n_tasks": grid.n_tasks,
        "currency": grid.currency,
        "card": grid.card,
        "n_finished_jobs": len(grid.experience.placed),
        "finish_basis": grid.cells[0].finish.basis.value,
        "cells": cells,
    }

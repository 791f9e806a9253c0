"""Specifications are read strictly: whatever is wrong is named, and nothing takes long."""

from time import perf_counter
from typing import Any

import pytest

from pricing.core.cards import MAX_SPECS, CardError, InvalidValue, UnknownField, answer
from tests.pricing.cards.asking import EFFORT, GOOGLE, GROUND_TRUTH, MTURK, TOLOKA, priced, total
from tests.pricing.rates import SHELF, TODAY


def test_integers_decimal_strings_and_numbers_say_the_same() -> None:
    assert total(EFFORT, units_per_asset="5", n_assets="1000", replicas="1.0") == "321.00"
    assert total(EFFORT, review_share=0.25, complexity=1.0) == "321.00"
    assert total(EFFORT, complexity=1.25) == total(EFFORT, complexity="1.25")


def test_null_is_as_good_as_left_out() -> None:
    assert total(EFFORT, task_price=None, rush=None, card_version=None) == "321.00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_assets", 0),
        ("n_assets", -1),
        ("n_assets", 1.5),
        ("n_assets", "1e3"),
        ("n_assets", "٣"),
        ("n_assets", " 3"),
        ("n_assets", "1_000"),
        ("n_assets", True),
        ("n_assets", []),
        ("n_assets", {}),
        ("n_assets", ""),
        ("n_assets", 10**12 + 1),
        ("n_assets", 10**40),
        ("n_assets", "9" * 400),
        ("units_per_asset", "-0.1"),
        ("units_per_asset", "NaN"),
        ("units_per_asset", float("nan")),
        ("units_per_asset", float("inf")),
        ("units_per_asset", 1e300),
        ("units_per_asset", 1e-300),
        ("units_per_asset", "1e400"),
        ("replicas", 0),
        ("replicas", 1001),
        ("review_share", "1.01"),
        ("review_share", 2),
        ("complexity", 0),
        ("rush", "-0.5"),
        ("rush", 11),
        ("used_units", -1),
        ("accuracy", "0.5"),
        ("accuracy", 1),
        ("annotation_type", 7),
        ("annotation_type", "Bounding Box"),
        ("annotation_type", ["bounding_box"]),
        ("integration", [1]),
        ("integration", {f"work-{n}": 1 for n in range(30)}),
        ("country", "de"),
        ("country", "D1"),
        ("country", "DEU"),
        ("wage_per_hour", 12.5),  # money is no float
        ("reviewed_by", "nobody"),
    ],
)
def test_a_bad_value_is_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        priced(EFFORT, **{field: value})
    assert refused.value.field == field
    assert len(refused.value.detail) < 300


@pytest.mark.parametrize(
    ("spec", "field", "value"),
    [
        (GROUND_TRUTH, "workforce", "robots"),
        (GROUND_TRUTH, "task_price", 0.036),
        (GROUND_TRUTH, "task_price", "-0.036"),
        (GROUND_TRUTH, "replicas", "2.5"),
        (GOOGLE, "replicas", "2.5"),
        (MTURK, "reward", 0.05),
        (MTURK, "reward", "0"),
        (MTURK, "masters", "yes"),
        (MTURK, "masters", 1),
        (MTURK, "premium_qualifications", 21),
        (MTURK, "date", "yesterday"),
        (MTURK, "date", "2026-02-30"),
        (TOLOKA, "assets_per_suite", 0),
        (MTURK, "rush", "0.5"),  # a driver that the card knows nothing of
        (GOOGLE, "quality_level", "premium"),
        (TOLOKA, "free_units", 5),
    ],
)
def test_a_bad_value_is_named_on_every_card(spec: dict[str, Any], field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        priced(spec, **{field: value})
    assert refused.value.field == field


def test_what_describes_the_job_is_taken_by_every_card() -> None:
    described = {"annotation_type": "bounding_box", "units_per_asset": 5, "n_classes": 3}
    for spec in (MTURK, TOLOKA):
        assert priced(spec, **described).unpriced == ("annotation_type", "n_classes", "units_per_asset")
    assert total(TOLOKA, used_units=0, rush=0, review_share="0", complexity=1) == "195.00"  # asks for nothing


@pytest.mark.parametrize("name", ["colour", "given", "on", "__class__", "", "x" * 5000, "\x00", "é"])
def test_an_unknown_member_is_named_in_short(name: str) -> None:
    with pytest.raises(UnknownField) as refused:
        priced(EFFORT, **{name: 1})
    assert refused.value.field is not None
    assert len(refused.value.field) <= 200
    assert refused.value.field.isprintable()


@pytest.mark.parametrize("asked", [None, 1, "spec", True, [], [[]], {}, {"card": None}, {"card": 5}, {"card": "UP"}])
def test_what_is_no_specification_is_refused_or_nothing(asked: Any) -> None:
    if asked == []:
        assert answer(SHELF, asked, today=TODAY) == []
        return
    with pytest.raises(CardError):
        answer(SHELF, asked, today=TODAY)


def test_a_list_is_answered_by_id_and_in_order() -> None:
    asked = [{"id": name, "spec": spec} for name, spec in (("b", MTURK), ("a", TOLOKA), ("b", EFFORT))]
    found = answer(SHELF, asked, today=TODAY)
    assert isinstance(found, list)
    assert [(each["id"], each["total"]) for each in found] == [("b", "180.00"), ("a", "195.00"), ("b", "321.00")]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"id": "x", "spec": MTURK | {"reward": "-1"}}, "[1].spec.reward"),
        ({"id": "x", "spec": MTURK | {"n_tasks": None}}, "[1].spec.n_tasks"),
        ({"id": "x", "spec": MTURK | {"premium_qualifications": ["x"]}}, "[1].spec.premium_qualifications[0]"),
        ({"id": "x", "spec": GOOGLE | {"n_assets": 10**6}}, "[1].spec.n_assets"),
        ({"id": "x", "spec": {"card": "acme"}}, "[1].spec.card"),
        ({"id": "x", "spec": MTURK | {"rwd": 1}}, "[1].spec.rwd"),
        ({"id": "x", "spec": []}, "[1].spec"),
        ({"id": "x"}, "[1].spec"),
        ({"spec": MTURK}, "[1].id"),
        ({"id": 7, "spec": MTURK}, "[1].id"),
        ({"id": "x", "spec": MTURK, "note": ""}, "[1].note"),
        (MTURK, "[1].card"),
        (None, "[1]"),
    ],
)
def test_a_list_names_the_item_at_fault(item: Any, field: str) -> None:
    with pytest.raises(CardError) as refused:
        answer(SHELF, [{"id": "fine", "spec": MTURK}, item], today=TODAY)
    assert refused.value.field == field


def test_a_list_is_bounded() -> None:
    with pytest.raises(InvalidValue):
        answer(SHELF, [{"id": "x", "spec": MTURK}] * (MAX_SPECS + 1), today=TODAY)


def test_a_list_of_the_worst_specifications_takes_no_longer_than_seconds() -> None:
    worst = EFFORT | {"accuracy": "0.501", "target_confidence": "0.9999", "max_overlap": 1000, "replicas": None}
    started = perf_counter()
    answer(SHELF, [{"id": "x", "spec": worst}] * 100, today=TODAY)
    assert perf_counter() - started < 5  # on a busy machine: a search without an end took seven


@pytest.mark.parametrize("asked", [None, 1, "spec"])
def test_what_is_neither_a_specification_nor_an_array_is_told_what_may_be(asked: Any) -> None:
    with pytest.raises(InvalidValue, match="a specification, or an array"):
        answer(SHELF, asked, today=TODAY)


def test_nobody_is_told_that_nothing_is_enough() -> None:
    with pytest.raises(InvalidValue, match="more than nothing"):
        priced(MTURK, reward="0")

"""Every way of splitting: by hand, and by what holds of any."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.core.annotations import ANNOTATION_TYPES, Ontology, Refusal
from labeling.core.annotations.ontology import LabelClass
from labeling.core.splitting import (
    STRATEGIES,
    Alike,
    AssetFacts,
    Pace,
    Planned,
    Strategy,
    Tally,
    Tile,
    Weighing,
    Whole,
    mean_regions,
    natural_key,
    read_split,
)
from labeling.core.splitting.balanced_batches import MICROS, BalancedBatches
from labeling.core.splitting.class_groups import ClassGroups, groups_of
from labeling.core.splitting.frame_windows import FrameWindows
from labeling.core.splitting.tiles import Tiles

PETS = Ontology.of_names("cat", "dog")


def facts(n: int, **changes: Any) -> list[AssetFacts]:
    """Return so many assets, alike but for their ids."""
    return [AssetFacts(UUID(int=number), **changes) for number in range(1, n + 1)]


def whole_of(
    assets: Sequence[AssetFacts], ontology: Ontology = PETS, *, efforts_us: Sequence[int] | None = None
) -> Whole:
    """Return what is known of assets together; unless told, an answer to each takes a second."""
    return Whole(ontology, len(assets), [MICROS] * len(assets) if efforts_us is None else efforts_us)


def tallied(strategy: Strategy, assets: Sequence[AssetFacts], whole: Whole | None = None) -> Tally:
    """Return the count of a plan, from what the database would count."""
    if strategy.by_sequence:
        alike = [Alike(n) for n in Counter(asset.sequence for asset in assets).values()]
    else:
        known = Counter((asset.width, asset.height, asset.prelabel_id is not None) for asset in assets)
        alike = [Alike(n, *each) for each, n in known.items()]
    return strategy.tally(whole or whole_of(assets), alike)


def planned(strategy: Strategy, assets: Sequence[AssetFacts], ontology: Ontology = PETS) -> list[Planned]:
    """Return the whole plan."""
    return list(strategy.plan(iter(assets), whole_of(assets, ontology)))


def numbers(tasks: Iterable[Planned]) -> list[int]:
    """Return the assets of tasks by number."""
    return [task.asset_id.int for task in tasks]


@st.composite
def some_assets(draw: st.DrawFn) -> list[AssetFacts]:
    """Draw assets sequence by sequence, of any size and effort, some with a pre-label."""
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    sequences = [f"s{place}" for place, length in enumerate(lengths) for _ in range(length)]
    return [
        AssetFacts(
            UUID(int=number),
            width=draw(st.integers(1, 900)),
            height=draw(st.integers(1, 900)),
            sequence=sequence,
            prelabel_id=UUID(int=7) if draw(st.booleans()) else None,
        )
        for number, sequence in enumerate(sequences, start=1)
    ]


def some_efforts(n_assets: int) -> st.SearchStrategy[list[int]]:
    """Draw what so many assets take: any, alike, or none."""
    each = st.integers(0, 500 * MICROS) | st.sampled_from([0, 7 * MICROS, 10 * MICROS])
    return st.lists(each, min_size=n_assets, max_size=n_assets)


@st.composite
def families(draw: st.DrawFn) -> Ontology:
    """Draw an ontology with sub-classes, up to lineages of all of them."""
    n_classes = draw(st.integers(1, 60))
    parents = [None if place == 0 else draw(st.none() | st.integers(0, place - 1)) for place in range(n_classes)]
    classes = [
        LabelClass(name=f"c{place}", parent=None if up is None else f"c{up}") for place, up in enumerate(parents)
    ]
    return Ontology(tuple(draw(st.permutations(classes))))


@pytest.mark.parametrize(
    "split",
    [
        {"strategy": "one_asset_per_task"},
        {"strategy": "balanced_batches", "batch_effort_s": 600},
        {"strategy": "balanced_batches", "batch_effort_s": 10},
        {"strategy": "tiles", "tile_px": 256, "margin_px": 32},
        {"strategy": "frame_windows", "window": 4},
        {"strategy": "class_groups", "max_classes": 7},
        {"strategy": "verify_prelabels"},
    ],
    ids=lambda split: str(split["strategy"]),
)
@given(assets=some_assets(), ontology=families(), data=st.data())
def test_every_asset_is_covered_in_one_run_and_a_preview_counts_what_is_made(
    split: dict[str, Any], assets: list[AssetFacts], ontology: Ontology, data: st.DataObject
) -> None:
    strategy = read_split(split)
    whole = whole_of(assets, ontology, efforts_us=data.draw(some_efforts(len(assets))))
    tasks = list(strategy.plan(assets, whole))
    assert [asset_id.int for asset_id, _ in groupby(tasks, key=lambda task: task.asset_id)] == numbers(
        [Planned(asset.asset_id) for asset in assets]
    )
    tally = tallied(strategy, assets, whole)
    assert tally.n_tasks == len(tasks)
    assert tally.n_batches == len({task.batch for task in tasks} - {None})
    assert tally.n_aided == sum(task.prelabel_id is not None for task in tasks)
    if not strategy.makes_parts:
        assert len(tasks) == len(assets)
    assert read_split(strategy.stated) == strategy


def test_one_asset_is_one_task() -> None:
    assert planned(read_split({"strategy": "one_asset_per_task"}), facts(2)) == [
        Planned(UUID(int=1)),
        Planned(UUID(int=2)),
    ]


def batches(batch_effort_s: float, *seconds: int) -> list[int | None]:
    """Return the batches of assets that take so long."""
    assets = facts(len(seconds))
    whole = whole_of(assets, efforts_us=[each * MICROS for each in seconds])
    strategy = BalancedBatches(batch_effort_s)
    made = [task.batch for task in strategy.plan(assets, whole)]
    assert strategy.tally(whole, []) == Tally(len(made), n_batches=len(set(made)))
    return made


def test_batches_are_of_equal_effort_and_not_of_equal_length() -> None:
    assert batches(400.0, 100, 100, 100, 100, 200, 200) == [1, 1, 1, 1, 2, 2]


def test_a_batch_that_an_asset_of_more_effort_reaches_across_is_not_counted() -> None:
    assert batches(34.0, 1, 98, 1) == [1, 2, 3]
    assert batches(34.0, 1, 1, 98) == [1, 1, 2]
    assert batches(34.0, 0, 0) == [1, 1]


@given(data=st.data(), batch_effort_s=st.floats(10.0, 2_000.0))
def test_batches_differ_from_the_wanted_effort_by_an_asset_at_most(data: st.DataObject, batch_effort_s: float) -> None:
    assets = data.draw(some_assets())
    efforts_us = data.draw(some_efforts(len(assets)))
    strategy, whole = BalancedBatches(batch_effort_s), whole_of(assets, efforts_us=efforts_us)
    wanted_us = sum(efforts_us) / strategy.n_batches(whole)
    sums: dict[int | None, int] = {}
    order = []
    for task, effort_us in zip(strategy.plan(assets, whole), efforts_us, strict=True):
        sums[task.batch] = sums.get(task.batch, 0) + effort_us
        order.append(task.batch or 0)
    assert order == sorted(order)
    assert all(abs(each - wanted_us) <= max(efforts_us) + 1e-3 for each in sums.values())


def test_effort_follows_from_objects_or_else_from_regions_compared_with_other_images() -> None:
    weighing = Weighing(Pace(per_asset_s=10.0, per_unit_s=5.0), units_per_asset=4.0, mean_regions=20.0)
    assert weighing.effort_us(3, 40) == 25 * MICROS
    assert weighing.effort_us(None, None) == weighing.effort_us(None, 20) == 30 * MICROS
    assert [weighing.effort_us(None, regions) for regions in (1, 30, 400)] == [20 * MICROS, 40 * MICROS, 50 * MICROS]
    assert mean_regions([(10, 1), (40, 2), (None, 7)]) == 30.0
    assert mean_regions([(None, 7)]) == mean_regions([(0, 3)]) == 1.0


def test_a_large_image_is_cut_into_cores_with_a_margin_around_them() -> None:
    tasks = planned(Tiles(tile_px=100, margin_px=10), facts(1, width=200, height=150))
    assert [task.scope for task in tasks] == [
        {"tile": [0, 0, 110, 85], "core": [0, 0, 100, 75]},
        {"tile": [90, 0, 200, 85], "core": [100, 0, 200, 75]},
        {"tile": [0, 65, 110, 150], "core": [0, 75, 100, 150]},
        {"tile": [90, 65, 200, 150], "core": [100, 75, 200, 150]},
    ]


def test_a_small_image_stays_whole() -> None:
    assert planned(Tiles(tile_px=100, margin_px=10), facts(1, width=100, height=100)) == [Planned(UUID(int=1))]


@given(
    width=st.integers(1, 700), height=st.integers(1, 700), tile_px=st.integers(64, 300), margin_px=st.integers(0, 32)
)
def test_every_pixel_is_in_one_core(width: int, height: int, tile_px: int, margin_px: int) -> None:
    times = np.zeros((height, width), dtype=np.int64)
    for tile in Tiles(tile_px, margin_px).tiles_of(width, height):
        x1, y1, x2, y2 = tile.core
        times[y1:y2, x1:x2] += 1
        u1, v1, u2, v2 = tile.shown
        assert (max(0, x1 - margin_px), max(0, y1 - margin_px)) == (u1, v1)
        assert (min(width, x2 + margin_px), min(height, y2 + margin_px)) == (u2, v2)
        assert x2 - x1 <= tile_px
        assert y2 - y1 <= tile_px
        assert Tile.of(tile.scope) == tile
    assert (times == 1).all()


def test_images_without_size_and_of_too_many_tiles_are_not_tiled() -> None:
    for asset, field in ((facts(1), "strategy"), (facts(1, width=10**6, height=10**6), "tile_px")):
        with pytest.raises(Refusal) as refused:
            tallied(Tiles(tile_px=64, margin_px=0), asset)
        assert refused.value.field == field


def test_no_plan_makes_more_tasks_than_a_job_may_have() -> None:
    many = Whole(Ontology.of_names(*(f"c{n}" for n in range(2_000))), n_assets=1_000_000)
    with pytest.raises(Refusal, match="at most 5000000"):
        ClassGroups(max_classes=2).tally(many, [])


def test_numbers_in_names_are_counted() -> None:
    names = ["img10", "img9", "img1b2", "img1b10", "9", "img010", "10", "a" + "9" * 30]
    assert sorted(names, key=natural_key) == ["9", "10", "a" + "9" * 30, "img1b2", "img1b10", "img9", "img10", "img010"]


def test_windows_follow_frames_and_end_with_their_sequence() -> None:
    assets = [asset._replace(sequence=name) for asset, name in zip(facts(7), ["a"] * 5 + ["b"] * 2, strict=True)]
    assert [task.batch for task in planned(FrameWindows(window=3), assets)] == [1, 1, 1, 2, 2, 3, 3]


@given(assets=some_assets(), window=st.integers(2, 5))
def test_a_window_is_of_one_sequence_and_of_so_many_frames(assets: list[AssetFacts], window: int) -> None:
    tasks = planned(FrameWindows(window), assets)
    for _, group in groupby(zip(tasks, assets, strict=True), key=lambda pair: pair[0].batch):
        frames = [asset for _, asset in group]
        assert len(frames) <= window
        assert len({asset.sequence for asset in frames}) == 1


def test_classes_are_grouped_along_their_parents() -> None:
    names = {"vehicle": None, "animal": None, "car": "vehicle", "dog": "animal", "truck": "vehicle", "road": None}
    ontology = Ontology(tuple(LabelClass(name=name, parent=parent) for name, parent in names.items()))
    assert groups_of(ontology, most=3) == [["vehicle", "car", "truck"], ["animal", "dog", "road"]]
    assert groups_of(ontology, most=2) == [["vehicle", "car"], ["truck"], ["animal", "dog"], ["road"]]
    tasks = planned(ClassGroups(max_classes=3), facts(2), ontology)
    assert numbers(tasks) == [1, 1, 2, 2]
    assert tasks[1].scope == {"classes": ["animal", "dog", "road"], "group": 2, "n_groups": 2}


def test_few_classes_are_asked_for_at_once() -> None:
    assert planned(ClassGroups(), facts(1)) == [Planned(UUID(int=1))]


@given(ontology=families(), most=st.integers(2, 30))
def test_groups_partition_the_classes_and_keep_families_that_fit(ontology: Ontology, most: int) -> None:
    groups = groups_of(ontology, most=most)
    assert sorted(name for group in groups for name in group) == sorted(ontology.class_names)
    assert all(1 <= len(group) <= most for group in groups)
    at = {name: place for place, group in enumerate(groups) for name in group}
    roots = {label.name: ontology.rules[label.name].lineage[-1] for label in ontology.classes}
    sizes = Counter(roots.values())
    for name, root in roots.items():
        if sizes[root] <= most:
            assert at[name] == at[root]


def test_prelabels_are_shown_where_there_are_some() -> None:
    shown, bare = facts(2)
    tasks = planned(read_split({"strategy": "verify_prelabels"}), [shown._replace(prelabel_id=UUID(int=9)), bare])
    assert [task.prelabel_id for task in tasks] == [UUID(int=9), None]


@pytest.mark.parametrize(
    ("split", "field"),
    [
        ("tiles", ""),
        ({}, "strategy"),
        ({"strategy": ["tiles"]}, "strategy"),
        ({"strategy": "halves"}, "strategy"),
        ({"strategy": "one_asset_per_task", "tile_px": 5}, "tile_px"),
        ({"strategy": "tiles", "tile_px": 10}, "tile_px"),
        ({"strategy": "tiles", "tile_px": 100.5}, "tile_px"),
        ({"strategy": "tiles", "tile_px": 100, "margin_px": 51}, "margin_px"),
        ({"strategy": "balanced_batches", "batch_effort_s": float("nan")}, "batch_effort_s"),
        ({"strategy": "balanced_batches", "batch_effort_s": 1}, "batch_effort_s"),
        ({"strategy": "frame_windows", "window": 1}, "window"),
        ({"strategy": "class_groups", "max_classes": True}, "max_classes"),
        ({"strategy": "verify_prelabels", "share": 0.5}, "share"),
    ],
)
def test_what_is_wrong_with_a_split_is_named(split: Any, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_split(split)
    assert refused.value.field == field


def _refuses(strategy: Strategy, annotation_type: str) -> bool:
    try:
        strategy.check(annotation_type, PETS)
    except Refusal as refusal:
        return refusal.field == "strategy"
    return False


def test_types_that_cannot_be_put_together_again_are_not_split() -> None:
    refused = {
        name: {kind for kind in ANNOTATION_TYPES if _refuses(strategy(), kind)} for name, strategy in STRATEGIES.items()
    }
    assert refused.pop("tiles") == set(ANNOTATION_TYPES) - {
        "bounding_box",
        "rotated_box",
        "polygon",
        "polyline",
        "point",
        "instance_segmentation",
    }
    assert refused.pop("class_groups") == {
        "image_classification",
        "semantic_segmentation",
        "panoptic_segmentation",
    }
    assert not any(refused.values())

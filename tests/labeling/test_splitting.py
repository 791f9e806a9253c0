"""Splitting: what is planned is what is made, in batches that people keep, and again for what nobody has begun."""

from typing import Any

import pytest
from django.db import transaction

from labeling.errors import InvalidAnnotation, InvalidInput, SplitRefused, WrongState
from labeling.models import Asset, AssignmentState, LabelingJob, PreLabel
from labeling.services import (
    Pace,
    claim_tasks,
    give_back,
    materialise_tasks,
    pause_job,
    preview_split,
)
from marketplace.live.models import Event
from marketplace.orders.errors import QuoteExpired
from marketplace.orders.models import Order
from marketplace.orders.services import fund_order, publish_order, run_publish
from pricing.services import plan_of, resplit
from tests import make

pytestmark = pytest.mark.django_db

TILES = {"strategy": "tiles", "tile_px": 320, "margin_px": 20}
BOX = [{"class": "cat", "box": [10, 10, 60, 60]}]


def claimed(job: LabelingJob, worker: Any, *, limit: int = 20) -> list[int]:
    """Return the ordinals that a worker gets, answered at once."""
    leases = claim_tasks(job.pk, worker.pk, limit=limit)
    for lease in leases:
        make.answer(lease)
    return [lease.task.ordinal for lease in leases]


def batched_job(*, n_tasks: int = 6, **changes: Any) -> LabelingJob:
    """Return an open job of classes in batches of two, each answer taking 5.1 seconds."""
    split = {"strategy": "balanced_batches", "batch_effort_s": 10.2}
    return make.published_job(n_tasks=n_tasks, split=split, **changes)


def prelabelled(job: LabelingJob, external_id: str, annotations: list[dict[str, Any]] | None = None) -> PreLabel:
    """Return a pre-label of an asset of a job."""
    said = [{"id": "1", "class": "cat"}] if annotations is None else annotations
    return PreLabel.objects.create(
        project=job.project,
        asset=Asset.objects.get(dataset=job.snapshot.dataset, external_id=external_id),
        ontology=job.ontology,
        annotation_type=job.annotation_type,
        schema_version=1,
        source="detector",
        annotations=said,
        n_annotations=len(said),
    )


def many_classes(n: int = 25) -> tuple[str, ...]:
    """Return names of classes."""
    return tuple(f"class-{number:02d}" for number in range(n))


SPLITS: list[dict[str, Any]] = [
    {"annotation_type": "bounding_box", "split": TILES},
    {"split": {"strategy": "balanced_batches", "batch_effort_s": 12}},
    {"split": {"strategy": "frame_windows", "window": 2}},
    {"annotation_type": "bounding_box", "classes": many_classes(), "split": {"strategy": "class_groups"}},
    {"split": {"strategy": "verify_prelabels"}},
]


def test_whoever_makes_tasks_is_told_that_work_goes_on_before_the_first_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labeling.services.asset_facts.ROWS_AT_ONCE", 2)
    job = make.job(n_tasks=6, split={"strategy": "balanced_batches", "batch_effort_s": 10.2})
    beats: list[int] = []
    made = materialise_tasks(job.pk, pace=make.PACE, beat=lambda: beats.append(job.tasks.count()))
    assert list(made) == [1.0]
    assert beats == [0] * 4  # before efforts are counted, and three pages of tasks


@pytest.mark.parametrize("terms", SPLITS, ids=lambda terms: str(terms["split"]["strategy"]))
def test_a_preview_and_a_quote_count_what_is_made(terms: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.materialise.CHUNK", 2)
    job = make.job(n_tasks=5, **terms)
    if job.split_strategy == "verify_prelabels":
        prelabelled(job, "asset-2")
    plan = plan_of(job)
    quoted = make.order(job)
    assert quoted.quote is not None
    assert quoted.quote.assumptions["n_tasks"] == plan.n_tasks
    opened = _published(quoted)
    made = opened.tasks.order_by("ordinal")
    assert opened.n_tasks == plan.n_tasks == made.count()
    assert opened.n_split == 5
    assert plan.n_batches == len(set(made.values_list("batch", flat=True)) - {None})
    assert plan.n_aided == made.filter(prelabel__isnull=False).count()
    # Every answer that may be bought is covered, and hardly more.
    most = sum(task.pay_micros * task.max_overlap for task in made)
    assert most <= opened.answer_budget_micros < most + 10_000


def _published(quoted: Order) -> LabelingJob:
    make.funds(quoted.organization)
    fund_order(quoted.pk)
    publish_order(quoted.pk, requested_by_id=quoted.created_by_id)
    run_publish(quoted.pk)
    return LabelingJob.objects.get(pk=quoted.job_id)


def test_splitting_goes_on_after_the_last_whole_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.materialise.CHUNK", 3)
    job = make.job(n_tasks=3, annotation_type="bounding_box", split=TILES)  # 2 x 2 tiles each
    assert next(materialise_tasks(job.pk, pace=make.PACE)) == pytest.approx(1 / 3)  # and no further: the runner died
    assert list(materialise_tasks(job.pk, pace=make.PACE)) == [pytest.approx(2 / 3), pytest.approx(1.0)]
    assert list(materialise_tasks(job.pk, pace=make.PACE)) == [1.0]
    names = job.tasks.order_by("ordinal").values_list("ordinal", "asset__external_id")
    assert list(names) == [(4 * n + k, f"asset-{n + 1}") for n in range(3) for k in range(1, 5)]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"split": {"strategy": "halves"}}, "split.strategy"),
        ({"split": []}, "split"),
        ({"split": {"strategy": "tiles", "tile_px": 1}}, "split.tile_px"),
        ({"split": {"strategy": "tiles"}}, "split.strategy"),  # of classes
        ({"split": {"strategy": "class_groups"}}, "split.strategy"),
        ({"split": TILES, "annotation_type": "bounding_box", "photos": "unmeasured"}, "split.strategy"),
        (
            {
                "split": {"strategy": "class_groups"},
                "annotation_type": "bounding_box",
                "purpose": "exam",
                "n_learners": 1,
            },
            "split.strategy",
        ),
    ],
)
def test_a_job_that_cannot_be_split_so_is_not_drafted(terms: dict[str, Any], field: str) -> None:
    if "photos" in terms:
        photos = make.dataset()
        make.asset(photos, width=None, height=None)
        terms = terms | {"photos": photos}
    with pytest.raises(InvalidInput) as refused, transaction.atomic():
        make.job(**terms)
    assert refused.value.field == field
    assert not LabelingJob.objects.exists()


# --- batches --------------------------------------------------------------------------------------------------------
def test_a_worker_gets_the_rest_of_a_batch_and_others_get_other_batches() -> None:
    job = batched_job()
    first, second = make.worker(), make.worker()
    assert claimed(job, first, limit=1) == [1]
    assert claimed(job, second, limit=1) == [3]  # not 2: somebody is at that batch
    assert claimed(job, first, limit=2) == [2, 5]
    assert claimed(job, second, limit=5) == [4, 6]


def test_nobody_waits_for_somebody_who_went_away() -> None:
    job = batched_job(n_tasks=4)
    gone, other = make.worker(), make.worker()
    assert claimed(job, gone, limit=1) == [1]
    assert claimed(job, other) == [3, 4, 2]


def test_a_batch_goes_to_as_many_workers_as_answers_are_wanted() -> None:
    job = batched_job(n_tasks=4, min_overlap=2)
    first, second = make.worker(), make.worker()
    assert claimed(job, first, limit=2) == [1, 2]
    assert claimed(job, second, limit=2) == [3, 4]
    assert claimed(job, first, limit=4) == [3, 4]
    assert claimed(job, second, limit=4) == [1, 2]


def test_what_comes_back_is_handed_out_again_and_the_budget_holds() -> None:
    job = batched_job(n_tasks=4)
    first, second = make.worker(), make.worker()
    [held] = claim_tasks(job.pk, first.pk, limit=1)
    give_back(held.pk, state=AssignmentState.RETURNED)
    LabelingJob.objects.filter(pk=job.pk).update(answer_budget_micros=2 * job.pay_micros)
    assert claimed(job, second) == [3, 4]
    assert claimed(job, first) == []


def test_effort_is_what_is_known_of_an_asset() -> None:
    split = {"strategy": "balanced_batches", "batch_effort_s": 105}
    job = make.job(n_tasks=6, annotation_type="bounding_box", split=split, units_per_asset=1.0)
    # Of 10 + 5 seconds each, and of 10 + 55 the first, which a model found eleven objects in: 140 in all.
    prelabelled(job, "asset-1", [{"id": str(n), "class": "cat", "box": [0, 0, 9, 9 + n]} for n in range(11)])
    preview = preview_split(job, pace=Pace(per_asset_s=10.0, per_unit_s=5.0))
    assert preview.n_batches == 1
    list(materialise_tasks(job.pk, pace=Pace(per_asset_s=0.0, per_unit_s=10.5)))  # 115.5 and 5 times 10.5: 168
    assert list(job.tasks.order_by("ordinal").values_list("batch", flat=True)) == [1, 2, 2, 2, 2, 2]


def test_frames_follow_one_another_as_stated_or_else_as_people_count() -> None:
    photos = make.dataset()
    for name in ("b/img10.jpg", "b/img2.jpg", "a/x.jpg", "b/img1.jpg"):
        make.asset(photos, external_id=name)
    for name, frame in (("z.jpg", 1), ("y.jpg", 2)):
        make.asset(photos, external_id=name, sequence="a clip", frame=frame)
    job = make.job(photos=photos, split={"strategy": "frame_windows", "window": 2})
    list(materialise_tasks(job.pk, pace=make.PACE))
    order = job.tasks.order_by("ordinal").values_list("asset__external_id", "batch")
    assert list(order) == [
        ("z.jpg", 1),
        ("y.jpg", 1),
        ("a/x.jpg", 2),
        ("b/img1.jpg", 3),
        ("b/img2.jpg", 3),
        ("b/img10.jpg", 4),
    ]


# --- scopes ---------------------------------------------------------------------------------------------------------
def test_what_lies_outside_a_tile_is_not_taken() -> None:
    job = make.published_job(n_tasks=1, annotation_type="bounding_box", split=TILES)
    held = make.lease(job)
    assert held.task.scope == {"tile": [0, 0, 340, 260], "core": [0, 0, 320, 240]}
    outside = [*BOX, {"class": "cat", "box": [350, 10, 400, 60]}]
    with pytest.raises(InvalidAnnotation) as refused, transaction.atomic():
        make.answer(held, annotations=outside)
    assert refused.value.field == "annotations[1].box"
    make.answer(held, annotations=BOX)


def test_a_class_of_another_group_is_not_taken() -> None:
    job = make.published_job(
        n_tasks=1, classes=many_classes(), annotation_type="bounding_box", split={"strategy": "class_groups"}
    )
    held = make.lease(job)
    assert held.task.scope is not None
    assert held.task.scope["classes"] == list(many_classes()[:20])
    with pytest.raises(InvalidAnnotation) as refused, transaction.atomic():
        make.answer(held, annotations=[{"class": "class-24", "box": [10, 10, 60, 60]}])
    assert refused.value.field == "annotations[0].class"


def test_of_a_known_asset_the_part_with_most_in_it_is_gold_and_knows_its_part_alone() -> None:
    job = make.job(n_tasks=2, annotation_type="bounding_box", split=TILES)
    known = [
        {"class": "cat", "box": [10, 10, 60, 60]},
        {"class": "cat", "box": [400, 300, 450, 350]},
        {"class": "dog", "box": [300, 300, 500, 400]},
    ]
    [gold] = make.gold(job, names=["asset-1"], annotations=known)
    opened = make.published_job(job)
    gold.refresh_from_db()
    [task] = opened.tasks.filter(is_gold=True)
    assert gold.task == task
    assert task.scope == {"tile": [300, 220, 640, 480], "core": [320, 240, 640, 480]}
    assert [each["box"] for each in gold.truth] == [[400, 300, 450, 350], [300, 300, 500, 400]]
    assert opened.tasks.count() == 8


# --- pre-labels -----------------------------------------------------------------------------------------------------
def test_a_prelabel_is_shown_to_everybody_and_pays_what_checking_takes() -> None:
    job = make.job(n_tasks=2, split={"strategy": "verify_prelabels"})
    shown = prelabelled(job, "asset-2")
    opened = make.published_job(job)
    bare, aided = opened.tasks.order_by("ordinal")
    assert (bare.prelabel, aided.prelabel) == (None, shown)
    assert (bare.pay_micros, aided.pay_micros) == (17_000, 6_000)  # 5.1 s, and .314 of it
    held = {lease.task_id: lease for lease in claim_tasks(opened.pk, make.worker().pk, limit=2)}
    assert (held[bare.pk].aided, held[aided.pk].aided) == (False, True)
    assert held[aided.pk].pay_micros == 6_000


def test_a_prelabel_of_another_ontology_or_type_is_not_shown() -> None:
    job = make.job(n_tasks=1, split={"strategy": "verify_prelabels"})
    prelabelled(job, "asset-1")
    other = make.ontology(job.project)
    twin = make.job(words=other, photos=job.snapshot.dataset, split={"strategy": "verify_prelabels"})
    assert plan_of(job).n_aided == 1
    assert plan_of(twin).n_aided == 0


def test_a_prelabel_that_came_after_the_quote_asks_for_another_quote() -> None:
    order = make.order(make.job(n_tasks=2, split={"strategy": "verify_prelabels"}))
    prelabelled(order.job, "asset-1")
    make.funds(order.organization)
    with pytest.raises(QuoteExpired), transaction.atomic():
        fund_order(order.pk)


# --- splitting again ------------------------------------------------------------------------------------------------
def test_a_draft_is_split_otherwise_and_its_quote_is_good_no_more() -> None:
    order = make.order(make.job(n_tasks=2, annotation_type="bounding_box"))
    resplit(order.job, TILES)
    order.job.refresh_from_db()
    assert (order.job.split_strategy, plan_of(order.job).n_tasks) == ("tiles", 8)
    make.funds(order.organization)
    with pytest.raises(QuoteExpired), transaction.atomic():
        fund_order(order.pk)


def test_what_nobody_has_begun_is_split_again_and_the_rest_stays() -> None:
    job = make.published_job(n_tasks=2, annotation_type="bounding_box", split=TILES)
    begun = make.lease(job)
    resplit(job, {"strategy": "one_asset_per_task"})
    job.refresh_from_db()
    tasks = list(job.tasks.order_by("ordinal"))
    assert [(task.asset.external_id, task.scope is None) for task in tasks] == [
        *[("asset-1", False)] * 4,
        ("asset-2", True),
    ]
    assert begun.task in tasks
    assert job.n_tasks == 5
    event = Event.objects.filter(stream__subject_id=job.pk, type="tasks_opened").order_by("id").last()
    assert event is not None
    assert event.deltas == {"tasks": -3}
    make.answer(begun, annotations=BOX)
    assert tasks[-1].pay_micros == job.pay_micros > begun.pay_micros


def test_new_batches_are_numbered_after_the_old_ones() -> None:
    job = batched_job(n_tasks=4)
    claimed(job, make.worker(), limit=1)
    resplit(job, {"strategy": "balanced_batches", "batch_effort_s": 10.2})
    batches = dict(job.tasks.order_by("ordinal").values_list("asset__external_id", "batch"))
    assert batches == {"asset-1": 1, "asset-2": 3, "asset-3": 4, "asset-4": 4}


def test_no_split_takes_more_than_the_money_agreed() -> None:
    job = make.published_job(n_tasks=2, annotation_type="bounding_box")
    before = list(job.tasks.order_by("pk").values_list("pk", flat=True))
    with pytest.raises(SplitRefused) as refused, transaction.atomic():
        resplit(job, TILES)
    assert refused.value.data["needed_micros"] > refused.value.data["budget_micros"]
    assert list(job.tasks.order_by("pk").values_list("pk", flat=True)) == before
    job.refresh_from_db()
    assert job.split_strategy == "one_asset_per_task"


def test_only_work_under_way_is_split_again() -> None:
    ended, offered = make.ended_job(), make.published_job(by_offer_only=True)
    other = {"strategy": "balanced_batches"}
    with pytest.raises(WrongState), transaction.atomic():
        resplit(ended, other)
    with pytest.raises(SplitRefused), transaction.atomic():
        resplit(offered, other)
    paused = make.published_job(n_tasks=2)
    pause_job(paused.pk)
    paused.refresh_from_db()
    resplit(paused, other)
    assert set(paused.tasks.values_list("batch", flat=True)) == {1}


def test_a_split_that_too_many_tasks_would_follow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make.published_job(n_tasks=3)
    monkeypatch.setattr("labeling.services.resplit.MAX_TASKS", 2)
    with pytest.raises(SplitRefused), transaction.atomic():
        resplit(job, {"strategy": "balanced_batches"})

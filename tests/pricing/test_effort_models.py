"""Effort models: fitted to what was measured, kept for ever, pinned by quotes."""

import math
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from labeling.models import AssetFeatures, Assignment, AssignmentState, LabelingJob, PreLabel, SnapshotAsset
from pricing.core.effort.complexity import REFERENCE_SCALE, WEIGHTS, complexity, log_kappa
from pricing.models import EffortModel
from pricing.services import effort_of, pace_of, plan_of, quote_job, refit, refit_all, resplit
from pricing.services.effort.evidence import read_evidence
from pricing.services.effort.images import image_complexity
from pricing.tasks import refit_effort
from tests import make
from tests.pricing.timing import box, timed_answer, timed_job

pytestmark = pytest.mark.django_db

BOXES: dict[str, Any] = {"annotation_type": "bounding_box", "units_per_asset": 3.0}
PUBLISHED_S = 7.8 + 3 * 12.5


def _refit() -> EffortModel:
    model = refit("bounding_box", now=timezone.now())
    assert model is not None
    return model


# --- fitting --------------------------------------------------------------------------------------------------------
def test_what_was_measured_becomes_a_version_and_only_when_there_is_more_of_it() -> None:
    opened = timed_job(active_s=20.0)
    [first] = refit_all(now=timezone.now())
    assert (first.annotation_type, first.version) == ("bounding_box", 1)
    assert (first.n_answers, first.n_workers, first.n_jobs) == (12, 3, 1)
    assert refit_all(now=timezone.now()) == []
    timed_answer(opened, by=make.worker(), active_s=20.0)
    refit_all(now=timezone.now())
    assert list(EffortModel.objects.order_by("version").values_list("version", "n_answers")) == [(1, 12), (2, 13)]


def test_a_version_is_never_changed() -> None:
    timed_job()
    model = _refit()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        EffortModel.objects.filter(pk=model.pk).update(n_answers=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.delete()


def test_no_clock_of_a_client_says_more_than_passed_since_the_lease() -> None:
    opened = timed_job(n_tasks=2, n_workers=1, active_s=50_000.0, elapsed_s=30.0)
    assert all(30.0 <= math.exp(log_s) < 60.0 for log_s in _read_log_s(opened))


def _read_log_s(opened: LabelingJob) -> Any:
    return read_evidence("bounding_box", [opened], scale=REFERENCE_SCALE, most_of_a_job=50, most=50).timings.log_s


def test_rejected_answers_and_those_without_a_time_say_nothing() -> None:
    opened = timed_job(n_tasks=2, n_workers=2)
    rejected = Assignment.objects.filter(job=opened).first()
    assert rejected is not None
    Assignment.objects.filter(pk=rejected.pk).update(state=AssignmentState.REJECTED)
    make.answer(make.lease(opened), annotations=[box(1)])
    assert _refit().n_answers == 3


def test_learners_are_not_looked_at() -> None:
    course = make.course(n_lessons=1)
    held = make.lease(course)
    Assignment.objects.filter(pk=held.pk).update(leased_at=timezone.now() - timedelta(hours=1))
    make.answer(held)
    assert refit("image_classification", now=timezone.now()) is None


def test_beat_sends_what_celery_knows() -> None:
    assert refit_effort.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_the_command_says_what_is_new() -> None:
    timed_job()
    for told in ("bounding_box 1: 12 answers of 3 workers in 1 jobs\n", "Nothing was measured since.\n"):
        out = StringIO()
        call_command("refit_effort", "--type", "bounding_box", stdout=out)
        assert out.getvalue() == told


# --- what follows for jobs and quotes -------------------------------------------------------------------------------
def test_a_new_job_of_the_type_is_priced_by_what_was_measured_and_says_so() -> None:
    before = quote_job(make.job(**BOXES), now=timezone.now())
    assert before.effort_s == pytest.approx(PUBLISHED_S)
    assert {factor["source"] for factor in before.assumptions["effort"]} == {"prior", "requester"}
    timed_job(active_s=15.0, n_tasks=12)
    model = _refit()
    after = quote_job(make.job(**BOXES), now=timezone.now())
    assert 15.0 < after.effort_s < before.effort_s
    assert after.pay_micros < before.pay_micros
    assert after.assumptions["effort_basis"]["model"] == str(model.pk)
    assert after.assumptions["effort_log_sd"] < before.assumptions["effort_log_sd"]
    assert "measured (36)" in {factor["source"] for factor in after.assumptions["effort"]}


def test_a_job_of_another_type_is_priced_as_before() -> None:
    timed_job(active_s=15.0)
    _refit()
    assert quote_job(make.job(), now=timezone.now()).effort_s == 5.1


def test_a_job_that_is_under_way_is_believed_by_its_own_answers() -> None:
    slow = timed_job(active_s=200.0, n_tasks=5, n_workers=4)
    effort = effort_of(slow)
    assert (effort.level.n_answers, effort.level.n_workers) == (20, 4)
    assert float(effort.from_nothing.p50_s) > 2 * PUBLISHED_S
    assert effort.from_nothing.log_sd < effort_of(make.job(**BOXES)).from_nothing.log_sd


def test_what_was_agreed_on_stays_whatever_is_learnt_since() -> None:
    opened = timed_job(active_s=300.0, n_tasks=4, n_workers=2)
    pace = pace_of(opened)
    _refit()
    assert float(plan_of(opened).answer.p50_s) > 2 * PUBLISHED_S
    assert pace_of(opened) == pace
    assert (pace.per_asset_s, pace.per_unit_s) == (7.8, 12.5)
    fresh = make.published_job(n_tasks=3, **BOXES)
    pay = fresh.pay_micros
    timed_job(active_s=5.0, n_tasks=4, n_workers=2)
    _refit()
    resplit(fresh, {"strategy": "balanced_batches", "batch_effort_s": 100})
    assert set(fresh.tasks.filter(state="open").values_list("pay_micros", flat=True)) == {pay}


# --- objects in an asset --------------------------------------------------------------------------------------------
def test_objects_are_counted_in_answers_and_in_earlier_jobs_of_the_project() -> None:
    earlier = timed_job(n_boxes=1, n_tasks=8, n_workers=1, units_per_asset=6.0)
    here = effort_of(earlier).scene
    assert (here.units_source, here.units) == ("requester", Decimal("4.5714"))  # (20 x 6 + 8 x 1) / 28
    later = make.job(words=earlier.ontology, annotation_type="bounding_box", units_per_asset=6.0, n_tasks=2)
    assert effort_of(later).scene.units == here.units
    other = make.job(annotation_type="bounding_box", units_per_asset=6.0)
    assert effort_of(other).scene.units == 6


def prelabel(job: LabelingJob, *, ordinals: Iterable[int]) -> None:
    """Say that two boxes are in each of some assets of a job."""
    for member in SnapshotAsset.objects.filter(snapshot=job.snapshot_id, ordinal__in=ordinals):
        PreLabel.objects.create(
            project=job.project,
            asset_id=member.asset_id,
            ontology=job.ontology,
            annotation_type=job.annotation_type,
            schema_version=1,
            source="detector",
            annotations=[box(1), box(2)],
            n_annotations=2,
        )


def test_prelabels_of_the_snapshot_say_how_many_objects_there_are() -> None:
    job = make.job(n_tasks=40, annotation_type="bounding_box", units_per_asset=5.0)
    prelabel(job, ordinals=range(1, 41))
    quote = quote_job(job, now=timezone.now())
    assert quote.assumptions["units_per_asset"] == "3.0"
    assert quote.effort_s == pytest.approx(PUBLISHED_S)
    units = next(factor for factor in quote.assumptions["effort"] if factor["name"] == "units")
    assert (units["value"], units["source"]) == ("3.0", "pre-labels (40)")


@pytest.mark.parametrize("ordinals", [(1, 2, 3), (2, 5)])
def test_of_many_prelabels_some_are_counted_wherever_they_are(
    ordinals: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pricing.services.effort.units.COUNTED", 2)
    job = make.job(n_tasks=6, annotation_type="bounding_box", units_per_asset=5.0)
    prelabel(job, ordinals=ordinals)
    # Two assets with two objects, beside the requester's word, which counts as twenty.
    assert effort_of(job).scene.units == Decimal("4.7273")


# --- images ---------------------------------------------------------------------------------------------------------
def test_busy_images_cost_more_than_plain_ones_and_references_are_taken_for_middling() -> None:
    busy, plain, unseen = make.dataset(), make.dataset(), make.dataset(n_assets=2)
    for photos, looks in ((busy, 0.9), (plain, 0.1)):
        look(make.image_asset(photos), looks)
    seconds = [plan_of(make.job(photos=photos)).answer.p50_s for photos in (plain, unseen, busy)]
    assert seconds[0] < seconds[1] < seconds[2]
    assert seconds[1] == Decimal("5.1")
    assert Decimal("5.1") * Decimal("0.66") < seconds[0] < seconds[2] < Decimal("5.1") * Decimal("1.5")


def test_a_snapshot_is_ranked_in_the_database_as_its_images_would_be_one_by_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    photos = make.dataset(n_assets=1)
    for n, looks in enumerate((0.05, 0.3, 0.52, 0.97)):
        look(make.image_asset(photos, width=40 + n), looks)
    job = make.job(photos=photos)
    names = [*WEIGHTS, "mean_luma", "laplacian_variance"]
    rows = AssetFeatures.objects.filter(dataset=photos).values_list(*names)
    score = complexity(dict(zip(names, np.array(list(rows)).T, strict=True)), REFERENCE_SCALE)
    found = image_complexity(job.snapshot, scale=REFERENCE_SCALE, elasticity=0.7)
    assert float(found.factor) == pytest.approx((np.exp(0.7 * log_kappa(score)).sum() + 1.0) / 5, abs=2e-3)
    assert (found.n_measured, sum(found.histogram)) == (4, 4)
    assert found.histogram == tuple(np.histogram(score, bins=10, range=(0, 1))[0])
    with django_assert_num_queries(1):  # once counted, it is looked up
        assert image_complexity(job.snapshot, scale=REFERENCE_SCALE, elasticity=0.7) == found


def look(asset: Any, rank: float) -> None:
    """Make an image look as one that ranks so among the reference."""
    measures = {name: float(np.quantile(REFERENCE_SCALE.cuts[name], rank)) for name in WEIGHTS}
    measures["n_regions"] = round(measures["n_regions"])
    AssetFeatures.objects.filter(asset=asset).update(**measures, mean_luma=0.5, laplacian_variance=500.0)

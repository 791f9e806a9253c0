"""Forecasts of jobs: made once, kept, told, and watched against the deadline."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import LabelingJob
from labeling.services import pause_job, resume_job
from marketplace.live.models import Event
from pricing.core.turnaround import Trait
from pricing.models import DeadlineAlert, DeadlineState, Forecast, Occasion, WorkHour
from pricing.services.turnaround import count_hours, forecast_opened, forecasts, read_outcomes, refresh_forecasts
from pricing.services.turnaround.hours import first_id, hour_of
from pricing.services.turnaround.pools import Pools
from pricing.services.turnaround.reading import Reading, read_job
from tests import make
from tests.conftest import Cast, ClientFactory

pytestmark = pytest.mark.django_db


def _events(job: LabelingJob, kind: str) -> list[dict[str, Any]]:
    events = Event.objects.filter(stream__subject_id=job.pk, type=kind).order_by("id")
    return list(events.values_list("data", flat=True))


def _forecast(job: LabelingJob, **changes: Any) -> Forecast:
    """Return a kept forecast, of a thousand seconds unless told otherwise."""
    now = changes.pop("made_at", timezone.now())
    seconds = changes.pop("seconds", (1_000.0, 2_000.0, 3_000.0))
    fields: dict[str, Any] = {
        "job": job, "made_at": now, "occasion": Occasion.OPENED, "slot": now, "basis": "prior", "n_learned": 0,
        "progress": 0.0, "inputs": {"traits": [0.0] * len(Trait)}, "version": "1",
    }  # fmt: skip
    for prefix in ("", "raw_"):
        fields |= {f"{prefix}{name}_s": each for name, each in zip(("p50", "p85", "p95"), seconds, strict=True)}
    return Forecast.objects.create(**(fields | changes))


def test_a_job_is_forecast_when_it_has_opened_and_its_stream_tells() -> None:
    job, now = make.published_job(n_tasks=4), timezone.now()
    [made] = refresh_forecasts(now=now)
    assert refresh_forecasts(now=now) == []
    assert (made.job, made.occasion, made.basis) == (job, Occasion.OPENED, "prior")
    assert (made.progress, made.n_learned) == (0.0, 0)
    assert 0 < made.p50_s < made.p85_s < made.p95_s
    told = _events(job, "forecast_made")
    assert [UUID(each["forecast"]) for each in told] == [made.pk]
    assert told[0]["p85_at"] == made.moments["p85"].isoformat()
    assert made.inputs["n_answers_left"] >= 4


def test_what_a_job_pays_is_held_against_what_jobs_pay_in_its_currency() -> None:
    now, job = timezone.now(), make.published_job()
    assert read_job(job, pools=Pools(now)).work.pay_level == 1.0
    for pay, currency in ((4.0, "USD"), (8.0, "USD"), (20.0, "USD"), (900.0, "JPY")):
        inputs = {"traits": [0.0] * len(Trait), "pay_per_h": pay, "currency": currency}
        _forecast(make.published_job(), made_at=now - timedelta(minutes=5), inputs=inputs)
    reading = read_job(job, pools=Pools(now))
    assert reading.work.pay_level == pytest.approx(reading.pay_per_h / 8.0)


def test_a_job_whose_numbers_make_no_forecast_leaves_the_others_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    odd, usual = make.published_job(), make.published_job()

    def read_or_fail(job: LabelingJob, *, pools: Pools) -> Reading:
        if job == odd:
            raise OverflowError
        return read_job(job, pools=pools)

    monkeypatch.setattr(forecasts, "read_job", read_or_fail)
    assert [made.job for made in refresh_forecasts(now=timezone.now())] == [usual]


def test_an_hour_has_one_forecast_however_often_it_is_asked_for() -> None:
    job, now = make.published_job(), hour_of(timezone.now()) + timedelta(hours=1, minutes=5)
    forecast_opened(job.pk, now=timezone.now())
    assert [made.occasion for made in refresh_forecasts(now=now)] == [Occasion.HOURLY]
    assert refresh_forecasts(now=now + timedelta(minutes=5)) == []
    assert len(refresh_forecasts(now=now + timedelta(hours=1))) == 1
    assert len(_events(job, "forecast_made")) == Forecast.objects.filter(job=job).count() == 3


def test_a_job_is_forecast_again_at_a_quarter_and_at_half_of_its_answers() -> None:
    job = make.published_job(n_tasks=10, max_overlap=1)
    forecast_opened(job.pk, now=timezone.now())
    seen = []
    for n_answers in (3, 3):
        worker = make.worker()
        for _ in range(n_answers):
            make.answer(make.lease(job, by=worker))
        seen += [made.occasion for made in refresh_forecasts(now=timezone.now())]
    assert seen == [Occasion.QUARTER, Occasion.HALF]


def test_a_paused_job_is_not_forecast_and_a_resumed_one_is() -> None:
    job, now = make.published_job(), timezone.now()
    pause_job(job.pk)
    assert forecast_opened(job.pk, now=now) is None
    assert refresh_forecasts(now=now) == []
    resume_job(job.pk)
    assert forecast_opened(job.pk, now=now) is not None


def test_hours_are_counted_from_the_latest_answers_and_twice_is_as_good_as_once() -> None:
    job = make.published_job(n_tasks=3, max_overlap=1)
    for worker in (make.worker(), make.worker()):
        make.answer(make.lease(job, by=worker))
    now = timezone.now()
    for _ in range(2):
        count_hours(now=now)
        rows = WorkHour.objects.filter(job=job)
        assert sum(row.n_counted for row in rows) == sum(row.n_answers for row in rows) == 2
    assert (
        first_id(now - timedelta(minutes=1)) < job.answers.order_by("id")[0].pk < first_id(now + timedelta(minutes=1))
    )


def test_the_forecast_of_a_long_job_reads_no_more_rows_of_the_database_than_that_of_a_short_one() -> None:
    counts = []
    for n_tasks in (2, 12):
        job = make.published_job(n_tasks=n_tasks, max_overlap=1)
        worker = make.worker()
        for _ in range(n_tasks - 1):
            make.answer(make.lease(job, by=worker))
        count_hours(now=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            forecast_opened(job.pk, now=timezone.now())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30


def test_a_forecast_cannot_be_changed_afterwards() -> None:
    made = _forecast(make.published_job())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Forecast.objects.filter(pk=made.pk).update(p50_s=1.0)


def test_quantiles_out_of_order_are_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="forecast_in_order"), transaction.atomic():
        _forecast(make.published_job(), seconds=(2.0, 1.0, 3.0))


def test_an_alert_is_given_once_for_a_state_and_again_when_it_changes() -> None:
    now = timezone.now()
    job = make.published_job(n_tasks=3, deadline=timezone.now() + timedelta(seconds=60))
    forecast_opened(job.pk, now=now)
    refresh_forecasts(now=now + timedelta(hours=1))
    alert = DeadlineAlert.objects.get(job=job)
    assert alert.state == DeadlineState.LATE
    assert len(_events(job, "deadline_at_risk")) == 1
    LabelingJob.objects.filter(pk=job.pk).update(deadline=now + timedelta(days=4_000))
    refresh_forecasts(now=now + timedelta(hours=2))
    refresh_forecasts(now=now + timedelta(hours=3))
    states = list(DeadlineAlert.objects.filter(job=job).order_by("id").values_list("state", flat=True))
    assert states == [DeadlineState.LATE, DeadlineState.SAFE]
    assert len(_events(job, "deadline_safe")) == 1


def test_levers_say_what_they_would_do_what_they_cost_and_what_is_assumed() -> None:
    job = make.published_job(n_tasks=50, deadline=timezone.now() + timedelta(seconds=60))
    forecast_opened(job.pk, now=timezone.now())
    alert = DeadlineAlert.objects.get(job=job)
    by_name = {(lever["lever"], lever["percent"]): lever for lever in alert.levers}
    assert set(by_name) == {("raise_pay", 20), ("raise_pay", 50), ("hedge_stragglers", 0)}
    assert all(lever["is_assumption"] and lever["assumption"] for lever in alert.levers)
    raised = by_name["raise_pay", 50]
    gains = [effect["gain_p85_s"] for effect in raised["effects"]]
    assert gains[-1] > 0
    n_left = round(alert.forecast.inputs["n_answers_left"])
    further = job.pay_micros * n_left // 2
    fee = job.quotes.get().fee_ppm
    assert raised["cost_micros"] == further + further * fee // 1_000_000


def test_a_job_that_only_some_may_work_on_could_let_in_more() -> None:
    home = make.organization()
    exam = make.course(purpose="exam", home=home)
    job = make.published_job(home=home, requires=exam, deadline=timezone.now() + timedelta(seconds=60))
    forecast_opened(job.pk, now=timezone.now())
    alert = DeadlineAlert.objects.get(job=job)
    assert "widen_qualification" in {lever["lever"] for lever in alert.levers}
    assert alert.forecast.inputs["qualified_share"] < 1


def test_what_is_learned_from_are_milestones_of_jobs_that_were_completed() -> None:
    now = timezone.now()
    ended, running, cancelled = (make.published_job() for _ in range(3))
    for job in (ended, running, cancelled):
        _forecast(job, made_at=now - timedelta(hours=2))
        _forecast(job, made_at=now - timedelta(hours=1), occasion=Occasion.HOURLY)
    closed = {"state": "completed", "close_reason": "completed", "closed_at": now - timedelta(hours=1)}
    LabelingJob.objects.filter(pk=ended.pk).update(**closed)
    LabelingJob.objects.filter(pk=cancelled.pk).update(**(closed | {"state": "cancelled", "close_reason": "manual"}))
    outcomes = read_outcomes(now=now)
    assert outcomes.taken.tolist() == pytest.approx([3_600.0])


def test_a_job_that_is_open_beyond_its_quantiles_has_missed_them_and_a_cancelled_one_has_not() -> None:
    now = timezone.now()
    ended, running, cancelled = (make.published_job() for _ in range(3))
    for job in (ended, running, cancelled):
        _forecast(job, made_at=now - timedelta(hours=2))
    closed = {"state": "completed", "close_reason": "completed", "closed_at": now - timedelta(seconds=6_300)}
    LabelingJob.objects.filter(pk=ended.pk).update(**closed)
    LabelingJob.objects.filter(pk=cancelled.pk).update(**(closed | {"state": "cancelled", "close_reason": "manual"}))
    # One of two, the ended one having taken 900 s; shrunk as if twenty more had held as often as they should.
    expected = [(0.5 - 0.5) * 2 / 22, (0.5 - 0.15) * 2 / 22, (0.5 - 0.05) * 2 / 22]
    lately, for_a_while = read_outcomes(now=now).missed.tolist()
    assert lately == pytest.approx(expected)
    assert for_a_while == lately


def test_the_api_gives_the_latest_forecast_its_history_and_the_alerts(cast: Cast, client_of: ClientFactory) -> None:
    job = make.published_job(home=cast.home, deadline=timezone.now() + timedelta(seconds=60))
    client = client_of(cast.owner)
    empty = client.get(f"/api/v1/jobs/{job.pk}/forecast").json()
    assert (empty["forecast"], empty["alert"]) == (None, None)
    now = timezone.now()
    forecast_opened(job.pk, now=now)
    refresh_forecasts(now=hour_of(now) + timedelta(hours=1))
    body = client.get(f"/api/v1/jobs/{job.pk}/forecast").json()
    assert body["forecast"]["occasion"] == "hourly"
    assert body["forecast"]["p50_at"] < body["forecast"]["p85_at"] < body["forecast"]["p95_at"]
    assert body["alert"]["state"] == "late"
    assert body["alert"]["levers"][0]["cost"].count(".") == 1
    history = client.get(f"/api/v1/jobs/{job.pk}/forecasts").json()["items"]
    assert [each["occasion"] for each in history] == ["hourly", "opened"]
    assert len(client.get(f"/api/v1/jobs/{job.pk}/deadline-alerts").json()["items"]) == 1


def test_the_platform_s_own_forecasts_are_scored_by_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    for taken_s in (900.0, 1_500.0, 2_500.0, 9_000.0):
        job = make.published_job()
        inputs = {"traits": [0.0] * len(Trait), "n_answers_left": 3.0, "seconds_per_answer": 5.0, "n_competing": 1}
        _forecast(job, made_at=now - timedelta(seconds=taken_s), inputs=inputs)
        closed = {"state": "completed", "close_reason": "completed", "closed_at": now}
        LabelingJob.objects.filter(pk=job.pk).update(**closed)
    call_command("forecast_report", "--json")
    report = json.loads(capsys.readouterr().out)["own"]
    assert report["n_ended_otherwise"] == 0
    opened = report["scores"]["opened"]["forecast"]
    assert [each["share"] for each in opened["coverage"]] == [0.25, 0.5, 0.75]
    assert report["scores"]["half"]["forecast"] == {"n": 0}
    call_command("forecast_report")
    assert "hourly_bootstrap" in capsys.readouterr().out

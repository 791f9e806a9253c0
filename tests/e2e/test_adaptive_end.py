"""Adaptive jobs end although the relay is killed again and again and there is no Redis at all."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from labeling.models import JobState, LabelingJob, Workforce
from marketplace.accounts.models import User
from marketplace.launcher.ports import HOST, free_port
from marketplace.live.models import Delivery, Event
from marketplace.live.services import nudge
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import publish_order
from tests import invariants, make
from tests.e2e.programs import STARTS_WITHIN_S, Program

logger = logging.getLogger(__name__)

N_PAIRS, JOBS_EACH = 5, 4
KILL_AFTER = 30  # deliveries that a relay may do before it is killed
N_KILLS_AT_LEAST = 3
ENDED_WITHIN_S = 400.0
ANSWERED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1
ASK_EVERY_S = 0.5


@dataclass(frozen=True)
class Round:
    """One job of one task, and what the only two workers there are will say of it."""

    job: LabelingJob
    order: Order
    max_overlap: int
    says: tuple[str, str]

    @property
    def ends_as(self) -> str:
        """Return why the task will be retired: two who agree are enough, and of two who do not there is no third."""
        if self.says[0] == self.says[1]:
            return "confident"
        return "disputed" if self.max_overlap == 2 else "supply"


@dataclass(frozen=True)
class Pair:
    """Two workers, the whole workforce of their jobs."""

    tokens: tuple[str, str]
    rounds: Sequence[Round]


@pytest.fixture
def no_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Lead this process to an address where nobody listens, and return it."""
    settings.REDIS_URL = f"redis://{HOST}:{free_port()}/0"
    monkeypatch.setattr(nudge, "_silent_until", 0.0)
    nudge.nudge_client.cache_clear()
    yield settings.REDIS_URL
    nudge.nudge_client.cache_clear()


@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_every_adaptive_job_ends_once_without_redis_under_a_dying_relay(no_redis: str, tmp_path: Path) -> None:
    env = _service_env(no_redis)
    pairs = [_pair(number) for number in range(N_PAIRS)]
    rounds = [each for pair in pairs for each in pair.rounds]
    began_at = time.monotonic()
    for each in rounds:
        publish_order(each.order.pk, requested_by_id=each.order.created_by_id)
    with _web(env, tmp_path) as (web, url), _at_work(pairs, url) as errors:
        n_kills = _relay_until_all_ended(env, tmp_path, errors=errors, web=web)
    logger.info("%s jobs ended after %.1f s and %s kills", len(rounds), time.monotonic() - began_at, n_kills)

    assert errors == []
    assert n_kills >= N_KILLS_AT_LEAST
    assert invariants.broken() == {}
    assert not Delivery.objects.exclude(last_error="").exists()
    for each in rounds:
        each.job.refresh_from_db()
        each.order.refresh_from_db()
        task = each.job.tasks.get()
        assert (each.job.state, each.job.close_reason) == (JobState.COMPLETED, "completed")
        assert (task.retired_reason, task.n_counted) == (each.ends_as, 2)
        assert each.order.state == OrderState.SETTLED
        assert each.job.consensus_runs.count() == 1
        for once in ("job_opened", "job_closed", "labels_finalised"):
            assert Event.objects.filter(stream__subject_id=each.job.pk, type=once).count() == 1, once


def _pair(number: int) -> Pair:
    home = make.organization()
    workers = (make.worker(home), make.worker(home))
    return Pair(_tokens(workers), [_round(make_home_of=home, number=number + n) for n in range(JOBS_EACH)])


def _tokens(workers: tuple[User, User]) -> tuple[str, str]:
    return make.token(workers[0]), make.token(workers[1])


def _round(*, make_home_of: Any, number: int) -> Round:
    max_overlap = 2 + number % 2
    order = make.funded_order(
        home=make_home_of,
        n_tasks=1,
        workforce=Workforce.PRIVATE,
        min_overlap=1,
        max_overlap=max_overlap,
        target_confidence=0.8,  # one answer is not enough, two that agree are
    )
    return Round(order.job, order, max_overlap, ("cat", "cat" if number % 3 == 0 else "dog"))


# --- the service ----------------------------------------------------------------------------------------------------
def _service_env(redis_url: str) -> dict[str, str]:
    """Return an environment on the tests' database, and without Redis."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return {**os.environ, "DATABASE_URL": database.geturl(), "REDIS_URL": redis_url, "PLENUM_LOCAL": "1"}


@contextmanager
def _web(env: Mapping[str, str], folder: Path) -> Iterator[tuple[Program, str]]:
    port = free_port()
    url = f"http://{HOST}:{port}"
    arguments = ("-m", "uvicorn", "marketplace.asgi:application", "--host", HOST, "--port", str(port))
    with Program(*arguments, log=folder / "web.log", env=env) as web:
        web.until(lambda: _answers(f"{url}/healthz"), what="it answered", within_s=STARTS_WITHIN_S)
        yield web, url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=ANSWERED_WITHIN_S) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except OSError:
        return False


def _relay_until_all_ended(env: Mapping[str, str], folder: Path, *, errors: list[BaseException], web: Program) -> int:
    """Run one relay after the other, each killed in the middle of its work; return how many were killed."""
    deadline = time.monotonic() + ENDED_WITHIN_S
    n_kills = 0
    while True:
        n_done = _n_done()
        with Program("manage.py", "relay", log=folder / f"relay-{n_kills}.log", env=env) as relay:
            while _n_done() < n_done + KILL_AFTER:
                if _all_ended() or errors:
                    return n_kills
                assert relay.popen.poll() is None, f"The relay ended by itself.\n{relay.account}"
                assert time.monotonic() < deadline, f"{_unfinished()}\n{relay.account}\n{web.account}"
                time.sleep(LOOK_EVERY_S)
            relay.kill()
            n_kills += 1


def _n_done() -> int:
    return Delivery.objects.filter(done_at__isnull=False).count()


def _all_ended() -> bool:
    return not (
        Order.objects.exclude(state=OrderState.SETTLED).exists() or Delivery.objects.filter(done_at=None).exists()
    )


def _unfinished() -> str:
    jobs = list(LabelingJob.objects.exclude(order__state=OrderState.SETTLED).values_list("name", "state"))
    waiting = list(Delivery.objects.filter(done_at=None).values_list("consumer", "attempts", "last_error"))
    return f"{ENDED_WITHIN_S:.0f} s were not enough; left are jobs {jobs} and deliveries {waiting}."


# --- the workers ----------------------------------------------------------------------------------------------------
@contextmanager
def _at_work(pairs: Sequence[Pair], url: str) -> Iterator[list[BaseException]]:
    """Let all workers work at once until they are through or the block ends; give what went wrong."""
    errors: list[BaseException] = []
    over = threading.Event()

    def work(pair: Pair, which: int) -> None:
        try:
            for each in pair.rounds:
                _answer_once(url, pair.tokens[which], each.job.pk, label=each.says[which], over=over)
        except BaseException as error:
            errors.append(error)
            raise

    with ThreadPoolExecutor(2 * len(pairs)) as pool:
        futures = [pool.submit(work, pair, which) for pair in pairs for which in (0, 1)]
        try:
            yield errors
        finally:
            over.set()
    for future in futures:
        future.result()


def _answer_once(url: str, token: str, job_id: UUID, *, label: str, over: threading.Event) -> None:
    """Ask for the job's task until there is a place, and answer it."""
    while not over.wait(ASK_EVERY_S):
        status, claimed = _post(f"{url}/api/v1/jobs/{job_id}/claim", token, {"limit": 1})
        if status in {404, 409}:  # not published yet, and nothing that a worker may see
            continue
        assert status == 200, claimed
        for assignment in claimed["items"]:
            body = {"annotations": [{"class": label}]}
            status, answer = _post(f"{url}/api/v1/assignments/{assignment['id']}/submit", token, body)
            assert status in {200, 201}, answer
            return


def _post(url: str, token: str, body: Any) -> tuple[int, Any]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": uuid4().hex,
    }
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)  # noqa: S310 (our own)
    try:
        with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as reply:  # noqa: S310
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())

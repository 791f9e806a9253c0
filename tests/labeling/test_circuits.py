"""A model that fails too often is left alone for a while, by the database's clock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from labeling.errors import BackendResting
from labeling.models import LabelingJob, ModelBackend
from labeling.services.backends import calling, run
from tests import make
from tests.labeling.assisting import Model, asked, backend, box, predicted, responding, running, said, saying

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    settings.FETCH_NETWORKS = (ip_network("127.0.0.0/8"),)
    monkeypatch.setattr(calling, "PAUSE_S", 0.0)
    with running(Model()) as started:
        yield started


def _job(*, n_tasks: int) -> LabelingJob:
    return make.job(annotation_type="bounding_box", n_tasks=n_tasks)


def _known(model: Model, job: LabelingJob) -> ModelBackend:
    return backend(job.ontology.project, model.url)


def _circuit(known: ModelBackend) -> str:
    return ModelBackend.objects.with_circuit().get(pk=known.pk).circuit


def test_too_many_failures_open_the_circuit_and_a_probe_closes_it(model: Model) -> None:
    job = _job(n_tasks=3 * run.BATCH)
    known = _known(model, job)
    model.predict = responding(status=500)
    done = predicted(known, job)
    assert (done.operation.state, done.operation.error["code"]) == ("failed", "backend_resting")
    assert model.asked.count("/predict") == 5  # and no more, with two tries of each batch
    assert done.n_refused == 2 * run.BATCH
    row = ModelBackend.objects.get(pk=known.pk)
    assert (_circuit(known), row.n_failures) == ("open", 5)
    assert row.last_problem is not None
    assert row.last_problem["code"] == "backend_refused"
    with pytest.raises(BackendResting):
        asked(known, job)

    ModelBackend.objects.filter(pk=known.pk).update(rests_until=timezone.now() - timedelta(seconds=1))
    assert _circuit(known) == "half_open"
    model.predict = saying(said(box()))
    assert predicted(known, job).n_taken == 3 * run.BATCH
    assert (_circuit(known), ModelBackend.objects.get(pk=known.pk).n_failures) == ("closed", 0)


def test_after_a_rest_one_call_alone_is_the_probe(model: Model) -> None:
    job = _job(n_tasks=1)
    known = _known(model, job)
    past = timezone.now() - timedelta(seconds=1)
    ModelBackend.objects.filter(pk=known.pk).update(rests_until=past, n_failures=5)
    first, second = (calling.Caller(known, before=lambda: None) for _ in range(2))

    def while_probing(answer: bytes) -> bytes:
        with pytest.raises(BackendResting):
            second.call("health", None, bytes)
        return answer

    first.call("health", None, while_probing)
    second.call("health", None, bytes)  # the circuit is closed


def test_a_probe_that_fails_opens_the_circuit_again(model: Model) -> None:
    job = _job(n_tasks=1)
    known = _known(model, job)
    past = timezone.now() - timedelta(seconds=1)
    ModelBackend.objects.filter(pk=known.pk).update(rests_until=past, n_failures=5)
    model.is_healthy = False
    with pytest.raises(BackendResting):
        calling.Caller(known, before=lambda: None).call("health", None, bytes)
    assert model.asked == ["/health"]
    assert _circuit(known) == "open"


@pytest.mark.django_db(transaction=True)
def test_of_callers_at_once_after_a_rest_one_is_the_probe() -> None:
    known = backend(make.project(), "https://model.example.org")
    rested = ModelBackend.objects.filter(pk=known.pk)
    rested.update(rests_until=timezone.now() - timedelta(seconds=1), n_failures=5)

    def begin(_: int) -> bool:
        try:
            return rested.begin_probe()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(begin, range(8))) == 1

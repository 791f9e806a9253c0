"""Models of requesters as pre-labelers, over HTTP against a server of the test."""

import asyncio
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from django.utils import timezone
from pytest_django import Settings

from labeling.errors import BackendDisabled, BackendUnderWay, InvalidInput, NothingToDo
from labeling.models import LabelingJob, ModelBackend, Prediction, PreLabel
from labeling.services import disable_backend, enable_backend, run_prediction
from labeling.services.backends import calling, run
from marketplace.operations.models import Operation
from tests import make
from tests.labeling.assisting import (
    Model,
    Predict,
    asked,
    backend,
    box,
    predicted,
    responding,
    running,
    said,
    saying,
    told,
)

pytestmark = pytest.mark.django_db

LOWER_RIGHT = [320.0, 240.0, 640.0, 480.0]


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FETCH_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.MODEL_CALL_S = 0.5
    monkeypatch.setattr(calling, "PAUSE_S", 0.0)


@pytest.fixture
def model() -> Iterator[Model]:
    with running(Model()) as started:
        yield started


def _job(**terms: Any) -> LabelingJob:
    return make.job(annotation_type="bounding_box", **terms)


def _known(model: Model, job: LabelingJob) -> ModelBackend:
    return backend(job.ontology.project, model.url)


def test_what_a_model_says_is_kept_as_pre_labels_with_its_version_and_score(model: Model) -> None:
    job = _job(n_tasks=2)
    done = predicted(_known(model, job), job)
    assert (done.operation.state, done.n_taken, done.n_refused) == ("succeeded", 2, 0)
    kept = PreLabel.objects.filter(job=job).order_by("asset")
    assert [(each.asset.external_id, each.source, each.version, each.score) for each in kept] == [
        ("asset-1", "detector", "v1", 0.75),
        ("asset-2", "detector", "v1", 0.75),
    ]
    assert kept[0].annotations == [{"id": "1", "class": "cat", "box": LOWER_RIGHT}]


def test_a_model_is_told_its_task_in_the_words_of_label_studio(model: Model) -> None:
    job = _job(n_tasks=1, classes=("cat", 'a "quoted" & <odd> one'))
    predicted(_known(model, job), job)
    assert model.asked == ["/health", "/setup", "/predict"]
    setup, body = model.bodies
    assert setup["schema"] == body["label_config"]
    assert '<Label value="cat"/>' in setup["schema"]
    assert "&lt;odd&gt;" in setup["schema"]
    assert body["model_version"] == "v1"
    assert [task["data"] for task in body["tasks"]] == [{"image": "asset-1"}]


def test_a_dataset_is_spoken_of_for_whatever_job_comes(model: Model) -> None:
    photos = make.dataset(n_assets=2)
    plan = make.project(photos.organization)
    done = predicted(backend(plan, model.url), photos)
    assert done.n_taken == 2
    assert set(PreLabel.objects.filter(project=plan).values_list("job", flat=True)) == {None}


def test_many_assets_are_asked_about_in_batches(model: Model) -> None:
    job = _job(n_tasks=run.BATCH + 3)
    done = predicted(_known(model, job), job)
    assert (done.n_taken, model.asked.count("/predict")) == (run.BATCH + 3, 2)


def test_each_entry_is_judged_for_itself(model: Model) -> None:
    job = _job(n_tasks=8)
    model.predict = saying(
        said(box()),
        said(box("unicorn")),
        said(box(original_width=7, original_height=7)),
        said({**box(), "value": {**box()["value"], "width": 1e9}}),
        [said(box("dog")), said(box())],
        None,
        said(box(), model_version="\u202e"),
        said(),
    )
    done = predicted(_known(model, job), job)
    assert told(done) == [
        ("asset-1", "taken", None),
        ("asset-2", "refused", "unknown_class"),
        ("asset-3", "refused", "other_size"),
        ("asset-4", "refused", "invalid_annotation"),
        ("asset-5", "taken", None),
        ("asset-6", "refused", "no_prediction"),
        ("asset-7", "refused", "not_a_version"),
        ("asset-8", "taken", None),
    ]
    assert done.operation.state == "succeeded"


def test_classes_are_mapped_and_left_out(model: Model) -> None:
    job = _job(n_tasks=1)
    model.predict = saying(said(box("kitten"), box("bus")))
    done = predicted(_known(model, job), job, class_map={"kitten": "cat", "bus": None})
    [item] = done.items.all()
    assert (item.n_annotations, item.n_left_out) == (1, 1)


def test_asking_again_asks_about_the_rest_alone(model: Model) -> None:
    job = _job(n_tasks=2)
    known = _known(model, job)
    model.predict = saying(said(box()), None)
    predicted(known, job)
    model.predict = saying(said(box()))
    assert told(predicted(known, job)) == [("asset-2", "taken", None)]
    with pytest.raises(NothingToDo):
        asked(known, job)


def test_a_version_that_changes_its_mind_is_refused_and_one_that_does_not_changes_nothing(model: Model) -> None:
    job = _job(n_tasks=2)
    known = _known(model, job)
    predicted(known, job)
    model.predict = saying(said(box()), said(box("dog")))
    again = predicted(known, job, only_missing=False)
    assert told(again) == [("asset-1", "unchanged", None), ("asset-2", "refused", "prelabel_exists")]
    model.predict = saying(said(box("dog"), model_version="v2"))
    assert predicted(known, job, only_missing=False).n_taken == 2


async def _hang(_: web.Request, __: Any) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def _endless(request: web.Request, _: Any) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(1_000_000))


async def _break_off(request: web.Request, _: Any) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


BROKEN: dict[str, tuple[Predict, str]] = {
    "hangs": (_hang, "backend_too_slow"),
    "breaks off": (_break_off, "backend_unreachable"),
    "fails": (responding(status=500), "backend_refused"),
    "knows nothing": (responding(status=404), "backend_refused"),
    "redirects": (responding(status=302, headers={"Location": "http://127.0.0.1:1/"}), "backend_refused"),
    "packs": (responding(body=b"x", headers={"Content-Encoding": "br"}), "backend_garbled"),
    "sends garbage": (responding(body=b"\x00<html>"), "backend_garbled"),
    "sends nothing": (responding(body=b""), "backend_garbled"),
    "sends a list": (responding(text="[]"), "backend_garbled"),
    "sends no list": (responding(text='{"results": {}}'), "backend_garbled"),
    "nests": (responding(text='{"results": [' + "[" * 5_000), "backend_garbled"),
    "says too little": (saying(said(box()), said(box())), "backend_garbled"),
    "says too much": (saying(*[said(box())] * 4), "backend_garbled"),
}


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_a_broken_model_costs_a_bounded_time_and_says_why_of_each_asset(how: str, model: Model) -> None:
    job = _job(n_tasks=3)
    model.predict, code = BROKEN[how]
    began = time.monotonic()
    done = predicted(_known(model, job), job)
    assert time.monotonic() - began < 5
    assert done.operation.state == "succeeded"
    assert told(done) == [(f"asset-{n}", "refused", code) for n in (1, 2, 3)]
    assert not PreLabel.objects.exists()


def test_a_model_that_sends_without_end_is_left_before_memory_runs_out(
    model: Model, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODEL_CALL_S = 30.0
    monkeypatch.setattr(calling, "MAX_ANSWER_BYTES", 4_000_000)
    job = _job(n_tasks=1)
    model.predict = _endless
    known = _known(model, job)
    tracemalloc.start()
    try:
        done = predicted(known, job)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told(done) == [("asset-1", "refused", "backend_too_large")]
    assert peak < 40_000_000


def test_a_model_that_is_not_well_is_asked_nothing(model: Model) -> None:
    job = _job(n_tasks=1)
    model.is_healthy = False
    done = predicted(_known(model, job), job)
    assert (done.operation.state, done.operation.error["code"]) == ("failed", "backend_refused")
    assert set(model.asked) == {"/health"}


def test_a_set_up_that_is_no_object_fails_the_prediction(model: Model) -> None:
    job = _job(n_tasks=1)
    model.setup = None
    done = predicted(_known(model, job), job)
    assert done.operation.error["code"] == "backend_garbled"


def test_a_runner_that_was_cut_off_is_taken_over_where_it_was(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job(n_tasks=run.BATCH + 1)
    made = asked(_known(model, job), job)

    class _Killed(BaseException):
        pass

    async def killing(request: web.Request, tasks: Any) -> web.StreamResponse:
        if len(tasks) == 1:
            monkeypatch.setattr(run._Run, "_store", _die)
        return await saying(said(box()))(request, tasks)

    def _die(*_: Any) -> None:
        raise _Killed

    model.predict = killing
    with pytest.raises(_Killed):
        run_prediction(made.pk)
    monkeypatch.undo()
    monkeypatch.setattr(calling, "PAUSE_S", 0.0)
    assert Prediction.objects.get(pk=made.pk).n_taken == run.BATCH
    Operation.objects.filter(pk=made.operation_id).update(runner_until=timezone.now() - timedelta(seconds=1))

    model.predict, n_before = saying(said(box())), len(model.tasks)
    run_prediction(made.pk)
    run_prediction(made.pk)  # done: nothing happens
    done = Prediction.objects.select_related("operation").get(pk=made.pk)
    assert (done.operation.state, done.n_taken, len(model.tasks) - n_before) == ("succeeded", run.BATCH + 1, 1)


def test_a_model_does_one_thing_at_a_time_and_none_while_disabled(model: Model) -> None:
    job = _job(n_tasks=1)
    known = _known(model, job)
    asked(known, job)
    with pytest.raises(BackendUnderWay):
        asked(known, job)
    disable_backend(known.pk)
    with pytest.raises(BackendDisabled):
        asked(known, job)
    made = Prediction.objects.get()
    run_prediction(made.pk)
    assert Operation.objects.get(pk=made.operation_id).error["code"] == "backend_disabled"
    enable_backend(known.pk)
    assert predicted(known, job).n_taken == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "ftp://example.org",
        "http://u:p@example.org",
        "http://2130706433/",
        "http://example.org/?x=1",
        "no url",
    ],
)
def test_a_model_lives_at_a_public_address(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        backend(make.project(), url)
    assert refusal.value.field == "url"


def test_a_name_that_leads_inside_is_not_gone_to(model: Model, settings: Settings) -> None:
    job = _job(n_tasks=1)
    known = backend(job.ontology.project, f"http://localhost:{model.port}")
    settings.FETCH_NETWORKS = ()
    done = predicted(known, job)
    assert (done.operation.state, done.operation.error["code"]) == ("failed", "url_refused")
    assert model.asked == []


def test_a_token_is_sent_to_its_own_url_of_its_own_organization(model: Model, settings: Settings) -> None:
    job = _job(n_tasks=1)
    held = {"organization": str(job.organization_id), "url": model.url, "token": "s3cret"}
    settings.MODEL_TOKENS = {"detector": held}
    predicted(backend(job.ontology.project, model.url, token_name="detector"), job)
    assert model.tokens == {"Bearer s3cret"}
    with pytest.raises(InvalidInput):
        backend(job.ontology.project, "https://example.org", name="other", token_name="detector")
    with pytest.raises(InvalidInput):
        backend(make.project(), model.url, token_name="detector")


def test_an_image_that_is_stored_here_is_opened_by_a_link(model: Model, settings: Settings, client_of: Any) -> None:
    photos = make.dataset()
    make.image_asset(photos, external_id="one.png")
    job = _job(photos=photos)
    known = _known(model, job)
    settings.PUBLIC_URL = ""
    assert told(predicted(known, job)) == [("one.png", "refused", "no_public_url")]
    settings.PUBLIC_URL = "https://labels.example.org"
    assert told(predicted(known, job)) == [("one.png", "taken", None)]
    link = model.tasks[0]["data"]["image"]
    assert link.startswith("https://labels.example.org/api/v1/model-inputs?token=")
    path = link.removeprefix("https://labels.example.org")
    client = client_of(None)
    assert client.get(path)["Content-Type"] == "image/png"
    assert client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert client.get("/api/v1/model-inputs").status_code == 404

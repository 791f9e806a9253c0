"""A model of the test: a small server on loopback that speaks the protocol of Label Studio's ML backends."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from labeling.models import Dataset, LabelingJob, ModelBackend, Prediction, PredictionItem, Project
from labeling.services import (
    BackendSpec,
    ImportTarget,
    PredictionOrder,
    register_backend,
    request_prediction,
    run_prediction,
)
from tests import make

Task = dict[str, Any]
Predict = Callable[[web.Request, list[Task]], Awaitable[web.StreamResponse]]


def box(label: str = "cat", **region: Any) -> dict[str, Any]:
    """Return a region: the rectangle from the image's middle to its lower right corner."""
    value = {"x": 50, "y": 50, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": [label]}
    return {"type": "rectanglelabels", "from_name": "label", "to_name": "image", "value": value} | region


def said(*regions: dict[str, Any], **prediction: Any) -> dict[str, Any]:
    """Return one prediction."""
    return {"result": list(regions), "score": 0.75, "model_version": "v1"} | prediction


def saying(*entries: Any) -> Predict:
    """Answer with these entries, or with the same one for every task."""

    async def answer(_: web.Request, tasks: list[Task]) -> web.StreamResponse:
        return web.json_response({"results": list(entries) if len(entries) != 1 else list(entries) * len(tasks)})

    return answer


def responding(**response: Any) -> Predict:
    """Answer with this, whatever was asked."""

    async def answer(_: web.Request, __: list[Task]) -> web.StreamResponse:
        return web.Response(**response)

    return answer


@dataclass
class Model:
    """The server, and what it was asked."""

    predict: Predict = field(default_factory=lambda: saying(said(box())))
    setup: dict[str, Any] | None = field(default_factory=lambda: {"model_version": "v1"})
    is_healthy: bool = True
    port: int = 0
    asked: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def health(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        return web.json_response({"status": "UP"}, status=200 if self.is_healthy else 503)

    async def set_up(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        self.bodies.append(await request.json())
        return web.json_response(self.setup)

    async def speak(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        body = await request.json()
        self.bodies.append(body)
        self.tasks += body["tasks"]
        return await self.predict(request, body["tasks"])

    def _note(self, request: web.Request) -> None:
        self.asked.append(request.path)
        self.tokens.add(request.headers.get("Authorization"))


@contextmanager
def running(model: Model) -> Iterator[Model]:
    """Run the server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> web.AppRunner:
        app = web.Application(client_max_size=2**26)
        app.add_routes(
            [web.get("/health", model.health), web.post("/setup", model.set_up), web.post("/predict", model.speak)]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        model.port = runner.addresses[0][1]
        return runner

    async def stop(runner: web.AppRunner) -> None:
        await runner.cleanup()
        hanging = asyncio.all_tasks() - {asyncio.current_task()}
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=10)
    try:
        yield model
    finally:
        asyncio.run_coroutine_threadsafe(stop(runner), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def backend(plan: Project, url: str, *, name: str = "detector", token_name: str = "") -> ModelBackend:
    """Return a model that a project knows."""
    spec = BackendSpec(name=name, url=url, token_name=token_name)
    return register_backend(plan, spec, created_by_id=plan.created_by_id)


def asked(known: ModelBackend, about: LabelingJob | Dataset, **terms: Any) -> Prediction:
    """Return a prediction that was asked for, of boxes where it is about a dataset."""
    if isinstance(about, LabelingJob):
        target = ImportTarget.of_job(about)
    else:
        words = known.project.ontologies.first() or make.ontology(known.project)
        target = ImportTarget(about, words, "bounding_box")
    order = PredictionOrder(target, terms.pop("class_map", {}), **terms)
    return request_prediction(known.pk, order, created_by_id=known.created_by_id)


def predicted(known: ModelBackend, about: LabelingJob | Dataset, **terms: Any) -> Prediction:
    """Return a prediction that was run."""
    made = asked(known, about, **terms)
    run_prediction(made.pk)
    return Prediction.objects.select_related("operation").get(pk=made.pk)


def told(made: Prediction) -> list[tuple[str, str, str | None]]:
    """Return name, state and code of what became of each asset, in the order in which they were asked about."""
    rows = PredictionItem.objects.filter(prediction=made).select_related("asset").order_by("id")
    return [(row.asset.external_id, row.state, (row.problem or {}).get("code")) for row in rows]

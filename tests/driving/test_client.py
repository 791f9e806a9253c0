"""Requests that survive a service which stops and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from marketplace.management.driving.client import Service
from marketplace.management.driving.errors import ApiProblem, ServiceGone

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, *, patience_s: float = 5.0) -> AsyncIterator[Service]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(application) as server, Service(str(server.make_url("/")), patience_s=patience_s) as service:
        yield service


async def test_request_is_sent_again_with_the_same_key_and_body() -> None:
    keys: list[str] = []
    bodies: list[bytes] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers["Idempotency-Key"])
        bodies.append(await request.read())
        if len(keys) == 1:
            assert request.transport is not None
            request.transport.abort()
        if len(keys) == 2:
            return web.json_response({"code": "busy"}, status=503, headers={"Retry-After": "0"})
        return web.json_response({"id": "x"}, status=201)

    async with serving(handle) as service:
        reply = await service.as_user("plm_t").send("POST", "orders", body={"job": "j"}, key="k1")
    assert reply.data == {"id": "x"}
    assert reply.attempts == 3
    assert service.n_retries == 2
    assert keys == ["k1", "k1", "k1"]
    assert bodies == [b'{"job":"j"}'] * 3


async def test_two_requests_have_two_keys_and_carry_the_token() -> None:
    keys: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "Bearer plm_t"
        keys.append(request.headers["Idempotency-Key"])
        return web.json_response({})

    async with serving(handle) as service:
        api = service.as_user("plm_t")
        await api.post("projects", {"name": "a"})
        await api.post("projects", {"name": "a"})
    assert len(set(keys)) == 2


async def test_form_is_made_anew_for_every_attempt() -> None:
    uploads: list[bytes] = []

    def make_form() -> aiohttp.FormData:
        form = aiohttp.FormData()
        form.add_field("file", b"pixels", filename="a.png", content_type="image/png")
        return form

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.content_length is not None
        form = await request.post()
        part = form["file"]
        assert isinstance(part, web.FileField)
        uploads.append(part.file.read())
        return web.json_response({}, status=502 if len(uploads) == 1 else 200)

    async with serving(handle) as service:
        await service.as_user().upload("datasets/d/images", make_form)
    assert uploads == [b"pixels", b"pixels"]


async def test_refusal_is_not_repeated_and_tells_its_reason() -> None:
    n_requests = 0

    async def handle(_: web.Request) -> web.StreamResponse:
        nonlocal n_requests
        n_requests += 1
        document = {"code": "invalid_annotation", "detail": "No size.", "field": "annotations[0].box"}
        return web.json_response(document, status=400, content_type="application/problem+json")

    async with serving(handle) as service:
        with pytest.raises(ApiProblem, match=r"400 invalid_annotation, No size. \(annotations\[0\].box\)") as caught:
            await service.as_user().post("x")
    assert caught.value.code == "invalid_annotation"
    assert n_requests == 1


async def test_fault_of_the_service_is_not_repeated_for_ever() -> None:
    n_requests = 0

    async def handle(_: web.Request) -> web.StreamResponse:
        nonlocal n_requests
        n_requests += 1
        return web.Response(status=500, text="<html>")

    async with serving(handle, patience_s=60) as service:
        with pytest.raises(ApiProblem) as caught:
            await service.as_user().get("x")
    assert caught.value.status == 500
    assert n_requests == 6


async def test_service_that_stays_away_is_given_up() -> None:
    async with TestServer(web.Application()) as server:
        url = str(server.make_url("/"))
    async with Service(url, patience_s=0.2) as service:
        with pytest.raises(ServiceGone, match="does not answer"):
            await service.as_user().get("me")


async def test_lists_are_read_to_their_end() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.query["state"] == "open"
        after = request.query.get("after")
        pages = {None: ([{"id": 1}, {"id": 2}], "b"), "b": ([{"id": 3}], None)}
        items, following = pages[after]
        return web.json_response({"items": items, "next": following})

    async with serving(handle) as service:
        items = [item["id"] async for item in service.as_user().items("jobs", state="open")]
    assert items == [1, 2, 3]

"""Answers of every annotation type over HTTP: kept in one form, or refused at a field with nothing stored."""

import json
from typing import Any

import pytest

from labeling.core.annotations.annotated import MAX_ANSWER_BYTES
from labeling.models import AnnotationTypeName, AnswerPayload, Assignment, AssignmentState
from labeling.services import add_ontology
from marketplace.operations.core.strict_json import MAX_DEPTH
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.labeling.core.annotations.examples import (
    EXAMPLES,
    HEIGHT,
    ONTOLOGY_DOCUMENT,
    WIDTH,
    broken_answers,
)

KINDS = sorted(AnnotationTypeName.values)


@pytest.fixture
def worker(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.worker)


def _lease(cast: Cast, kind: str) -> Assignment:
    """Return the worker's lease on an asset of the examples' size."""
    words = add_ontology(make.project(cast.home).pk, **ONTOLOGY_DOCUMENT)
    photos = make.dataset(cast.home)
    make.asset(photos, width=WIDTH, height=HEIGHT)
    return make.lease(make.published_job(photos=photos, words=words, annotation_type=kind), by=cast.worker)


def _submit(client: JsonClient, lease: Assignment, annotations: Any) -> Any:
    return client.post(f"/api/v1/assignments/{lease.pk}/submit", {"annotations": annotations}, headers=with_key())


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_of_every_type_is_kept_in_its_one_form(worker: JsonClient, cast: Cast, kind: str) -> None:
    example = EXAMPLES[kind]
    body_of(_submit(worker, _lease(cast, kind), example.given), 201)
    kept = AnswerPayload.objects.get().annotations
    assert [each["class"] for each in kept] == [each["class"] for each in example.given]
    if example.member is not None:
        assert [each[example.member] for each in kept] == example.kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_answer_of_every_type_is_refused_at_its_field_and_nothing_is_stored(
    worker: JsonClient, cast: Cast, kind: str
) -> None:
    lease = _lease(cast, kind)
    with nothing_written():
        for raw, field in broken_answers(kind):
            if str(10**400) not in json.dumps(raw):  # no JSON of ours
                problem_of(_submit(worker, lease, raw), 400, "invalid_annotation", field)
    assert Assignment.objects.get().state == AssignmentState.ACTIVE


@pytest.mark.parametrize("text", ["NaN", "1e999", "1" + "0" * 400])
@pytest.mark.parametrize("kind", KINDS)
def test_no_number_beyond_json_s_comes_as_far_as_a_shape(worker: JsonClient, cast: Cast, kind: str, text: str) -> None:
    lease = _lease(cast, kind)
    member = EXAMPLES[kind].member or "box"
    raw = f'{{"annotations": [{{"class": "car", "{member}": [{text}]}}]}}'
    with nothing_written():
        response = worker.post(
            f"/api/v1/assignments/{lease.pk}/submit", data=raw, content_type="application/json", headers=with_key()
        )
        problem_of(response, 400, "number_out_of_range")


def test_a_body_of_annotations_is_refused_by_its_size_and_depth_before_it_is_parsed(
    worker: JsonClient, cast: Cast
) -> None:
    lease = _lease(cast, "polygon")
    url = f"/api/v1/assignments/{lease.pk}/submit"
    # Not JSON at all behind the limit: what is refused for its size was not parsed.
    large = b'{"annotations": [' + b"]" * MAX_ANSWER_BYTES
    deep = b'{"annotations": ' + b"[" * (MAX_DEPTH + 1) + b"nonsense"
    with nothing_written():
        for raw, status, code in ((large, 413, "body_too_large"), (deep, 400, "too_deep")):
            response = worker.post(url, data=raw, content_type="application/json", headers=with_key())
            problem_of(response, status, code)


@pytest.mark.filterwarnings("ignore:No directory at")  # static files are collected only where it is served
def test_the_service_lets_an_answer_of_the_largest_size_through() -> None:
    from marketplace.asgi import BODY_LIMITS

    assert BODY_LIMITS["/api/v1/assignments/"] == MAX_ANSWER_BYTES


def test_a_million_empty_annotations_are_refused_without_looking_at_them(worker: JsonClient, cast: Cast) -> None:
    lease = _lease(cast, "bounding_box")
    with nothing_written():
        problem_of(_submit(worker, lease, [{}] * 400_000), 400, "invalid_annotation", "annotations")

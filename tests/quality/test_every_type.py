"""What must hold of every annotation type's consensus, whatever workers answer: it concludes, and says why."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.annotations import ANNOTATION_TYPES
from quality.core.shapes.coded_masks import read_masks
from quality.core.stopping import StoppingRule
from quality.core.terms import Scene, Terms
from quality.services.aggregation import AGGREGATORS, Conclusion, Fit, GivenAnswer, TaskAnswers
from quality.services.agreement_measures import MEASURES, Given
from quality.services.checking import CHECKERS
from quality.services.explaining import EXPLAINERS, Skills
from quality.services.scoring import score_annotations
from tests.labeling.core.annotations.examples import EXAMPLES, ONTOLOGY, subject_of
from tests.labeling.core.annotations.strategies import answers

Json = dict[str, Any]

KINDS = sorted(AGGREGATORS)
SEGMENTED = ["panoptic_segmentation", "semantic_segmentation"]
TERMS = Terms.of(ONTOLOGY)
RULE = StoppingRule(target_confidence=0.9, min_overlap=1, max_overlap=5)
# Of what one worker drew twice in one place, either may be matched with what another drew there.
LEFT_OUT = {"id", "relations", "attributes", "attribute_shares"}
MANY = settings(max_examples=25, deadline=None, derandomize=True)


def parsed(kind: str, raw: Any) -> list[Json]:
    """Return an answer as it is stored."""
    return ANNOTATION_TYPES[kind].parse(raw, subject_of(kind))


def worker(number: int) -> UUID:
    return UUID(int=number + 1)


def task(kind: str, given_answers: Sequence[list[Json]], number: int = 0) -> TaskAnswers:
    subject = subject_of(kind)
    return TaskAnswers(
        task_id=UUID(int=1_000 + number),
        answers=[GivenAnswer(worker(place), annotations) for place, annotations in enumerate(given_answers)],
        width=subject.width,
        height=subject.height,
    )


def scene_of(kind: str) -> Scene:
    return task(kind, []).scene(TERMS)


def fitted(kind: str, tasks: list[TaskAnswers]) -> Fit:
    return AGGREGATORS[kind].fit(tasks, terms=TERMS, rule=RULE, earlier={})


def concluded(kind: str, given: TaskAnswers, fit: Fit | None = None) -> Conclusion:
    crowd, workers = (fit.crowd, fit.workers) if fit else ({}, {})
    # As they come back from the database.
    return AGGREGATORS[kind].conclude(
        given,
        terms=TERMS,
        crowd=json.loads(json.dumps(crowd)),
        workers={worker_id: json.loads(json.dumps(skill)) for worker_id, skill in workers.items()},
    )


def crowds(kind: str) -> st.SearchStrategy[list[list[list[Json]]]]:
    """Return the answers to a few tasks: of nobody, one, those who agree, and those who do not."""
    one = answers(kind).map(lambda raw: parsed(kind, raw))
    echoed = st.tuples(one, st.integers(2, 4)).map(lambda drawn: [drawn[0]] * drawn[1])
    return st.lists(st.one_of(st.lists(one, max_size=4), echoed), min_size=1, max_size=3)


@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(data=st.data())
def test_any_answers_come_to_a_conclusion_that_is_explained(kind: str, data: st.DataObject) -> None:
    tasks = [task(kind, given, number) for number, given in enumerate(data.draw(crowds(kind)))]
    tasks = [each for each in tasks if each.answers or kind != "image_classification"]
    fit = fitted(kind, tasks)
    assert set(fit.conclusions) == {each.task_id for each in tasks}
    json.dumps([fit.crowd, *fit.workers.values()], allow_nan=False)
    for each in tasks:
        for found in (fit.conclusions[each.task_id], concluded(kind, each), concluded(kind, each, fit)):
            json.dumps(found.value, allow_nan=False)
            assert 0.0 <= found.confidence <= 1.0
            assert found.n_answers == len(each.answers)
        value = fit.conclusions[each.task_id].value
        votes, objects = EXPLAINERS[kind](each, value, Skills(TERMS, fit.crowd, fit.workers))
        assert votes or objects is not None or not each.answers
        for thing in objects or []:
            told = thing.to_json({worker(number): f"w-{number}" for number in range(9)})
            json.dumps(told, allow_nan=False)
            assert told["drawn_by"] is not None, "every object of the run is found again"


@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(data=st.data())
def test_a_conclusion_is_an_answer_like_any_other(kind: str, data: st.DataObject) -> None:
    for number, given_answers in enumerate(data.draw(crowds(kind))):
        if not given_answers:
            continue
        found = concluded(kind, task(kind, given_answers, number))
        aggregator = AGGREGATORS[kind]
        parts = aggregator.parts(found.value)
        score = score_annotations(kind, parts, parts, scene=scene_of(kind))
        assert score.score == pytest.approx(1.0)
        assert not score.conflicts
        annotations = aggregator.as_annotations(found.value, terms=TERMS, min_confidence=0.0)
        if annotations is None:
            continue
        stored = parsed(kind, annotations)
        again = aggregator.known(stored, terms=TERMS)
        assert CHECKERS[kind].same(annotations, stored, scene=scene_of(kind))
        assert aggregator.as_annotations(again.value, terms=TERMS, min_confidence=0.99) is not None


@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(data=st.data())
def test_the_order_of_workers_and_of_annotations_does_not_matter(kind: str, data: st.DataObject) -> None:
    given_answers = data.draw(crowds(kind))[0]
    there = task(kind, given_answers)
    turned = [
        GivenAnswer(answer.worker_id, answer.annotations[::-1]) for answer in data.draw(st.permutations(there.answers))
    ]
    back = TaskAnswers(there.task_id, turned, there.width, there.height)
    if not given_answers and kind == "image_classification":
        return
    one, other = concluded(kind, there), concluded(kind, back)
    assert one.confidence == pytest.approx(other.confidence)
    assert _without_ids(one.value) == _without_ids(other.value)


def _without_ids(value: Json) -> Any:
    """Return a conclusion with its objects in an order of their own, and numbers to six digits."""
    rounded = json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 5))
    for part in ("objects", "doubted"):
        if part in rounded:
            things = [{name: thing[name] for name in thing if name not in LEFT_OUT} for thing in rounded[part]]
            rounded[part] = sorted(things, key=json.dumps)
    return rounded


@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(data=st.data())
def test_agreement_of_any_answers_is_a_figure_or_a_reason(kind: str, data: st.DataObject) -> None:
    tasks = data.draw(crowds(kind))
    rows = [(ordinal, place, each) for ordinal, drawn in enumerate(tasks) for place, each in enumerate(drawn)]
    read = Given(
        task=np.array([row[0] for row in rows], dtype=np.int64),
        worker=np.array([row[1] for row in rows], dtype=np.int64),
        answers=[row[2] for row in rows],
        scenes=[scene_of(kind)] * len(rows),
        worker_ids=tuple(map(worker, range(5))),
    )
    figures = MEASURES[kind].measure(read, terms=TERMS, rng=np.random.default_rng(0))
    for name in ("percentage", "pairwise", "alpha"):
        figure = figures.overall[name]
        assert (figure["value"] is None) != (figure["undefined"] is None)
        assert figure["value"] is None or figure["value"] <= 1.0 + 1e-9


@pytest.mark.parametrize("kind", SEGMENTED)
@MANY
@given(data=st.data())
def test_segments_of_a_conclusion_are_disjoint_and_leave_nothing_out(kind: str, data: st.DataObject) -> None:
    drawn = [each for each in data.draw(crowds(kind)) if each]
    for number, given_answers in enumerate(drawn):
        value = concluded(kind, task(kind, given_answers, number)).value
        subject = subject_of(kind)
        n_pixels = (subject.width or 0) * (subject.height or 0)
        covered = _covered([each["mask"] for each in value["objects"]], n_pixels)
        assert covered.max(initial=0) <= 1
        void = np.array(
            [
                _covered([each["mask"] for each in answer if each["class"] in TERMS.void], n_pixels)
                for answer in given_answers
            ]
        )
        # Where nobody says void, no pixel is left out.
        assert covered[void.sum(axis=0) == 0].all()
        assert 0.0 <= value["disputed_share"] <= 1.0


def _covered(masks: list[Json], n_pixels: int) -> np.ndarray:
    covered = np.zeros(n_pixels, dtype=int)
    for mask in read_masks(masks):
        covered += mask.to_pixels().ravel()
    return covered


@pytest.mark.parametrize("kind", KINDS)
def test_what_all_say_is_concluded(kind: str) -> None:
    said = parsed(kind, EXAMPLES[kind].given)
    tasks = [task(kind, [said] * 4, number) for number in range(3)]
    fit = fitted(kind, tasks)
    for found in (*fit.conclusions.values(), concluded(kind, tasks[0]), concluded(kind, tasks[0], fit)):
        assert found.confidence > 0.8
        stored = AGGREGATORS[kind].as_annotations(found.value, terms=TERMS, min_confidence=0.0)
        assert stored is not None
        score = score_annotations(kind, parsed(kind, stored), said, scene=scene_of(kind))
        assert score.score == pytest.approx(1.0)
        assert not score.conflicts

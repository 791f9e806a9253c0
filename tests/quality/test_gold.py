"""Gold from its statement to final labels: given, promoted, asked, scored, disputed, decided upon."""

from datetime import timedelta
from typing import Any

import pytest

from labeling.errors import InvalidAnnotation, InvalidInput, WrongState
from labeling.models import Answer, CloseReason, JobWorker, LabelingJob, RetiredReason, Task, TaskState
from labeling.services import close_job
from marketplace.accounts.models import User
from marketplace.operations.adapters import database_now
from marketplace.orders.errors import QuoteExpired
from marketplace.orders.services import fund_order, quote_order
from quality.errors import GoldClosed, TooMuchGold
from quality.models import ConsensusLabel, ConsensusRun, GoldScore, GoldState, GoldTask, TaskBelief, WorkerAbility
from quality.services import (
    KnownAnswer,
    add_gold,
    finalise_labels,
    materialise_gold,
    promote_gold,
    refit_skills,
    remove_gold,
    retire_gold,
    score_gold,
    skills_of,
    update_belief,
    uphold_gold,
    withdraw_gold,
)
from quality.services.fit import fit_job
from tests import make
from tests.quality.answering import answer_task, believed

pytestmark = pytest.mark.django_db

CAT, DOG = [{"class": "cat"}], [{"class": "dog"}]
AT_FIRST_PPM = 300_000


def answered_gold(job: LabelingJob, *, by: User | None = None, annotations: Any = None) -> Answer:
    """Return a scored answer to gold."""
    answer = make.answer(make.gold_lease(job, by=by), annotations=annotations)
    score_gold(answer.pk)
    return answer


def proven(words: LabelingJob, *, n_right: int = 12, n_wrong: int = 0) -> User:
    """Return a worker with a record of gold answers on the ontology of a job."""
    worker = make.worker()
    record = make.published_job(n_tasks=2, n_gold=1, words=words.ontology)
    gold = record.gold.get()
    answer = make.answer(make.gold_lease(record, by=worker))
    for n in range(n_right + n_wrong):
        row = GoldScore(
            answer=answer if n == 0 else _another_answer(answer),
            gold=gold,
            worker=worker,
            ontology=words.ontology,
            annotation_type=words.annotation_type,
            score=float(n < n_right),
            is_right=n < n_right,
            scored_at=answer.submitted_at,
        )
        row.save(force_insert=True)
    return worker


def _another_answer(answer: Answer) -> Answer:
    """Return a further answer of the same worker to gold of a job of its own."""
    another = make.published_job(n_tasks=2, n_gold=1, words=answer.job.ontology)
    return make.answer(make.gold_lease(another, by=answer.worker))


# --- stating --------------------------------------------------------------------------------------------------------
def test_gold_is_stated_for_assets_of_a_draft_and_becomes_tasks_when_it_is_published() -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    gold = job.gold.get()
    assert gold.task is not None
    assert (gold.task.is_gold, gold.task.asset_id) == (True, gold.asset_id)
    assert job.tasks.filter(is_gold=False).count() == 2
    assert materialise_gold(job.pk) == 1  # again: nothing changes
    assert job.gold_reserve_micros > 0


def test_a_quote_prices_gold_apart_and_is_outdated_by_more_of_it() -> None:
    draft = make.job(n_tasks=5)
    plain = make.order(draft)
    assert plain.quote is not None
    before = plain.quote
    make.gold(draft)
    make.funds(plain.organization)
    with pytest.raises(QuoteExpired, match="quote the order again"):
        fund_order(plain.pk)
    after = quote_order(plain.pk).quote
    assert after is not None
    assert (before.assumptions["n_tasks"], after.assumptions["n_tasks"]) == (5, 4)
    assert (before.gold_reserve_micros, after.gold_reserve_micros > 0) == (0, True)
    assert fund_order(plain.pk).funded_micros == after.cap_micros


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (KnownAnswer(annotations=CAT, external_id="nowhere"), "items[1].external_id"),
        (KnownAnswer(annotations=CAT, external_id="asset-1"), "items[1].asset"),
        (KnownAnswer(annotations=[{"class": "bird"}], external_id="asset-2"), "items[1].annotations[0].class"),
        (KnownAnswer(annotations=[], external_id="asset-2"), "items[1].annotations"),
    ],
)
def test_a_fault_is_named_and_nothing_is_kept(item: KnownAnswer, field: str) -> None:
    draft = make.job(n_tasks=4)
    first = KnownAnswer(annotations=CAT, external_id="asset-1")
    with pytest.raises((InvalidInput, InvalidAnnotation)) as refused:
        add_gold(draft.pk, [first, item], created_by_id=draft.created_by_id)
    assert refused.value.field == field
    assert not draft.gold.exists()


def test_a_task_must_be_left_to_ask_for() -> None:
    draft = make.job(n_tasks=2)
    with pytest.raises(TooMuchGold):
        make.gold(draft, names=["asset-1", "asset-2"])
    assert not draft.gold.exists()


def test_gold_is_neither_added_nor_taken_back_once_tasks_are_made() -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    with pytest.raises(WrongState):
        add_gold(job.pk, [KnownAnswer(CAT, external_id="asset-1")], created_by_id=job.created_by_id)
    with pytest.raises(WrongState):
        remove_gold(job.gold.get().pk)


def test_gold_of_a_draft_is_taken_back() -> None:
    draft = make.job(n_tasks=3, n_gold=2)
    lost = draft.gold.order_by("id")[0].pk
    remove_gold(lost)
    remove_gold(lost)  # twice at once is as good as once
    assert draft.gold.count() == 1


def concluded_job(n_tasks: int = 6) -> LabelingJob:
    """Return a job whose tasks all were called a cat by four workers."""
    job = make.published_job(n_tasks=n_tasks, min_overlap=4, max_overlap=4, target_confidence=0.8)
    crowd = [make.worker() for _ in range(4)]
    for task in job.tasks.order_by("ordinal"):
        answer_task(task, dict.fromkeys(crowd, "cat"))
    close_job(job.pk, reason=CloseReason.MANUAL)
    finalise_labels(job.pk)
    return job


def test_strong_labels_are_promoted_on_shared_assets() -> None:
    source = concluded_job()
    draft = make.job(photos=source.snapshot.dataset)
    made = promote_gold(
        draft.pk, from_job_id=source.pk, n_tasks=3, min_confidence=0.8, created_by_id=draft.created_by_id
    )
    assert [(gold.source, gold.truth[0]["class"]) for gold in made] == [("promoted", "cat")] * 3
    again = promote_gold(
        draft.pk, from_job_id=source.pk, n_tasks=2, min_confidence=0.8, created_by_id=draft.created_by_id
    )
    assert not {gold.asset_id for gold in made} & {gold.asset_id for gold in again}
    with pytest.raises(TooMuchGold):  # the sixth would leave nothing
        promote_gold(draft.pk, from_job_id=source.pk, n_tasks=9, min_confidence=0.8, created_by_id=draft.created_by_id)


def test_nothing_weak_or_unknown_is_promoted() -> None:
    source = concluded_job()
    asked: dict[str, Any] = {"from_job_id": source.pk, "n_tasks": 3, "created_by_id": source.created_by_id}
    same_photos = make.job(photos=source.snapshot.dataset)
    assert promote_gold(same_photos.pk, min_confidence=1.0, **asked) == []
    other_words = make.job(photos=source.snapshot.dataset, classes=("bird", "fish"))
    assert promote_gold(other_words.pk, min_confidence=0.8, **asked) == []
    other_photos = make.job(n_tasks=6)
    assert promote_gold(other_photos.pk, min_confidence=0.8, **asked) == []


# --- scoring --------------------------------------------------------------------------------------------------------
def test_an_answer_to_gold_is_scored_once_and_sets_the_workers_rate() -> None:
    job = make.published_job(n_tasks=4, n_gold=1)
    right = answered_gold(job, annotations=CAT)
    score_gold(right.pk)  # delivered twice
    gold = job.gold.get()
    assert (gold.n_scored, gold.n_right, gold.sum_scores) == (1, 1, 1.0)
    place = JobWorker.objects.get(job=job, worker=right.worker)
    assert place.gold_ppm < AT_FIRST_PPM
    wrong = answered_gold(job, annotations=DOG)
    kept = GoldScore.objects.get(pk=wrong.pk)
    assert (kept.score, kept.is_right, kept.conflicts[0]["kind"]) == (0.0, False, "mismatching_label")
    assert WorkerAbility.objects.get(worker=wrong.worker).n_wrong == pytest.approx(1.0, abs=0.001)


def test_an_ordinary_answer_is_not_scored() -> None:
    answer = make.answer()
    score_gold(answer.pk)
    assert not GoldScore.objects.exists()


def test_boxes_are_scored_by_overlap_and_name() -> None:
    draft = make.job(n_tasks=3, annotation_type="bounding_box")
    known = [{"class": "cat", "box": [0, 0, 10, 10]}, {"class": "dog", "box": [20, 20, 40, 40]}]
    make.gold(draft, annotations=known)
    answer = answered_gold(
        make.published_job(draft),
        annotations=[{"class": "cat", "box": [0, 0, 10, 10]}, {"class": "cat", "box": [20, 20, 40, 41]}],
    )
    score = GoldScore.objects.get(pk=answer.pk)
    assert score.score == pytest.approx(0.5)
    assert [conflict["kind"] for conflict in score.conflicts] == ["mismatching_label"]


def test_nothing_is_believed_of_gold_and_nothing_counted() -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    answer = answered_gold(job)
    update_belief(answer.task_id)
    assert not TaskBelief.objects.filter(pk=answer.task_id).exists()
    assert Task.objects.get(pk=answer.task_id).n_counted == 0


# --- doubt ----------------------------------------------------------------------------------------------------------
def test_gold_that_good_workers_contradict_is_disputed_and_takes_its_scores_back() -> None:
    job = make.published_job(n_tasks=8, n_gold=1)
    good = [proven(job) for _ in range(4)]
    for worker in good[:3]:
        answered_gold(job, by=worker, annotations=DOG)
    gold = job.gold.select_related("task").get()
    assert gold.state == GoldState.DISPUTED
    assert gold.task is not None
    assert (gold.task.state, gold.task.retired_reason) == (TaskState.RETIRED, RetiredReason.FLAGGED)
    assert all(WorkerAbility.objects.get(worker=each).n_wrong == 0.0 for each in good[:3])
    assert uphold_gold(gold.pk, user_id=job.created_by_id).state == GoldState.RETIRED
    assert all(WorkerAbility.objects.get(worker=each).n_wrong > 0.5 for each in good[:3])
    withdraw_gold(gold.pk, user_id=job.created_by_id)
    assert all(WorkerAbility.objects.get(worker=each).n_wrong == 0.0 for each in good[:3])


def test_strangers_do_not_overthrow_gold() -> None:
    job = make.published_job(n_tasks=9, n_gold=1)
    bad = [proven(job, n_right=2, n_wrong=6) for _ in range(4)]
    for worker in bad:
        answered_gold(job, by=worker, annotations=DOG)
    assert job.gold.get().state == GoldState.ACTIVE


def test_retired_gold_is_shown_no_more_and_decisions_have_their_states() -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    gold = job.gold.get()
    with pytest.raises(GoldClosed):
        uphold_gold(gold.pk, user_id=job.created_by_id)
    retire_gold(gold.pk, user_id=job.created_by_id)
    assert not Task.objects.gold_to_draw().filter(job=job).exists()
    with pytest.raises(GoldClosed) as refused:
        retire_gold(gold.pk, user_id=job.created_by_id)
    assert refused.value.data["allowed_states"] == ["active"]


def test_gold_of_a_draft_is_not_decided_upon() -> None:
    draft = make.job(n_tasks=3, n_gold=1)
    with pytest.raises(GoldClosed):
        withdraw_gold(draft.gold.get().pk, user_id=draft.created_by_id)


# --- labels ---------------------------------------------------------------------------------------------------------
def label_of(gold: GoldTask) -> ConsensusLabel:
    """Return the label of a gold task after its job has ended."""
    close_job(gold.job_id, reason=CloseReason.MANUAL)
    finalise_labels(gold.job_id)
    return ConsensusLabel.objects.get(task=gold.task_id)


def test_the_label_of_gold_is_what_is_known() -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    answered_gold(job, annotations=DOG)
    label = label_of(job.gold.get())
    assert (label.state, label.value["class"], label.n_answers) == ("final", "cat", 0)
    assert ConsensusRun.objects.get(job=job).n_answers == 0


def test_the_label_of_disputed_gold_is_disputed_and_that_of_withdrawn_gold_comes_from_answers() -> None:
    for state, expected in ((GoldState.DISPUTED, "disputed"), (GoldState.WITHDRAWN, "final")):
        job = make.published_job(n_tasks=9, n_gold=1, target_confidence=0.8)
        for _ in range(6):
            answered_gold(job, annotations=DOG)
        GoldTask.objects.filter(job=job).update(state=state)
        label = label_of(job.gold.get())
        assert (label.state, label.value["class"]) == (expected, "dog")


def test_gold_teaches_who_is_good_at_it() -> None:
    job = make.published_job(n_tasks=14, n_gold=8, min_overlap=1, max_overlap=4)
    good, bad = make.worker(), make.worker()
    for _ in range(8):
        answered_gold(job, by=good, annotations=CAT)
        answered_gold(job, by=bad, annotations=DOG)
    refit_skills(job.pk)
    contested = job.tasks.filter(is_gold=False).order_by("ordinal")[0]
    belief = believed(answer_task(contested, {bad: "dog", good: "cat"})).belief
    assert belief.value["class"] == "cat"


def test_a_record_elsewhere_counts_before_the_first_answer_here() -> None:
    job = make.published_job(n_tasks=3, min_overlap=1, max_overlap=4)
    good, bad = proven(job), proven(job, n_right=1, n_wrong=9)
    task = job.tasks.order_by("ordinal")[0]
    belief = believed(answer_task(task, {bad: "dog", good: "cat"})).belief
    assert belief.value["class"] == "cat"
    assert fit_job(job).conclusions[task.pk].value["class"] == "cat"


def test_enough_gold_turns_confidence_into_a_chance_to_be_right() -> None:
    job = make.published_job(n_tasks=14, n_gold=12, min_overlap=1, max_overlap=3)
    worker, plain = make.worker(), job.tasks.filter(is_gold=False).order_by("ordinal")[0]
    for n in range(12):
        answered_gold(job, by=worker, annotations=CAT if n % 3 else DOG)
    answer_task(plain, {worker: "cat"})
    close_job(job.pk, reason=CloseReason.MANUAL)
    finalise_labels(job.pk)
    run = ConsensusRun.objects.get(job=job)
    calibration = run.parameters["calibration"]
    assert calibration["temperature"]["n_gold"] == 12
    assert calibration["on_gold"]["n_tasks"] == 12
    label = ConsensusLabel.objects.get(task=plain)
    assert label.p_correct is not None
    assert 0.5 < label.p_correct < 1.0


# --- told -----------------------------------------------------------------------------------------------------------
def test_workers_are_told_of_their_skill_in_steps_of_ten_when_the_day_is_over() -> None:
    job = make.published_job(n_tasks=14, n_gold=12)
    worker = make.worker()
    today = database_now()
    for n in range(12):
        answered_gold(job, by=worker, annotations=CAT)
        assert skills_of(worker, now=today) == []  # or the answer before this look would be known for gold
        told = skills_of(worker, now=today + timedelta(days=2))
        assert [skill.n_gold for skill in told] == ([10] if n >= 9 else [])
    assert told[0].low < told[0].accuracy < told[0].high

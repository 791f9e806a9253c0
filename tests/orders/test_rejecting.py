"""Rejections: on evidence, by a person, appealed by the worker, and lost by whoever is silent."""

import contextlib
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from labeling.core.conflicts import ConflictKind
from labeling.errors import InvalidInput
from labeling.models import Assignment, CloseReason, LabelingJob, Verdict
from labeling.services import close_job
from marketplace.ledger.models import AccountKind, Transfer
from marketplace.live.models import Event
from marketplace.orders.core.deciding import ACCEPT_AFTER_S
from marketplace.orders.errors import (
    AlreadyDecided,
    AppealMade,
    AppealTooLate,
    FourEyes,
    NothingToDecide,
    OrderError,
    ReasonNotShown,
    RejectionNotAllowed,
)
from marketplace.orders.models import Order, Rejection, RejectionState
from marketplace.orders.services import (
    RejectionSpec,
    accept_answer,
    accept_by_hand,
    appeal_rejection,
    look_after,
    orders_to_look_after,
    records_of,
    reject_answer,
    settle_order,
    uphold_rejection,
    win_appeal,
)
from quality.errors import NoContradiction
from quality.models import ConsensusLabel, GoldTask
from quality.services import EvidenceKind, request_review
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import deciding, flow

pytestmark = pytest.mark.django_db

PAY = 17_000


def _earned(worker_id: UUID) -> int:
    return flow.balance(AccountKind.WORKER, worker_id)


def _state(rejection: Rejection) -> str:
    return Rejection.objects.get(pk=rejection.pk).state


def _order(job: LabelingJob) -> Order:
    return Order.objects.get(job=job)


def test_an_answer_waits_for_a_person_only_where_the_order_says_so() -> None:
    waiting = deciding.answered(deciding.manual_job())
    taken = deciding.answered(make.published_job())
    assert Assignment.objects.get(pk=waiting.assignment_id).state == "submitted"
    assert Assignment.objects.get(pk=taken.assignment_id).state == "accepted"


def test_accepting_by_hand_pays_once() -> None:
    answer = deciding.answered(deciding.manual_job())
    for _ in range(2):
        accept_by_hand(answer.pk)
    assert _earned(answer.worker_id) == PAY
    assert _order(answer.job).n_decided == 1
    assert deciding.broken() == {}


def test_what_nobody_decided_on_in_time_is_accepted_by_the_clock() -> None:
    job = deciding.manual_job()
    old, new = deciding.answered(job), deciding.answered(job)
    deciding.let_wait(old, seconds=ACCEPT_AFTER_S + 1)
    order = _order(job)
    assert orders_to_look_after() == [order.pk]
    look_after(order.pk)
    assert (_earned(old.worker_id), _earned(new.worker_id)) == (PAY, 0)


def test_a_rejection_names_reason_evidence_person_and_deadline_and_pays_nothing() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    assert (rejection.reason, rejection.evidence_kind) == ("mismatching_label", "consensus")
    assert rejection.rejected_by == answer.job.created_by
    assert (rejection.appeal_until - rejection.rejected_at).days == 7
    assert [each["class"] for each in rejection.evidence["known"]] == ["cat"]
    assert _earned(answer.worker_id) == 0
    assert Assignment.objects.get(pk=answer.assignment_id).state == "rejected"
    assert Event.objects.get(type="answer_rejected").deltas == {"rejected": 1}
    assert deciding.broken() == {}


@pytest.mark.parametrize("share_ppm", [1, 400_000, 999_999])
def test_a_part_that_was_earned_is_paid_at_once_and_the_rest_when_the_appeal_is_won(share_ppm: int) -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer, share_ppm=share_ppm)
    part = -(-PAY * share_ppm // 1_000_000)
    assert _earned(answer.worker_id) == part
    assert rejection.withheld_micros == PAY - part
    assert Assignment.objects.get(pk=answer.assignment_id).state == "accepted"
    appeal_rejection(rejection.pk, text="Look at its ears.")
    win_appeal(rejection.pk, note="Right.", by_id=deciding.manager_of(answer.job).pk)
    assert _earned(answer.worker_id) == PAY
    assert Assignment.objects.get(pk=answer.assignment_id).accepted_share == 1
    assert deciding.broken() == {}


def test_an_appeal_can_be_won_in_part() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    appeal_rejection(rejection.pk, text="Half of it is a dog.")
    win_appeal(rejection.pk, note="Half.", by_id=deciding.manager_of(answer.job).pk, share_ppm=500_000)
    assert _earned(answer.worker_id) == PAY // 2
    assert deciding.broken() == {}


def test_what_is_won_in_part_was_still_rejected_in_part() -> None:
    """Who lets every appeal be won by next to nothing has rejected all the same."""
    job = deciding.manual_job()
    for answer, share_ppm in zip(deciding.answers_of_one(job, ["dog", "dog"]), (1, 1_000_000), strict=True):
        rejection = deciding.rejected(answer)
        appeal_rejection(rejection.pk, text="A dog.")
        win_appeal(rejection.pk, note="", by_id=deciding.manager_of(job).pk, share_ppm=share_ppm)
    assert (_order(job).n_decided, _order(job).n_rejected) == (2, 1)
    [record] = records_of([job.organization_id])
    assert record.reputation.approval_rate == round(19 / (20 + 1), 4)


def test_an_appeal_is_not_won_by_what_was_paid_before() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer, share_ppm=500_000)
    appeal_rejection(rejection.pk, text="All of it is a dog.")
    for share_ppm in (0, 400_000, 500_000):
        with pytest.raises(InvalidInput) as refused, transaction.atomic():
            win_appeal(rejection.pk, note="", by_id=deciding.manager_of(answer.job).pk, share_ppm=share_ppm)
        assert refused.value.field == "accepted_share"
    assert _earned(answer.worker_id) == PAY // 2
    assert Rejection.objects.get(pk=rejection.pk).state == "appealed"


def test_under_automatic_acceptance_nothing_is_rejected() -> None:
    answer = make.answer(annotations=[{"class": "dog"}])
    label = deciding.consensus_on(answer.task)
    with pytest.raises(RejectionNotAllowed), transaction.atomic():
        reject_answer(answer.pk, deciding.against(label.pk), by_id=answer.job.created_by_id)


def test_evidence_is_of_the_same_task_settled_and_says_otherwise() -> None:
    job = deciding.manual_job()
    answer, other = deciding.answers_of_one(job, ["dog", "dog"])
    foreign = deciding.consensus_on(other.task)
    for evidence_id in (uuid4(), foreign.pk):
        with pytest.raises(NoContradiction) as refused, transaction.atomic():
            reject_answer(answer.pk, deciding.against(evidence_id), by_id=job.created_by_id)
        assert refused.value.field == "evidence"
    agreeing = deciding.consensus_on(answer.task, name="dog")
    with pytest.raises(NoContradiction, match="not say otherwise"), transaction.atomic():
        reject_answer(answer.pk, deciding.against(agreeing.pk), by_id=job.created_by_id)


def test_two_answers_that_differ_are_no_evidence_against_either() -> None:
    answer = deciding.answered(deciding.manual_job())
    label = deciding.consensus_on(answer.task, n_answers=2)
    with pytest.raises(NoContradiction), transaction.atomic():
        reject_answer(answer.pk, deciding.against(label.pk), by_id=answer.job.created_by_id)


def test_gold_that_was_taken_back_speaks_against_nobody() -> None:
    job = deciding.manual_job(n_tasks=4, n_gold=1)
    answer = make.answer(make.gold_lease(job), annotations=[{"class": "dog"}])
    accept_answer(answer.pk)
    gold = GoldTask.objects.get(job=job)
    GoldTask.objects.filter(pk=gold.pk).update(state="withdrawn")
    spec = deciding.against(gold.pk, kind=EvidenceKind.GOLD)
    with pytest.raises(NoContradiction), transaction.atomic():
        reject_answer(answer.pk, spec, by_id=job.created_by_id)
    GoldTask.objects.filter(pk=gold.pk).update(state="active")
    reject_answer(answer.pk, spec, by_id=job.created_by_id)


def test_a_review_speaks_against_what_it_looked_at() -> None:
    task = make.retired_task(classes=["dog", "dog"], terms=deciding.MANUAL, review_share=1.0, max_overlap=2)
    request_review(task.pk)
    said = make.verdict(
        make.check_of(task), Verdict.FIX, annotations=[{"class": "cat"}], conflicts=["mismatching_label"]
    )
    answer = task.answers.order_by("id")[0]
    spec = deciding.against(said.pk, kind=EvidenceKind.REVIEW)
    rejection = reject_answer(answer.pk, spec, by_id=task.job.created_by_id)
    assert rejection.evidence["known"] is None  # another person's answer is not shown
    assert rejection.evidence_by_id == said.worker_id


def test_the_evidence_shows_the_reason() -> None:
    answer = deciding.answered(deciding.manual_job())
    label = deciding.consensus_on(answer.task)
    spec = RejectionSpec(ConflictKind.EXTRA_ANNOTATION, EvidenceKind.CONSENSUS, label.pk)
    with pytest.raises(ReasonNotShown) as refused, transaction.atomic():
        reject_answer(answer.pk, spec, by_id=answer.job.created_by_id)
    assert refused.value.data["shown"] == ["mismatching_label"]


def test_what_is_accepted_is_not_rejected_and_the_other_way_round() -> None:
    job = deciding.manual_job()
    first, second = deciding.answers_of_one(job, ["dog", "dog"])
    accept_by_hand(first.pk)
    with pytest.raises(AlreadyDecided), transaction.atomic():
        deciding.rejected(first)
    deciding.rejected(second)
    with pytest.raises(AlreadyDecided), transaction.atomic():
        accept_by_hand(second.pk)


def test_an_appeal_that_nobody_decides_on_is_won() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    appeal_rejection(rejection.pk, text="No.")
    look_after(rejection.order_id)
    assert _state(rejection) == RejectionState.APPEALED
    deciding.let_pass(rejection)
    look_after(rejection.order_id)
    assert _state(rejection) == RejectionState.OVERTURNED
    assert _earned(answer.worker_id) == PAY
    assert Event.objects.get(type="rejection_overturned").deltas["paid_micros"] == PAY
    assert _order(answer.job).n_rejected == 0


def test_a_rejection_that_nobody_appeals_is_final_and_cannot_be_appealed_any_more() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    deciding.let_pass(rejection)
    with pytest.raises(AppealTooLate), transaction.atomic():
        appeal_rejection(rejection.pk, text="No.")
    look_after(rejection.order_id)
    assert _state(rejection) == RejectionState.LAPSED
    with pytest.raises(AppealTooLate), transaction.atomic():
        appeal_rejection(rejection.pk, text="No.")


def test_neither_who_rejected_nor_whose_review_it_rests_on_nor_whose_answer_it_is_decides_on_the_appeal() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    with pytest.raises(NothingToDecide), transaction.atomic():
        uphold_rejection(rejection.pk, note="", by_id=deciding.manager_of(answer.job).pk)
    appeal_rejection(rejection.pk, text="No.")
    reviewer = make.user()
    Rejection.objects.filter(pk=rejection.pk).update(evidence_by=reviewer)
    for person in (answer.job.created_by, reviewer, answer.worker):
        with pytest.raises(FourEyes), transaction.atomic():
            uphold_rejection(rejection.pk, note="", by_id=person.pk)
        with pytest.raises(FourEyes), transaction.atomic():
            win_appeal(rejection.pk, note="", by_id=person.pk)
    uphold_rejection(rejection.pk, note="It is a cat.", by_id=deciding.manager_of(answer.job).pk)
    assert _state(rejection) == RejectionState.UPHELD
    assert _earned(answer.worker_id) == 0


def test_nobody_accepts_an_answer_of_their_own() -> None:
    answer = deciding.answered(deciding.manual_job())
    with pytest.raises(FourEyes), transaction.atomic():
        accept_by_hand(answer.pk, by_id=answer.worker_id)
    assert _earned(answer.worker_id) == 0
    accept_by_hand(answer.pk, by_id=answer.job.created_by_id)
    assert _earned(answer.worker_id) == PAY


def test_the_books_close_when_the_last_appeal_is_final_and_the_requester_gets_the_unpaid_back() -> None:
    job = deciding.manual_job()
    first, second, third = deciding.answers_of_one(job, ["dog", "dog", "dog"])
    accept_by_hand(first.pk)
    lost, won = deciding.rejected(second), deciding.rejected(third)
    close_job(job.pk, reason=CloseReason.MANUAL)
    settle_order(job.pk)
    order = _order(job)
    assert (order.state, order.is_over) == ("published", True)
    assert deciding.broken() == {}
    appeal_rejection(won.pk, text="A dog.")
    deciding.let_pass(lost)
    look_after(order.pk)
    assert _order(job).state == "published"
    win_appeal(won.pk, note="A dog indeed.", by_id=deciding.manager_of(job).pk)
    look_after(order.pk)
    order = _order(job)
    assert (order.state, order.paid_micros) == ("settled", 2 * PAY)
    fee_micros, rounding_micros = order.fee_micros or 0, order.rounding_micros or 0
    assert order.refunded_micros == order.funded_micros - 2 * PAY - fee_micros - rounding_micros
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    assert deciding.broken() == {}


def test_an_answer_of_nothing_is_paid_in_full() -> None:
    answer = make.answer(make.lease(make.published_job(annotation_type="bounding_box")), annotations=[])
    accept_answer(answer.pk)
    assert answer.n_annotations == 0
    assert _earned(answer.worker_id) == Assignment.objects.get(pk=answer.assignment_id).pay_micros > 0


def test_lessons_are_paid_however_they_are_answered() -> None:
    learner = make.worker()
    for answer in make.learn(make.course(), "cat", "dog", "dog", by=learner):
        accept_answer(answer.pk)
    assert _earned(learner.pk) == 3 * PAY


# --- two at once ------------------------------------------------------------------------------------------------------
def _tries(*parts: Callable[[], object]) -> None:
    def tolerant(part: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with contextlib.suppress(OrderError):
                part()

        return run

    run_together([tolerant(part) for part in parts])


@pytest.mark.django_db(transaction=True)
def test_accepting_and_rejecting_at_once_decides_once() -> None:
    job = deciding.manual_job(n_tasks=4)
    for answer in deciding.answers_of_one(job, ["dog"] * 4):
        deciding.consensus_on(answer.task)
        _tries(lambda a=answer: accept_by_hand(a.pk), lambda a=answer: deciding.rejected(a))  # type: ignore[misc] # bound early
    assert _order(job).n_decided == 4
    assert Transfer.objects.filter(kind="pay").count() + Rejection.objects.count() == 4
    assert invariants.broken() == {}


@pytest.mark.django_db(transaction=True)
def test_an_appeal_sent_twice_at_once_is_one_and_decided_twice_at_once_is_decided_once() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    made: list[Rejection] = []
    _tries(*[lambda: made.append(appeal_rejection(rejection.pk, text="No."))] * 2)
    assert len(made) == 1
    with pytest.raises(AppealMade):
        appeal_rejection(rejection.pk, text="No.")
    managers = [deciding.manager_of(answer.job) for _ in range(2)]
    _tries(
        lambda: win_appeal(rejection.pk, note="", by_id=managers[0].pk),
        lambda: uphold_rejection(rejection.pk, note="", by_id=managers[1].pk),
    )
    final = Rejection.objects.get(pk=rejection.pk)
    assert final.state in {"upheld", "overturned"}
    assert _earned(answer.worker_id) == (PAY if final.state == "overturned" else 0)
    assert invariants.broken() == {}


def test_evidence_that_changes_later_does_not_change_what_was_shown() -> None:
    answer = deciding.answered(deciding.manual_job())
    rejection = deciding.rejected(answer)
    assert ConsensusLabel.objects.filter(pk=rejection.evidence_id).exists()
    assert rejection.evidence["conflicts"][0]["kind"] == "mismatching_label"

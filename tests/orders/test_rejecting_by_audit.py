"""Rejections by an audit: of answers whose label a person looked at, and of no others."""

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from labeling.models import Answer, LabelingJob
from marketplace.ledger.models import AccountKind
from marketplace.orders.errors import AlreadyDecided, FourEyes
from marketplace.orders.models import Rejection
from marketplace.orders.services import accept_by_hand, appeal_rejection, reject_answer, win_appeal
from quality.errors import NoContradiction
from quality.models import AuditItem, AuditVerdict
from quality.services import EvidenceKind, cancel_audit, give_verdict
from tests import make
from tests.api.expect import body_of, problem_of, with_key
from tests.conftest import Cast, ClientFactory
from tests.orders import deciding, flow

pytestmark = pytest.mark.django_db

RIGHT, WRONG = AuditVerdict.RIGHT, AuditVerdict.WRONG


def _audited(
    names: tuple[str, ...], *, n_opinions: int = 1, **job_changes: Any
) -> tuple[list[Answer], list[AuditItem]]:
    """Return the answers of one worker to the tasks of an ended job whose labels are all cats, and their items."""
    job = deciding.manual_job(n_tasks=len(names), **job_changes)
    answers = deciding.answers_of_one(job, names)
    concluded = make.run(make.ended_job(job), n_opinions=n_opinions)
    # Every label is drawn.
    audit = make.audit(concluded, max_error="0.001")
    items = {item.label.task_id: item for item in audit.items.select_related("label")}
    return answers, [items[answer.task_id] for answer in answers]


def _judge(item: AuditItem, verdict: AuditVerdict, *, note: str = "Look at its ears.") -> UUID:
    judge = make.user()
    give_verdict(item.pk, verdict=verdict, note=note, user_id=judge.pk)
    return judge.pk


def _reject(answer: Answer, item: AuditItem, *, by_id: UUID | None = None) -> Rejection:
    spec = deciding.against(item.pk, kind=EvidenceKind.AUDIT)
    with transaction.atomic():
        return reject_answer(answer.pk, spec, by_id=by_id or answer.job.created_by_id)


def test_an_answer_that_is_the_label_found_wrong_may_be_rejected() -> None:
    [answer], [item] = _audited(("cat",))
    judge_id = _judge(item, WRONG, note="A fox.")
    rejection = _reject(answer, item)
    assert (rejection.evidence_kind, rejection.evidence_id, rejection.evidence_by_id) == ("audit", item.pk, judge_id)
    assert rejection.evidence == {"score": 0.0, "conflicts": [], "known": None, "comment": "A fox."}
    assert flow.balance(AccountKind.WORKER, answer.worker_id) == 0
    assert deciding.broken() == {}


def test_an_answer_that_differs_from_the_label_found_right_may_be_rejected() -> None:
    [answer], [item] = _audited(("dog",))
    _judge(item, RIGHT)
    shown = _reject(answer, item).evidence
    assert [each["kind"] for each in shown["conflicts"]] == ["mismatching_label"]
    assert shown["known"] is None  # the label of so few is somebody's answer


def test_what_many_said_is_shown_when_an_audit_found_it_right() -> None:
    [answer], [item] = _audited(("dog",), n_opinions=3)
    _judge(item, RIGHT)
    assert [each["class"] for each in _reject(answer, item).evidence["known"]] == ["cat"]


@pytest.mark.parametrize(
    ("name", "verdict", "note"),
    [
        ("cat", RIGHT, "Fine."),
        ("dog", WRONG, "Not a cat."),  # what the answer says was not looked at
        ("cat", WRONG, ""),  # its worker would not learn why
        ("cat", None, ""),
    ],
)
def test_a_verdict_that_does_not_speak_of_the_answer_is_no_evidence(
    name: str, verdict: AuditVerdict | None, note: str
) -> None:
    [answer], [item] = _audited((name,))
    if verdict is not None:
        _judge(item, verdict, note=note)
    with pytest.raises(NoContradiction) as refused:
        _reject(answer, item)
    assert refused.value.field == "evidence"


def test_what_was_found_of_one_answer_speaks_against_no_other() -> None:
    [first, second, third], items = _audited(("cat", "cat", "cat"))
    for item in items[:2]:
        _judge(item, WRONG)  # the audit has failed
    _reject(first, items[0])
    for item in (items[0], items[2]):
        with pytest.raises(NoContradiction):
            _reject(third, item)
    accept_by_hand(second.pk)
    with pytest.raises(AlreadyDecided):  # nothing paid is taken back
        _reject(second, items[1])
    assert flow.balance(AccountKind.WORKER, second.worker_id) == second.assignment.pay_micros


def test_a_box_beside_the_one_found_wrong_was_not_looked_at() -> None:
    job = deciding.manual_job(n_tasks=2, annotation_type="bounding_box")
    worker = make.worker()
    boxes = [[10.0, 10.0, 110.0, 110.0], [30.0, 10.0, 130.0, 110.0]]  # IoU .67
    answers = [
        make.answer(make.lease(job, by=worker), annotations=[{"class": "cat", "box": [10.0, 10.0, 110.0, 110.0]}])
        for _ in range(2)
    ]
    concluded = make.run(
        make.ended_job(job),
        values={
            answer.task.ordinal: {"objects": [{"class": "cat", "box": box, "confidence": 0.95}]}
            for answer, box in zip(answers, boxes, strict=True)
        },
    )
    items = {item.label.task_id: item for item in make.audit(concluded, max_error="0.001").items.all()}
    for answer in answers:
        _judge(items[answer.task_id], WRONG, note="Too low.")
    _reject(answers[0], items[answers[0].task_id])
    with pytest.raises(NoContradiction):
        _reject(answers[1], items[answers[1].task_id])


def test_a_verdict_stands_whatever_became_of_its_audit_and_run() -> None:
    [answer, _], items = _audited(("cat", "cat"))
    _judge(items[0], WRONG)
    cancel_audit(items[0].audit_id)
    make.run(LabelingJob.objects.get(pk=answer.job_id))
    assert _reject(answer, items[0]).evidence_kind == "audit"


def test_who_judged_neither_rejects_nor_decides_on_the_appeal() -> None:
    [answer], [item] = _audited(("cat",))
    judge = deciding.manager_of(answer.job)
    give_verdict(item.pk, verdict=WRONG, note="A fox.", user_id=judge.pk)
    with pytest.raises(FourEyes):
        _reject(answer, item, by_id=judge.pk)
    rejection = _reject(answer, item)
    appeal_rejection(rejection.pk, text="A cat.")
    with pytest.raises(FourEyes), transaction.atomic():
        win_appeal(rejection.pk, note="", by_id=judge.pk)
    win_appeal(rejection.pk, note="A cat.", by_id=deciding.manager_of(answer.job).pk)
    assert flow.balance(AccountKind.WORKER, answer.worker_id) == answer.assignment.pay_micros


def test_over_http_an_audits_item_is_named_as_evidence(cast: Cast, client_of: ClientFactory) -> None:
    [answer, other], items = _audited(("cat", "cat"), home=cast.home)
    reviewer, owner = client_of(cast.reviewer), client_of(cast.owner)
    audit = items[0].audit_id
    said = {"verdict": "wrong", "note": "A fox."}
    body_of(reviewer.post(f"/api/v1/audits/{audit}/items/{items[0].pk}/verdict", said))
    spec = {"reason": "mismatching_label", "evidence_kind": "audit", "evidence": str(items[0].pk)}
    refused = owner.post(f"/api/v1/answers/{other.pk}/reject", spec, headers=with_key())
    problem_of(refused, 400, "no_contradiction", "evidence")
    told = body_of(owner.post(f"/api/v1/answers/{answer.pk}/reject", spec, headers=with_key()), 201)
    assert (told["evidence_kind"], told["evidence_id"]) == ("audit", str(items[0].pk))
    own = body_of(client_of(answer.worker).get(f"/api/v1/assignments/{answer.assignment_id}/rejection"))
    assert own["evidence"]["comment"] == "A fox."
    unknown = owner.post(f"/api/v1/answers/{other.pk}/reject", spec | {"evidence_kind": "sample"}, headers=with_key())
    problem_of(unknown, 400, "invalid", "evidence_kind")

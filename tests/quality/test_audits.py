"""Audits: the draw, the rule, who may judge, and what no code may undo."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.errors import WrongState
from labeling.models import JobState
from marketplace.accounts.models import User
from marketplace.live.models import Event
from quality.core.acceptance.bounds import upper_bound
from quality.core.acceptance.fixed import plan_fixed
from quality.core.acceptance.sequential import plan_sequential
from quality.errors import (
    AuditClosed,
    AuditTooLarge,
    AuditUnderWay,
    FourEyes,
    LimitTooNear,
    NoConsensusYet,
    NoSuchPlan,
    NothingToAudit,
    VerdictGiven,
)
from quality.models import Audit, AuditItem, AuditPlanKind, AuditState, AuditVerdict, ConsensusLabel, LabelState
from quality.services import audit_plans, audits, cancel_audit, give_verdict
from tests import make

pytestmark = pytest.mark.django_db

RIGHT, WRONG = AuditVerdict.RIGHT, AuditVerdict.WRONG


def judge(audit: Audit, verdicts: Iterable[AuditVerdict], *, by: User | None = None, first: int = 1) -> Audit:
    """Give verdicts in the order drawn, until they or the audit end; return the audit as it is then."""
    person = by or make.user()
    for ordinal, verdict in enumerate(verdicts, start=first):
        item = audit.items.get(ordinal=ordinal)
        give_verdict(item.pk, verdict=verdict, note="", user_id=person.pk)
        audit.refresh_from_db()
        if audit.state not in (AuditState.PLANNED, AuditState.RUNNING):
            break
    return audit


def fixed_audit(n_tasks: int = 12, **changes: Any) -> Audit:
    """Return a fixed audit of few labels."""
    return make.audit(make.run(n_tasks=n_tasks), kind=AuditPlanKind.FIXED, **changes)


# --- planning and drawing -------------------------------------------------------------------------------------------
def test_the_plan_is_that_of_the_core_for_the_final_labels() -> None:
    states = {1: LabelState.DISPUTED, 2: LabelState.PROVISIONAL}
    audit = make.audit(make.run(n_tasks=30, states=states), kind=AuditPlanKind.FIXED, max_error="0.1")
    plan = plan_fixed(audit.limit, expected_error=0.025)
    assert (audit.population, audit.state, audit.number) == (28, "planned", 1)
    assert (audit.n_items, audit.plan["max_wrong"]) == (plan.n_audited, plan.max_wrong)
    assert audit.expected_error == Decimal("0.025")  # a quarter of the limit, unless told
    drawn = audit.items.values_list("label__state", flat=True)
    assert len(drawn) == plan.n_audited
    assert set(drawn) == {"final"}
    assert sorted(audit.items.values_list("ordinal", flat=True)) == list(range(1, plan.n_audited + 1))


def test_the_seed_alone_decides_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make.run(n_tasks=12)

    def drawn(seed: int) -> list[Any]:
        monkeypatch.setattr("quality.services.audits.secrets.randbits", lambda _: seed)
        audit = make.audit(run, kind=AuditPlanKind.FIXED)
        cancel_audit(audit.pk)
        return list(audit.items.order_by("ordinal").values_list("label", flat=True))

    first, again, other = drawn(5), drawn(5), drawn(6)
    assert first == again
    assert first != other


def test_without_a_kind_the_cheaper_plan_is_taken() -> None:
    audit = make.audit(make.run(n_tasks=60), max_error="0.1", confidence="0.9")
    fixed = plan_fixed(audit.limit, expected_error=0.025)
    sequential = plan_sequential(audit.limit, expected_error=0.025)
    assert sequential is not None
    assert sequential.expected_audit_good < fixed.n_audited
    assert (audit.kind, audit.n_items) == ("sequential", sequential.accept_from[-1])


def test_strata_are_the_classes_each_drawn_from_in_proportion() -> None:
    run = make.run(n_tasks=20)
    dogs = list(run.labels.order_by("task__ordinal")[:5])
    concluded = make.run(run.job, values={label.task.ordinal: {"class": "dog", "posterior": {}} for label in dogs})
    audit = make.audit(concluded, kind=AuditPlanKind.STRATIFIED)
    shares = {each["stratum"]: (each["n_labels"], each["n_audited"]) for each in audit.plan["strata"]}
    assert {name: n for name, (n, _) in shares.items()} == {"cat": 15, "dog": 5}
    for stratum, name in enumerate(("cat", "dog")):
        drawn = audit.items.filter(stratum=stratum)
        assert drawn.count() == shares[name][1]
        assert set(drawn.values_list("label__value__class", flat=True)) == {name}
    ended = judge(audit, [RIGHT] * audit.n_items)
    assert ended.state == "passed"
    assert ended.certificate is not None
    assert ended.certificate["method"] == "stratified_pooled"


def test_a_job_that_goes_on_is_not_audited() -> None:
    job = make.published_job()
    with pytest.raises(WrongState) as refused:
        audits.order_audit(job.pk, order=_order(), created_by_id=job.created_by_id)
    assert refused.value.data["allowed_states"] == ["completed", "cancelled", "archived"]


def test_no_run_and_no_final_label_are_nothing_to_audit() -> None:
    job = make.ended_job(n_tasks=2)
    with pytest.raises(NoConsensusYet):
        audits.order_audit(job.pk, order=_order(), created_by_id=job.created_by_id)
    run = make.run(job, states={1: LabelState.DISPUTED, 2: LabelState.DISPUTED})
    with pytest.raises(NothingToAudit):
        make.audit(run)


def test_one_audit_at_a_time_and_every_one_is_numbered() -> None:
    run = make.run(n_tasks=12)
    first = make.audit(run)
    with pytest.raises(AuditUnderWay) as refused:
        make.audit(run)
    assert refused.value.data == {"audit": str(first.pk)}
    cancel_audit(first.pk)
    assert make.audit(run).number == 2


def test_errors_expected_near_the_limit_are_refused() -> None:
    with pytest.raises(LimitTooNear):
        make.audit(max_error="0.2", expected_error=Decimal("0.11"))


def test_where_a_sequential_plan_takes_too_long_to_find_there_is_a_fixed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_plans, "MAX_SEQUENTIAL_ITEMS", 3)
    run = make.run(n_tasks=60)
    with pytest.raises(NoSuchPlan):
        make.audit(run, max_error="0.1", kind=AuditPlanKind.SEQUENTIAL)
    assert make.audit(run, max_error="0.1").kind == "fixed"


def test_more_checks_than_people_make_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits, "MAX_ITEMS", 3)
    run = make.run(n_tasks=12)
    with pytest.raises(AuditTooLarge) as refused:
        make.audit(run)
    assert refused.value.data["max_items"] == 3
    assert not run.audits.exists()


# --- verdicts and the rule ------------------------------------------------------------------------------------------
def test_a_fixed_audit_is_decided_by_its_last_verdict() -> None:
    audit = fixed_audit()
    almost = judge(audit, [RIGHT] * (audit.n_items - 1))
    assert (almost.state, almost.certificate, almost.ended_at) == ("running", None, None)
    ended = judge(audit, [RIGHT], first=audit.n_items)
    assert (ended.state, ended.n_audited, ended.n_wrong) == ("passed", audit.n_items, 0)
    assert ended.certificate is not None
    bound = upper_bound(audit.n_items, 0, confidence=0.9, population=12)
    assert ended.certificate["upper_bound"] == bound
    assert bound <= 0.2
    assert ended.certificate["holds"]
    assert ended.certificate["statement"] == (
        f"0 of {audit.n_items} checked labels were wrong; with 0.9 confidence at most {bound:.4%} of all 12 are wrong, "
        "so that the limit of 0.2 is kept."
    )


def test_wrong_labels_beyond_the_plan_fail_it() -> None:
    audit = fixed_audit()
    n_wrong = audit.plan["max_wrong"] + 1
    ended = judge(audit, [WRONG] * n_wrong + [RIGHT] * (audit.n_items - n_wrong))
    assert ended.state == "failed"
    certificate: Any = ended.certificate
    assert not certificate["holds"]
    assert certificate["upper_bound"] > 0.2


def test_a_sequential_audit_ends_as_soon_as_its_boundary_is_met() -> None:
    audit = make.audit(make.run(n_tasks=60), max_error="0.1", kind=AuditPlanKind.SEQUENTIAL)
    ended = judge(audit, [RIGHT] * audit.n_items)
    assert ended.n_audited == audit.plan["accept_from"][0] < audit.n_items
    assert ended.state == "passed"
    left = audit.items.filter(verdict=None).first()
    assert left is not None
    with pytest.raises(AuditClosed):
        give_verdict(left.pk, verdict=RIGHT, note="", user_id=make.user().pk)


def test_verdicts_count_in_the_order_drawn_whatever_order_they_come_in() -> None:
    audit = fixed_audit()
    person = make.user()
    for ordinal in (3, 2):
        give_verdict(audit.items.get(ordinal=ordinal).pk, verdict=WRONG, note="", user_id=person.pk)
        audit.refresh_from_db()
        assert (audit.state, audit.n_audited, audit.n_wrong) == ("running", 0, 0)
    judge(audit, [RIGHT])
    assert (audit.n_audited, audit.n_wrong) == (3, 2)


def test_a_verdict_stands() -> None:
    audit = fixed_audit()
    judge(audit, [WRONG])
    with pytest.raises(VerdictGiven) as refused:
        give_verdict(audit.items.get(ordinal=1).pk, verdict=RIGHT, note="", user_id=make.user().pk)
    assert refused.value.data == {"verdict": "wrong"}


def test_who_worked_on_a_task_does_not_judge_its_label() -> None:
    job = make.published_job(n_tasks=1)
    ann, ben = make.worker(), make.worker()
    make.answer(make.lease(job, by=ann))
    make.audit(make.run(make.ended_job(job)))
    item = AuditItem.objects.get()
    with pytest.raises(FourEyes):
        give_verdict(item.pk, verdict=RIGHT, note="", user_id=ann.pk)
    assert AuditItem.objects.get().verdict is None
    give_verdict(item.pk, verdict=RIGHT, note="plain", user_id=ben.pk)
    judged = AuditItem.objects.get()
    assert (judged.verdict, judged.verdict_by, judged.note) == ("right", ben, "plain")


def test_a_cancelled_audit_takes_no_verdict_and_keeps_its_rows() -> None:
    audit = fixed_audit()
    judge(audit, [RIGHT])
    cancel_audit(audit.pk)
    audit.refresh_from_db()
    assert (audit.state, audit.certificate, audit.items.count()) == ("cancelled", None, audit.n_items)
    with pytest.raises(AuditClosed):
        judge(audit, [RIGHT], first=2)
    with pytest.raises(AuditClosed):
        cancel_audit(audit.pk)


def test_every_turn_is_told_once() -> None:
    audit = fixed_audit(n_tasks=2)
    judge(audit, [RIGHT] * audit.n_items)
    told = Event.objects.filter(type__startswith="audit_").order_by("id").values_list("type", "data__state")
    assert list(told) == [("audit_planned", "planned"), ("audit_begun", "running"), ("audit_ended", "passed")]


def test_an_archived_job_can_be_audited() -> None:
    run = make.run(n_tasks=2)
    run.job.state = JobState.ARCHIVED
    run.job.save(update_fields=["state"])
    assert make.audit(run).population == 2


# --- what the database refuses --------------------------------------------------------------------------------------
Change = Callable[[Audit], object]


def _order() -> audits.AuditOrder:
    return audits.AuditOrder(max_error=Decimal("0.1"), confidence=Decimal("0.9"))


def _update(**changes: Any) -> Change:
    return lambda audit: Audit.objects.filter(pk=audit.pk).update(**changes)


def _copy(**changes: Any) -> Change:
    """Insert another audit of the run, valid but for the changes."""

    def insert(audit: Audit) -> object:
        columns = {field.attname: getattr(audit, field.attname) for field in Audit._meta.fields}
        del columns["id"], columns["created_at"]
        ended: dict[str, Any] = {"number": 2, "state": "cancelled", "ended_at": timezone.now()}
        return Audit.objects.create(**(columns | ended | changes))

    return insert


def _update_item(**changes: Any) -> Change:
    return lambda audit: audit.items.filter(ordinal=1).update(**changes)


def _judged(audit: Audit) -> None:
    judge(audit, [RIGHT])


def _item_of_another_run(audit: Audit) -> object:
    label = make.run(audit.run.job).labels.all()[0]
    return AuditItem.objects.create(audit=audit, label=label, ordinal=99)


def _again(**changes: Any) -> Change:
    def insert(audit: Audit) -> object:
        item = audit.items.get(ordinal=1)
        spare = ConsensusLabel.objects.filter(run=audit.run).exclude(pk__in=audit.items.values("label")).first()
        return AuditItem.objects.create(**({"audit": audit, "label": spare or item.label, "ordinal": 50} | changes))

    return insert


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("audit_number_once", _copy(number=1)),
        ("audit_one_live_per_run", _copy(state="planned", ended_at=None)),
        ("audit_state_known", _copy(state="paused")),
        ("audit_kind_known", _copy(kind="guess")),
        ("audit_limit_in_range", _copy(confidence=Decimal(1))),
        ("audit_limit_in_range", _copy(confidence=Decimal("0.4"))),
        ("audit_expects_less", _copy(expected_error=Decimal("0.2"))),
        ("audit_counts_in_range", _update(n_wrong=1)),
        ("audit_counts_in_range", _update(n_audited=1_000)),
        ("audit_counts_in_range", _copy(population=1)),
        ("audit_decided_certified", _update(state="passed", ended_at=timezone.now())),
        ("audit_decided_certified", _update(certificate={"holds": True})),
        ("audit_ended_has_time", _update(ended_at=timezone.now())),
        ("audit_ended_has_time", _update(state="cancelled")),
        ("quality_audit_stands", _update(seed=7)),
        ("quality_audit_stands", _update(max_error=Decimal("0.5"))),
        ("of another run", _item_of_another_run),
        ("audit_item_ordinal_once", _again(ordinal=1)),
        ("audit_item_ordinal_from_1", _again(ordinal=0)),
        ("audit_item_verdict_by_somebody", _update_item(verdict="right", decided_at=timezone.now())),
        ("audit_item_verdict_by_somebody", _update_item(note="no verdict")),
        ("quality_audititem_stands", _update_item(ordinal=77)),
        ("quality_audititem_stands", lambda audit: audit.items.filter(ordinal=1).delete()),
    ],
)
def test_the_database_refuses(constraint: str, change: Change) -> None:
    audit = fixed_audit()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        change(audit)


def test_the_database_refuses_a_label_twice_in_an_audit() -> None:
    audit = fixed_audit()
    label = audit.items.get(ordinal=1).label
    with pytest.raises(IntegrityError, match="audit_item_label_once"), transaction.atomic():
        AuditItem.objects.create(audit=audit, label=label, ordinal=99)


def test_the_database_refuses_an_unknown_verdict_or_one_without_time() -> None:
    audit, person = fixed_audit(), make.user()
    for verdict, at in (("perhaps", timezone.now()), ("right", None)):
        with pytest.raises(IntegrityError, match="audit_item_verdict_by_somebody"), transaction.atomic():
            audit.items.filter(ordinal=1).update(verdict=verdict, verdict_by=person, decided_at=at)


@pytest.mark.parametrize("changes", [{"verdict": "wrong"}, {"note": "after all"}, {"verdict_by": None}])
def test_the_database_lets_no_verdict_be_changed(changes: dict[str, Any]) -> None:
    audit = fixed_audit()
    _judged(audit)
    with pytest.raises(IntegrityError, match="quality_audititem_stands"), transaction.atomic():
        audit.items.filter(ordinal=1).update(**changes)


def test_the_database_lets_no_ended_audit_change_or_go() -> None:
    audit = fixed_audit(n_tasks=2)
    judge(audit, [RIGHT] * audit.n_items)
    for change in (_update(state="failed"), _update(n_wrong=1), lambda ended: ended.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(audit)
    audit.refresh_from_db()
    assert audit.state == "passed"

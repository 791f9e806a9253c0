"""Many people judging one audit."""

from functools import partial

import pytest

from marketplace.accounts.models import User
from quality.errors import AuditClosed, VerdictGiven
from quality.models import Audit, AuditPlanKind, AuditState, AuditVerdict
from quality.services import give_verdict
from tests import make
from tests.choreography.crowd import run_together

pytestmark = pytest.mark.django_db(transaction=True)

N_JUDGES = 4


def test_every_verdict_counts_once_and_one_of_them_decides() -> None:
    audit = make.audit(make.run(n_tasks=12), kind=AuditPlanKind.FIXED)
    taken: list[int] = []

    def judge_all(person: User) -> None:
        for item in audit.items.order_by("ordinal"):
            try:
                give_verdict(item.pk, verdict=AuditVerdict.RIGHT, note="", user_id=person.pk)
            except (VerdictGiven, AuditClosed):
                continue
            taken.append(item.ordinal)

    run_together([partial(judge_all, make.user()) for _ in range(N_JUDGES)])
    ended = Audit.objects.get(pk=audit.pk)
    assert sorted(taken) == list(range(1, audit.n_items + 1))
    assert (ended.state, ended.n_audited, ended.n_wrong) == (AuditState.PASSED, audit.n_items, 0)

"""The service as a role that owns nothing: its work goes on, and the books are beyond it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from labeling.models import LabelingJob
from marketplace.ledger.models import AccountKind
from marketplace.ledger.services import send_payouts
from marketplace.operations.core.ids import new_id
from marketplace.orders.models import Order
from marketplace.orders.services import publish_order
from marketplace.orders.services.reconcile import reconcile
from tests import invariants, make
from tests.ledger.purses import held, payout
from tests.orders import flow

pytestmark = pytest.mark.django_db

POWERS = "the role of this connection has no power over the books"


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def role() -> str:
    """Return a role as an operator creates it, which is gone with the test's transaction."""
    name = f"service_{new_id().hex}"
    _execute(f"CREATE ROLE {name}")
    _execute(f"GRANT {name} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")
    return name


@contextmanager
def _as(role: str) -> Iterator[None]:
    _execute(f"SET LOCAL ROLE {role}")
    yield
    _execute("RESET ROLE")


def test_the_service_works_from_deposit_to_payout_as_a_role_that_owns_nothing(role: str) -> None:
    call_command("grants", role)
    with _as(role):
        funded = make.funded_order(n_tasks=4, min_overlap=2, max_overlap=2)
        publish_order(funded.pk, requested_by_id=funded.created_by_id)
        flow.run_to_rest()
        flow.answer_all(LabelingJob.objects.get(pk=funded.job_id), n_workers=2)
        flow.run_to_rest()
        assert Order.objects.get(pk=funded.pk).state == "settled"
        asked = payout()
        send_payouts()
        assert held(AccountKind.WORKER, asked.worker_id) == 0
        connection.check_constraints()
        assert invariants.broken() == {}
        assert reconcile().agrees


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_account SET balance_micros = balance_micros + 1",
        "UPDATE ledger_entry SET amount_micros = amount_micros + 1",
        "DELETE FROM ledger_transfer",
        "DELETE FROM ledger_payout",
        "DELETE FROM orders_order",
        "UPDATE pricing_quote SET cap_micros = 1",
        "TRUNCATE orders_bonus CASCADE",
        "TRUNCATE accounts_apitoken CASCADE",
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
        "DROP TRIGGER ledger_guard_account ON ledger_account",
        "DROP TABLE ledger_entry CASCADE",
        "CREATE TABLE door (id bigint)",
        "CREATE OR REPLACE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER door BEFORE UPDATE ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_keep_balance()",
        "SET session_replication_role = replica",
        "SELECT setval(pg_get_serial_sequence('ledger_entry', 'id'), 1)",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', 'door', now())",
    ],
)
def test_as_that_role_the_books_are_beyond_reach(role: str, attack: str) -> None:
    call_command("grants", role)
    connection.check_constraints()
    with _as(role), pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        _execute(attack)


def test_reconciling_names_what_a_role_may_do_to_the_books_where_it_matters(role: str, settings: Settings) -> None:
    call_command("grants", role)
    settings.LOCAL = False
    with _as(role):
        assert reconcile().agrees
    owner = {check.name: check for check in reconcile().checks}[POWERS]
    assert any("owns ledger_entry" in said for said in owner.differences)
    _execute(f"GRANT TRUNCATE ON ledger_entry TO {role}")
    _execute(f"GRANT UPDATE ON ledger_account TO {role}")
    with _as(role):
        found = {check.name: check for check in reconcile().checks}[POWERS]
    assert found.differences == (
        f"role {role} may empty ledger_entry",
        f"role {role} may change or delete rows of ledger_account",
    )
    call_command("grants", role)  # takes what was too much
    with _as(role):
        assert reconcile().agrees


def test_who_owns_the_tables_or_is_nobody_is_not_made_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [(owner,)] = cursor.fetchall()
    with pytest.raises(CommandError, match="owns tables"):
        call_command("grants", owner)
    with pytest.raises(CommandError, match="There is no role"):
        call_command("grants", 'nobody"; DROP TABLE ledger_entry; --')


def test_the_grants_can_be_read_before_they_are_given(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grants", role, "--sql")
    told = capsys.readouterr().out
    assert told.startswith("BEGIN;\n")
    assert f"GRANT SELECT, INSERT ON public.ledger_entry TO {role};\n" in told
    assert f'GRANT SELECT, INSERT, UPDATE ("last_entry_id") ON public.ledger_account TO {role};\n' in told
    assert f"GRANT SELECT, INSERT, UPDATE ON public.ledger_payout TO {role};\n" in told
    assert "TRUNCATE" not in told

"""What is never changed: the database itself refuses, whatever the code above does."""

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.models import CloseReason
from labeling.services import close_job
from tests import make
from tests.orders import flow

TABLES = {
    "labeling_answer": "id",
    "labeling_answerpayload": "answer_id",
    "labeling_ontologyversion": "id",
    "labeling_guidelineversion": "id",
    "labeling_snapshotasset": "id",
    "quality_consensuslabel": "id",
    "pricing_quote": "id",
    "pricing_quoteoutcome": "quote_id",
    "ledger_transfer": "id",
    "ledger_entry": "id",
    "live_event": "id",
}


def _refused(table: str, statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 -- a name from above
        row = cursor.fetchone()
        assert row is not None
        assert row[0] > 0, f"{table} is empty, so that nothing was tried"
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except IntegrityError as error:
            return f"{table} is append-only" in str(error)
    return False


@pytest.mark.django_db
def test_rows_that_others_rely_on_can_be_neither_changed_nor_removed() -> None:
    job = make.published_job(n_tasks=2)
    flow.answer_all(job)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    flow.run_to_rest()
    connection.check_constraints()  # numbers the events, as a commit would
    changed = [name for name, key in TABLES.items() if not _refused(name, f"UPDATE {name} SET {key} = {key}")]  # noqa: S608 -- names from above
    removed = [name for name in TABLES if not _refused(name, f"DELETE FROM {name}")]  # noqa: S608 -- names from above
    assert (changed, removed) == ([], [])

"""Ingests that are cut off: what was done stays done, and the rest is done once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.models import Asset, Ingest
from labeling.services import run_ingest
from labeling.services.ingests import run
from labeling.services.ingests.keeping import keep_batch
from labeling.services.ingests.preparing import prepare
from marketplace.live.models import Delivery, Event
from marketplace.operations.errors import TryAgainLater
from marketplace.operations.models import Operation, OperationState
from marketplace.operations.services import cancel_operation
from marketplace.operations.services.running import MAX_STARTS
from tests import make
from tests.labeling.ingesting.archives import picture, tarred, zipped
from tests.orders import flow

pytestmark = pytest.mark.django_db

COLOURS = ("red", "green", "blue", "teal", "gold")
FILES = {f"{colour}.png": picture(colour) for colour in COLOURS} | {"broken.png": b"x", "black.png": picture("black")}
LINES = b"".join(b'{"external_id": "ref-%d"}\n' % n for n in range(9)) + b"{\n"


class Killed(BaseException):
    """The process ends here."""


def cut_off(ingest: Ingest, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Run an ingest whose process is killed within the batch after so many."""
    n_batches = 0

    def keep_then_die(*args: Any) -> None:
        nonlocal n_batches
        n_batches += 1
        keep_batch(*args)
        if n_batches > after:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(run, "keep_batch", keep_then_die)
        with pytest.raises(Killed):
            run_ingest(ingest.pk)


def let_lease_expire(ingest: Ingest) -> None:
    Operation.objects.filter(pk=ingest.operation_id).update(runner_until=timezone.now() - timedelta(seconds=1))


def ended(ingest_id: UUID) -> Ingest:
    return Ingest.objects.select_related("operation").get(pk=ingest_id)


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize(
    ("source", "content", "n_created"),
    [
        ("archive", zipped(FILES), 6),
        ("archive", tarred(FILES), 6),
        ("archive", tarred(FILES, mode="w:gz"), 6),
        ("manifest", LINES, 9),
    ],
)
def test_an_ingest_that_was_cut_off_goes_on(
    source: str, content: bytes, n_created: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH_FILES", 2)
    monkeypatch.setattr(run, "BATCH_ENTRIES", 3)
    ingest = make.ingest(source=source, content=content)
    cut_off(ingest, monkeypatch, after=after)
    kept = set(Asset.objects.values_list("pk", flat=True))
    assert len(kept) <= 3 * after
    with pytest.raises(TryAgainLater):  # the dead runner's lease still holds
        run_ingest(ingest.pk)
    let_lease_expire(ingest)
    run_ingest(ingest.pk)
    done = ended(ingest.pk)
    assert (done.operation.state, done.n_created, done.n_refused) == (OperationState.SUCCEEDED, n_created, 1)
    assert kept <= set(Asset.objects.values_list("pk", flat=True))
    ordinals = list(done.items.order_by("ordinal").values_list("ordinal", flat=True))
    assert len(ordinals) == len(set(ordinals)) == n_created + 1


def test_an_ingest_that_gets_on_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_ENTRIES", 1)
    ingest = make.ingest(content=LINES)
    for _ in range(MAX_STARTS + 2):
        cut_off(ingest, monkeypatch, after=1)
        let_lease_expire(ingest)
    run_ingest(ingest.pk)
    assert (ended(ingest.pk).operation.state, ended(ingest.pk).n_created) == (OperationState.SUCCEEDED, 9)


def test_an_ingest_that_never_gets_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ingest = make.ingest(content=LINES)
    for _ in range(MAX_STARTS):
        cut_off(ingest, monkeypatch, after=0)
        let_lease_expire(ingest)
    run_ingest(ingest.pk)
    operation = ended(ingest.pk).operation
    assert (operation.state, operation.error["code"]) == (OperationState.FAILED, "gave_up")
    assert not default_storage.exists(ingest.storage_key)


def test_an_ingest_that_is_done_is_not_done_again() -> None:
    ingest = make.ingested(source="archive", content=zipped(FILES))
    run_ingest(ingest.pk)
    assert Asset.objects.count() == 6


def test_an_ingest_that_was_cancelled_stops_and_keeps_what_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_FILES", 2)
    ingest = make.ingest(source="archive", content=zipped(FILES))
    n_prepared = 0

    def cancel_after_two(*args: Any) -> Any:
        nonlocal n_prepared
        n_prepared += 1
        if n_prepared == 3:
            cancel_operation(ingest.operation_id, now=timezone.now())
        return prepare(*args)

    monkeypatch.setattr(run, "prepare", cancel_after_two)
    run_ingest(ingest.pk)
    stopped = ended(ingest.pk)
    assert (stopped.operation.state, stopped.n_created) == (OperationState.CANCELLED, 4)


def test_the_relay_brings_the_assets_in() -> None:
    ingest = make.ingest(source="archive", content=zipped(FILES))
    assert Delivery.objects.get().consumer == "labeling.ingest"
    flow.run_to_rest()
    assert ended(ingest.pk).operation.state == OperationState.SUCCEEDED
    assert list(Event.objects.order_by("id").values_list("type", flat=True)) == ["ingest_requested", "ingest_ended"]

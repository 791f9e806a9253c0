"""The door to payout providers: who pays workers."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from marketplace.ledger.core.payout_files import Payment, payments_csv


class PayoutProvider(Protocol):
    """Pays workers; what became of it comes later, as answers by payout id (`settle_payouts`).

    A payment's `payout_id` is its idempotency key: the provider pays it once, however often it is handed over. A batch
    that was handed over halfway, when a process died, is handed over again, whole and with the same ids.
    """

    name: str

    def hand_over(self, batch_id: UUID, payments: Sequence[Payment]) -> str:
        """Give the payments of a batch to the provider and return the SHA-256 of what was given, in hex."""
        ...


class PayoutFiles:
    """Writes a file for each batch into storage, for staff to take to a bank or upload to a provider."""

    name = "file"

    def hand_over(self, batch_id: UUID, payments: Sequence[Payment]) -> str:
        """Write the file, whole or not at all, in place of one that an attempt before may have left."""
        data = payments_csv(payments)
        name = f"payouts/{batch_id}.csv"
        try:
            path = Path(default_storage.path(name))
        except NotImplementedError:  # an object store, which shows an object only when it is whole
            with suppress(FileNotFoundError):
                default_storage.delete(name)
            default_storage.save(name, ContentFile(data))
        else:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            draft = path.with_suffix(".part")
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        return hashlib.sha256(data).hexdigest()


def payout_provider() -> PayoutProvider:
    """Return the provider of this deployment: settings refuse to start with one that is not built."""
    return PayoutFiles()

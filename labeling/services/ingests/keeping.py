"""A batch of an ingest becomes assets and refusals, all in one transaction with the place reached."""

from collections.abc import Sequence

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from labeling.adapters.images import DecodedImage
from labeling.core.ingesting import Entry, Reference, Refused
from labeling.errors import DuplicateExternalId
from labeling.models import AssetKind, Ingest, IngestRefusal
from labeling.services.assets import Origin, keep_cloud, keep_image
from labeling.services.ingests.preparing import Prepared
from marketplace.accounts.core.ids import new_id
from marketplace.operations.errors import DomainError

_COLUMNS = (
    "id, dataset_id, kind, external_id, storage, storage_key, sha256, content_sha256, content_type, n_bytes, "
    "original_orientation, width, height, sequence, frame, ingest_id, ingest_ordinal, created_at"
)
_COPY = f"COPY {{table}} ({_COLUMNS}) FROM STDIN"
_TAKEN = "The dataset already has an asset of this name."
_MAX_DETAIL = 500
_NULL = r"\N"


def keep_batch(ingest: Ingest, entries: Sequence[Entry], prepared: Sequence[Prepared]) -> None:
    """Keep what was found and move the ingest's place behind it. The caller holds the transaction."""
    refused = [(entry.ordinal, entry.item) for entry in entries if isinstance(entry.item, Refused)]
    references = [(entry.ordinal, entry.item) for entry in entries if isinstance(entry.item, Reference)]
    refused += _copy(ingest, references)
    for each in prepared:
        refusal = _kept(ingest, each)
        if refusal is not None:
            refused.append((each.ordinal, Refused(each.external_id, refusal.code, refusal.detail)))
    IngestRefusal.objects.bulk_create(
        [
            IngestRefusal(
                ingest=ingest, ordinal=ordinal, name=item.name, code=item.code, detail=item.detail[:_MAX_DETAIL]
            )
            for ordinal, item in refused
        ]
    )
    ingest.n_created += len(entries) - len(refused)
    ingest.n_refused += len(refused)
    ingest.cursor = entries[-1].cursor
    ingest.save(update_fields=["n_created", "n_refused", "cursor"])


def _kept(ingest: Ingest, each: Prepared) -> DomainError | None:
    """Keep a file, or return why not."""
    if isinstance(each.result, DomainError):
        return each.result
    storage = ingest.storage if each.key else ""
    origin = Origin(
        ingest_id=ingest.pk,
        ordinal=each.ordinal,
        storage=storage,
        storage_key=each.key,
        sequence=each.sequence,
        frame=each.frame,
    )
    try:
        if isinstance(each.result, DecodedImage):
            keep_image(ingest.dataset, each.result, external_id=each.external_id, origin=origin)
        else:
            keep_cloud(ingest.dataset, each.result, external_id=each.external_id, origin=origin)
    except DuplicateExternalId as refusal:
        return refusal
    return None


def _copy(ingest: Ingest, references: Sequence[tuple[int, Reference]]) -> list[tuple[int, Refused]]:
    """Insert references by COPY, and return those whose names were taken."""
    if not references:
        return []
    rows = _rows(ingest, references)
    try:
        with transaction.atomic():
            _copy_into("labeling_asset", rows)
    except psycopg.errors.UniqueViolation:
        return _insert_new(references, rows)
    return []


def _copy_into(table: str, rows: str) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY.format(table=table)) as copy:
        copy.write(rows)


def _insert_new(references: Sequence[tuple[int, Reference]], rows: str) -> list[tuple[int, Refused]]:
    """Insert the references whose names are free, of several in the batch the first, and return the others."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE labeling_incoming (LIKE labeling_asset) ON COMMIT DROP")
        _copy_into("labeling_incoming", rows)
        cursor.execute(
            f"""INSERT INTO labeling_asset ({_COLUMNS})
                SELECT {_COLUMNS} FROM labeling_incoming ORDER BY ingest_ordinal
                ON CONFLICT (dataset_id, external_id) DO NOTHING RETURNING ingest_ordinal"""  # noqa: S608
        )
        made = {row[0] for row in cursor.fetchall()}
        cursor.execute("DROP TABLE labeling_incoming")
    return [
        (ordinal, Refused(reference.external_id, DuplicateExternalId.code, _TAKEN))
        for ordinal, reference in references
        if ordinal not in made
    ]


def _rows(ingest: Ingest, references: Sequence[tuple[int, Reference]]) -> str:
    """Return rows as COPY reads them; names are printable, and of them only the backslash means something there."""
    start = f"\t{ingest.dataset_id}\t{AssetKind.EXTERNAL.value}\t"
    end = f"\t{ingest.pk}\t"
    now = f"\t{timezone.now().isoformat()}\n"
    return "".join(
        [
            f"{new_id()}{start}{_escaped(name)}\t\t\t\t\t\t0\t1\t{width or _NULL}\t{height or _NULL}"
            f"\t{_escaped(sequence)}\t{_NULL if frame is None else frame}{end}{ordinal}{now}"
            for ordinal, (name, width, height, sequence, frame) in references
        ]
    )


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\") if "\\" in name else name

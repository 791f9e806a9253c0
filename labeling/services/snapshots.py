"""Snapshots: which assets are labeled, and which get the labels of another."""

from uuid import UUID

from django.db import connection
from django.db.models import Max

from labeling.errors import EmptyDataset
from labeling.models import Dataset, OmissionReason, Snapshot

# Of assets with the same labels the first that is there and not excluded is labeled.
_GROUPED = """
    SELECT id, excluded_at IS NOT NULL AS is_excluded,
           first_value(id) OVER (
               PARTITION BY coalesce(duplicate_of_id, id), excluded_at IS NOT NULL ORDER BY id
           ) AS first_id
    FROM labeling_asset WHERE dataset_id = %s AND tombstoned_at IS NULL
"""


def take_snapshot(dataset_id: UUID) -> Snapshot:
    """Freeze the present assets of the dataset, in the order in which they came. The caller holds the transaction.

    Copies and excluded assets are left out and remembered.

    Raises
    ------
    EmptyDataset
        There is nothing to label.
    """
    dataset = Dataset.objects.select_for_update(no_key=True).get(pk=dataset_id)
    last = dataset.snapshots.aggregate(last=Max("number"))["last"] or 0
    # Counted by the statement that inserts: an upload may come between two.
    snapshot = Snapshot.objects.create(dataset=dataset, number=last + 1, n_assets=0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH grouped AS ({_GROUPED}), members AS (
                    INSERT INTO labeling_snapshotasset (snapshot_id, asset_id, ordinal)
                    SELECT %s, id, row_number() OVER (ORDER BY id) FROM grouped
                    WHERE NOT is_excluded AND id = first_id ORDER BY id
                    RETURNING 1
                ), omissions AS (
                    INSERT INTO labeling_snapshotomission (snapshot_id, asset_id, reason, labeled_as_id)
                    SELECT %s, id, CASE WHEN is_excluded THEN %s ELSE %s END,
                           CASE WHEN is_excluded THEN NULL ELSE first_id END
                    FROM grouped WHERE is_excluded OR id <> first_id ORDER BY id
                    RETURNING reason
                )
                SELECT (SELECT count(*) FROM members),
                       count(*) FILTER (WHERE reason = %s), count(*) FILTER (WHERE reason = %s) FROM omissions""",  # noqa: S608
            [
                dataset_id,
                snapshot.pk,
                snapshot.pk,
                OmissionReason.EXCLUDED,
                OmissionReason.DUPLICATE,
                OmissionReason.DUPLICATE,
                OmissionReason.EXCLUDED,
            ],
        )
        snapshot.n_assets, snapshot.n_duplicates, snapshot.n_excluded = cursor.fetchone()
    if not snapshot.n_assets:
        raise EmptyDataset("The dataset has no assets to label.", field="dataset")
    snapshot.save(update_fields=["n_assets", "n_duplicates", "n_excluded"])
    return snapshot

"""A preview is exactly what is made, whatever the assets are and however they are split."""

from typing import Any

import numpy as np
import pytest

from labeling.models import Asset, AssetFeatures, LabelingJob, PreLabel
from labeling.services import Pace, materialise_tasks, preview_split
from tests import make

pytestmark = pytest.mark.django_db


def some_job(rng: np.random.Generator, split: dict[str, Any]) -> LabelingJob:
    """Return a draft on assets of any size, in clips and folders, some looked at, some with pre-labels."""
    photos = make.dataset()
    for number in rng.permutation(int(rng.integers(1, 40))):
        folder = f"clip-{rng.integers(3)}/" if rng.random() < 0.7 else ""
        make.asset(
            photos,
            external_id=f"{folder}{number}.jpg",
            width=int(rng.integers(1, 900)),
            height=int(rng.integers(1, 900)),
            sequence=f"s{rng.integers(2)}" if rng.random() < 0.3 else "",
        )
    classes = tuple(f"class-{number}" for number in range(int(rng.integers(1, 60))))
    job = make.job(
        photos=photos,
        classes=classes,
        annotation_type="bounding_box",
        units_per_asset=float(rng.uniform(0.5, 9.0)),
        split=split,
    )
    for asset in photos.assets.order_by("pk"):
        if rng.random() < 0.6:
            look_at(asset, n_regions=int(rng.choice([0, 3, 50, 400])))
        for source in range(int(rng.integers(0, 3))):
            prelabel(job, asset, source=f"model-{source}", n=int(rng.integers(0, 60)), of_job=rng.random() < 0.4)
    return job


def look_at(asset: Asset, *, n_regions: int) -> None:
    """Keep how an image looks: all alike but for its regions."""
    numbers = {field.attname: 0 for field in AssetFeatures._meta.concrete_fields if field.attname != "asset_id"}
    AssetFeatures.objects.create(
        **numbers | {"asset": asset, "dataset_id": asset.dataset_id, "thumbnail_key": "", "n_regions": n_regions}
    )


def prelabel(job: LabelingJob, asset: Asset, *, source: str, n: int, of_job: bool) -> None:
    """Say that so many boxes are in an asset."""
    boxes = [{"id": str(each), "class": "class-0", "box": [0, 0, 1, 1]} for each in range(n)]
    PreLabel.objects.create(
        project=job.project,
        job=job if of_job else None,
        asset=asset,
        ontology=job.ontology,
        annotation_type=job.annotation_type,
        schema_version=1,
        source=source,
        annotations=boxes,
        n_annotations=n,
    )


def splits(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return each strategy with some parameters."""
    return [
        {"strategy": "one_asset_per_task"},
        {"strategy": "balanced_batches", "batch_effort_s": float(rng.choice([10.0, 60.0, 600.0]))},
        {"strategy": "tiles", "tile_px": int(rng.integers(64, 1_000)), "margin_px": 10},
        {"strategy": "frame_windows", "window": int(rng.integers(2, 8))},
        {"strategy": "class_groups", "max_classes": int(rng.integers(2, 40))},
        {"strategy": "verify_prelabels"},
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("place", range(6), ids=[split["strategy"] for split in splits(np.random.default_rng(0))])
def test_a_preview_of_any_assets_is_what_is_made(seed: int, place: int) -> None:
    rng = np.random.default_rng([seed, place])
    job = some_job(rng, splits(rng)[place])
    pace = Pace(per_asset_s=float(rng.uniform(1.0, 20.0)), per_unit_s=float(rng.uniform(0.0, 9.0)))
    preview = preview_split(job, pace=pace)
    list(materialise_tasks(job.pk, pace=pace))
    made = list(job.tasks.values_list("asset", "batch", "prelabel"))
    assert preview.n_assets == len({asset for asset, _, _ in made})
    assert preview.n_tasks == len(made)
    assert preview.n_batches == len({batch for _, batch, _ in made} - {None})
    assert preview.n_aided == sum(shown is not None for _, _, shown in made)


def test_a_preview_takes_no_more_statements_for_more_assets(django_assert_max_num_queries: Any) -> None:
    for split in splits(np.random.default_rng(0)):
        job = make.job(n_tasks=30, annotation_type="bounding_box", split=split)
        with django_assert_max_num_queries(4):
            preview_split(job, pace=make.PACE)

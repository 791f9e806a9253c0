"""Cleaning: what is flagged, what copies share, and what the requester chooses."""

import io
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from labeling.core.cleaning import FlawKind
from labeling.errors import EmptyDataset, NotMergeable
from labeling.models import Asset, AssetFlaw, Dataset, FlawDecision, Snapshot, SnapshotOmission
from labeling.services import add_image, compare_images, decide_flaws, set_thresholds
from labeling.services.snapshots import take_snapshot
from tests import make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def scene(seed: int = 1, *, width: int = 320, height: int = 240) -> Image.Image:
    """Return a picture of shapes, sharp and neither dark nor bright."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(90, 170, (height, width, 3), dtype=np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        draw.rectangle(
            (x, y, x + int(rng.integers(9, 90)), y + int(rng.integers(9, 90))), tuple(rng.integers(0, 256, 3))
        )
    return image


def coded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def add(photos: Dataset, name: str, image: Image.Image | bytes, kind: str = "PNG", **options: Any) -> Asset:
    data = image if isinstance(image, bytes) else coded(image, kind, **options)
    return add_image(photos.pk, content=data, external_id=name)


def flaws(photos: Dataset) -> dict[str, set[str]]:
    """Return the kinds of flaws by the name of the asset."""
    compare_images(photos.pk)
    found: dict[str, set[str]] = {}
    for flaw in photos.flaws.select_related("asset"):
        found.setdefault(flaw.asset.external_id, set()).add(flaw.kind)
    return found


def decide(photos: Dataset, decision: FlawDecision, **which: Any) -> int:
    return decide_flaws(photos.pk, decision=decision, user_id=photos.created_by_id, now=timezone.now(), **which)


def test_each_image_is_measured_and_has_a_thumbnail() -> None:
    asset = add(make.dataset(), "a", scene(width=1600, height=1200))
    features = asset.features
    assert features.megapixels == pytest.approx(1.92)
    assert 0 < features.edge_density < 1
    assert 0 < features.entropy < 1
    assert features.jpeg_bits_per_pixel > 0
    assert features.jpeg_rms_error > 0
    with default_storage.open(features.thumbnail_key) as file:
        assert Image.open(file).size == (512, 384)


def test_what_is_wrong_with_an_image_is_flagged_with_its_score() -> None:
    photos = make.dataset()
    add(photos, "good", scene(1))
    add(photos, "blurred", scene(2).filter(ImageFilter.GaussianBlur(9)))
    add(photos, "dark", ImageEnhance.Brightness(scene(3)).enhance(0.2))
    white = scene(4)
    white.paste("white", (0, 0, 320, 120))
    add(photos, "overexposed", white)
    add(photos, "tiny", scene(5, width=60, height=63))
    add(photos, "odd_size", scene(6, width=900, height=100))
    assert flaws(photos) == {name: {name} for name in ("blurred", "dark", "overexposed", "tiny", "odd_size")}
    assert photos.flaws.get(kind="tiny").score == 60
    assert photos.flaws.get(kind="odd_size").score == 9
    assert photos.flaws.get(kind="dark").score < 0.2


def test_thresholds_of_a_dataset_flag_anew_and_leave_what_was_decided() -> None:
    photos = make.dataset()
    add(photos, "small", scene(1, width=100, height=100))
    add(photos, "tiny", scene(2, width=50, height=50))
    add(photos, "tinier", scene(3, width=40, height=40))
    decide(photos, FlawDecision.KEPT, flaw_ids=[photos.flaws.get(asset__external_id="tinier").pk])
    set_thresholds(photos.pk, {"tiny": 101})
    assert set(flaws(photos)) == {"small", "tiny", "tinier"}
    set_thresholds(photos.pk, {"tiny": 0})
    assert set(flaws(photos)) == {"tinier"}
    assert photos.flaws.get().decision == FlawDecision.KEPT
    add(photos, "another", scene(4, width=50, height=50))
    assert set(flaws(photos)) == {"tinier"}


def test_near_and_mirrored_copies_are_found_and_others_are_not() -> None:
    photos = make.dataset()
    first = scene(1)
    add(photos, "first", first)
    add(photos, "recoded", first, "JPEG", quality=50)
    add(photos, "smaller", first.resize((200, 150)))
    add(photos, "brighter", ImageEnhance.Brightness(first).enhance(1.1))
    add(photos, "mirrored", ImageOps.mirror(first))
    for seed in range(2, 8):
        add(photos, f"other-{seed}", scene(seed))
    near = {name: kinds for name, kinds in flaws(photos).items() if kinds & {"near_duplicate", "mirrored_duplicate"}}
    assert near == {
        "recoded": {"near_duplicate"},
        "smaller": {"near_duplicate"},
        "brighter": {"near_duplicate"},
        "mirrored": {"mirrored_duplicate"},
    }
    assert {flaw.other.external_id for flaw in photos.flaws.filter(kind="near_duplicate") if flaw.other} == {"first"}


def test_flat_pictures_are_no_copies_of_each_other() -> None:
    photos = make.dataset()
    for colour in ("red", "blue"):
        add(photos, colour, Image.new("RGB", (200, 200), colour))
    assert not any("near_duplicate" in kinds for kinds in flaws(photos).values())


def test_datasets_are_compared_each_for_itself() -> None:
    one, other = make.dataset(), make.dataset()
    add(one, "a", scene(1))
    copy = add(other, "a", scene(1))
    assert copy.duplicate_of is None
    assert flaws(other) == {}


def test_a_narrower_threshold_drops_copies_and_a_wider_one_is_looked_for_anew() -> None:
    photos = make.dataset()
    add(photos, "first", scene(1))
    add(photos, "edited", _edited(scene(1)), "JPEG")
    assert flaws(photos)["edited"] == {"near_duplicate"}
    score = photos.flaws.get(kind="near_duplicate").score
    assert score > 0
    set_thresholds(photos.pk, {"near_duplicate": score - 1})
    assert flaws(photos) == {}
    set_thresholds(photos.pk, {"near_duplicate": score})
    flow.deliver_due()
    assert photos.flaws.get().kind == "near_duplicate"


def _edited(image: Image.Image) -> Image.Image:
    ImageDraw.Draw(image).rectangle((0, 0, 110, 60), "white")
    return image


def test_an_exact_copy_is_labeled_as_the_first_whatever_its_metadata() -> None:
    photos = make.dataset()
    exif = Image.Exif()
    exif[0x010E] = "holiday"
    plain, described = coded(scene(1), "JPEG"), coded(scene(1), "JPEG", exif=exif.tobytes())
    assert plain != described
    first = add(photos, "first", plain)
    copies = [add(photos, "again", plain), add(photos, "described", described)]
    assert [copy.duplicate_of_id for copy in copies] == [first.pk] * 2
    assert first.duplicate_of_id is None
    kinds = {flaw.asset.external_id: (flaw.kind, flaw.decision) for flaw in photos.flaws.select_related("asset")}
    assert kinds == dict.fromkeys(("again", "described"), ("exact_duplicate", "merged"))


def names(snapshot: Snapshot) -> list[str]:
    return [member.asset.external_id for member in snapshot.members.select_related("asset").order_by("ordinal")]


def omitted(snapshot: Snapshot) -> dict[str, tuple[str, str | None]]:
    return {
        omission.asset.external_id: (omission.reason, omission.labeled_as.external_id if omission.labeled_as else None)
        for omission in snapshot.omissions.select_related("asset", "labeled_as")
    }


def test_a_snapshot_leaves_out_copies_and_excluded_assets_and_remembers_them() -> None:
    photos = make.dataset()
    add(photos, "first", scene(1))
    add(photos, "copy", scene(1))
    add(photos, "dark", ImageEnhance.Brightness(scene(3)).enhance(0.1))
    add(photos, "other", scene(4))
    decide(photos, FlawDecision.EXCLUDED, kind=FlawKind.DARK)
    snapshot = take_snapshot(photos.pk)
    assert names(snapshot) == ["first", "other"]
    assert omitted(snapshot) == {"copy": ("duplicate", "first"), "dark": ("excluded", None)}
    assert (snapshot.n_assets, snapshot.n_duplicates, snapshot.n_excluded) == (2, 1, 1)


def test_choices_can_be_taken_back_and_older_snapshots_stay() -> None:
    photos = make.dataset()
    add(photos, "first", scene(1))
    add(photos, "copy", scene(1))
    before = take_snapshot(photos.pk)
    decide(photos, FlawDecision.KEPT, kind=FlawKind.EXACT_DUPLICATE)
    assert names(take_snapshot(photos.pk)) == ["first", "copy"]
    decide(photos, FlawDecision.EXCLUDED, kind=FlawKind.EXACT_DUPLICATE)
    assert omitted(take_snapshot(photos.pk)) == {"copy": ("excluded", None)}
    decide(photos, FlawDecision.MERGED, kind=FlawKind.EXACT_DUPLICATE)
    assert omitted(take_snapshot(photos.pk)) == {"copy": ("duplicate", "first")}
    assert names(before) == ["first"]


def test_where_the_first_is_left_out_the_next_of_its_group_is_labeled() -> None:
    photos = make.dataset()
    dark = ImageEnhance.Brightness(scene(1)).enhance(0.1)
    first = add(photos, "first", dark)
    for name in ("second", "third"):
        add(photos, name, dark)
    decide(photos, FlawDecision.EXCLUDED, flaw_ids=[first.flaws.get(kind="dark").pk])
    assert omitted(take_snapshot(photos.pk)) == {"first": ("excluded", None), "third": ("duplicate", "second")}
    Asset.objects.filter(pk=first.pk).update(tombstoned_at=timezone.now(), excluded_at=None)
    assert omitted(take_snapshot(photos.pk)) == {"third": ("duplicate", "second")}


def test_a_near_copy_is_merged_by_choice_and_copies_of_copies_become_copies_of_the_first() -> None:
    photos = make.dataset()
    first = add(photos, "first", scene(1))
    recoded = coded(scene(1), "JPEG", quality=60)
    near = add(photos, "near", recoded)
    again = add(photos, "again", recoded)
    compare_images(photos.pk)
    assert again.duplicate_of_id == near.pk
    assert decide(photos, FlawDecision.MERGED, kind=FlawKind.NEAR_DUPLICATE) == 1
    for copy in (near, again):
        copy.refresh_from_db()
        assert copy.duplicate_of_id == first.pk
    assert names(take_snapshot(photos.pk)) == ["first"]


def test_what_is_mirrored_or_of_another_size_or_no_copy_gets_no_labels_of_another() -> None:
    photos = make.dataset()
    add(photos, "first", scene(1))
    add(photos, "mirrored", ImageOps.mirror(scene(1)))
    add(photos, "smaller", scene(1).resize((160, 120)))
    add(photos, "tiny", scene(3, width=50, height=50))
    compare_images(photos.pk)
    for kind in (FlawKind.MIRRORED_DUPLICATE, FlawKind.NEAR_DUPLICATE, FlawKind.TINY):
        with pytest.raises(NotMergeable):
            decide(photos, FlawDecision.MERGED, kind=kind)
    assert set(AssetFlaw.objects.values_list("decision", flat=True)) == {"open"}


def test_a_dataset_of_nothing_but_excluded_assets_makes_no_job() -> None:
    photos = make.dataset()
    add(photos, "tiny", scene(1, width=50, height=50))
    decide(photos, FlawDecision.EXCLUDED, kind=FlawKind.TINY)
    with pytest.raises(EmptyDataset):
        make.job(photos=photos)


def test_copies_are_labeled_once_and_paid_once() -> None:
    photos = make.dataset()
    for n in range(3):
        add(photos, f"copy-{n}", scene(1))
    add(photos, "other", scene(2))
    alone = make.dataset(photos.organization)
    for seed in (1, 2):
        add(alone, f"only-{seed}", scene(seed))
    order, order_alone = (make.funded_order(make.job(photos=each)) for each in (photos, alone))
    assert order.quote is not None
    assert order_alone.quote is not None
    assert order.job.snapshot.n_assets == 2
    assert order.quote.cap_micros == order_alone.quote.cap_micros
    opened = make.published_job(make.job(photos=photos))
    assert opened.n_tasks == 2
    assert SnapshotOmission.objects.filter(snapshot=opened.snapshot).count() == 2

"""What is said of an asset elsewhere, in canonical form; and how a refusal of it is kept."""

from dataclasses import replace
from typing import Any

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.imports import ImportedAsset, ItemRefused, Size, Taken, Wanted, take
from labeling.models import Asset

MAX_NAME, _MAX_DETAIL = 300, 500


def canonical(item: ImportedAsset, asset: Asset, wanted: Wanted) -> Taken:
    """Return what an item says of an asset, as it is stored.

    Raises
    ------
    ItemRefused
        It cannot be read, or speaks of an image of another size.
    Refusal
        It breaks the rules of its annotation type or of the ontology.
    """
    own = None if asset.width is None or asset.height is None else Size(asset.width, asset.height)
    if own and item.size and own != item.size:
        told = f"{item.size.width} x {item.size.height}"
        raise ItemRefused("other_size", f"The file says {told} pixels, and the asset has {own.width} x {own.height}.")
    size = own or item.size
    subject = asset.subject(wanted.ontology)
    if size is not None:
        subject = replace(subject, width=size.width, height=size.height)
    found = take(item, wanted, size)
    return replace(found, annotations=ANNOTATION_TYPES[wanted.annotation_type].parse(found.annotations, subject))


def problem_of(*, code: str | None, detail: str | None, field: str | None) -> dict[str, Any]:
    """Return a refusal as it is kept beside its item."""
    shown = None if field is None else shown_text(field, MAX_NAME)
    return {"code": code, "detail": shown_text(detail or "", _MAX_DETAIL), "field": shown}


def shown_text(text: str, length: int) -> str:
    """Return a text that the database can hold and a page can show."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:length])

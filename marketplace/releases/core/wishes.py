"""What a requester wants of a release, beside its formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from marketplace.releases.core.splitting import Split


class What(StrEnum):
    """Which labels are taken home."""

    FINAL = "final"
    RAW = "raw"
    BOTH = "both"


@dataclass(frozen=True)
class Wishes:
    """What is taken home and how.

    Attributes
    ----------
    class_remap : new names of classes; None drops a class.
    licence : name and url.
    options : of formats, such as `voc_one_based`.
    augmentation : a recipe for whoever trains, carried as it is; nothing here changes pixels.
    """

    what: What = What.BOTH
    class_remap: Mapping[str, str | None] = field(default_factory=dict)
    split: Split | None = None
    licence: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, bool] = field(default_factory=dict)
    augmentation: Mapping[str, Any] | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return what `from_plain` takes."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Wishes:
        """Return wishes that were kept as JSON; what is not told is as it is by default."""
        told = dict(plain)
        if told.get("what"):
            told["what"] = What(told["what"])
        if told.get("split"):
            told["split"] = Split(**told["split"])
        return cls(**told)

"""Reading what a model says of a batch of assets into canonical form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations import Refusal
from labeling.core.imports import ItemRefused, RefusedItem, UnreadableFile, Wanted
from labeling.core.predictions import read_prediction, read_predictions
from labeling.models import Asset
from labeling.services.imports.canonical import canonical


@dataclass(frozen=True)
class Spoken:
    """What a model said of an asset: annotations in canonical form, or why there are none."""

    asset: Asset
    annotations: list[dict[str, Any]]
    version: str = ""
    score: float | None = None
    n_left_out: int = 0
    refusal: ItemRefused | None = None


class BatchReader:
    """Reads an answer entry by entry, in the order of the assets that were asked about."""

    def __init__(self, assets: Sequence[Asset], wanted: Wanted, version: str, *, beat: Callable[[], None]) -> None:
        self._assets = assets
        self._wanted = wanted
        self._version = version
        self._beat = beat

    def read(self, answer: bytes) -> list[Spoken]:
        """Return what was said of each asset.

        Raises
        ------
        UnreadableFile
            The answer does not say which entry is about which asset: there are more of them, or fewer.
        """
        spoken: list[Spoken] = []
        for entry in read_predictions(answer):
            if len(spoken) == len(self._assets):
                raise UnreadableFile(f"The model was asked about {len(self._assets)} images and answered about more.")
            spoken.append(self._read_entry(self._assets[len(spoken)], entry))
            self._beat()
        if len(spoken) < len(self._assets):
            raise UnreadableFile(
                f"The model was asked about {len(self._assets)} images and answered about {len(spoken)}."
            )
        return spoken

    def _read_entry(self, asset: Asset, entry: Any) -> Spoken:
        try:
            return self._said(asset, entry)
        except ItemRefused as refusal:
            return Spoken(asset, [], refusal=refusal)
        except Refusal as refusal:
            return Spoken(asset, [], refusal=ItemRefused("invalid_annotation", refusal.detail, field=refusal.field))

    def _said(self, asset: Asset, entry: Any) -> Spoken:
        wanted = self._wanted
        predicted = read_prediction(
            entry, name=asset.external_id, annotation_type=wanted.annotation_type, version=self._version
        )
        if isinstance(predicted.item, RefusedItem):
            raise predicted.item.refusal
        found = canonical(predicted.item, asset, wanted)
        score = found.score if predicted.score is None else predicted.score
        return Spoken(asset, found.annotations, predicted.version, score, found.n_left_out)

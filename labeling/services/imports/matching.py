"""Which asset a file means by a name: the one so called, else the only one whose file is so called."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from uuid import UUID

import numpy as np

from labeling.core.imports import ImportedAsset, ItemRefused
from labeling.core.imports.keys import goes_with, key_of
from labeling.models import AnnotationImport, Asset
from labeling.models.datasets import AssetQuerySet

# An asset's own name is no longer: what is longer is not looked for.
MAX_EXTERNAL_ID = 200
_PAGE = 5_000
# More assets whose files are called alike are not told apart.
_MAX_ALIKE = 20


class AssetFinder:
    """Finds the assets of an import's job, or of its dataset."""

    def __init__(self, annotation_import: AnnotationImport) -> None:
        self._within: AssetQuerySet = Asset.objects.filter(dataset=annotation_import.dataset_id).present()
        if annotation_import.job is not None:
            members = annotation_import.job.snapshot.members
            self._within = self._within.filter(pk__in=members.values("asset"))

    def find(self, items: Sequence[ImportedAsset]) -> list[Asset | ItemRefused]:
        """Return the asset of each item, or why there is none."""
        names = {name for item in items if not item.by_stem for name in _askable(item)}
        exact = {asset.external_id: asset for asset in self._within.filter(external_id__in=names)}
        found: dict[int, Asset | ItemRefused] = {}
        for index, item in enumerate(items):
            asset = next((exact[name] for name in item.names if name in exact and not item.by_stem), None)
            if asset is not None:
                found[index] = asset
        rest = {index: item for index, item in enumerate(items) if index not in found}
        if rest:
            found |= dict(zip(rest, self._by_last_part(list(rest.values())), strict=True))
        return [found[index] for index in range(len(items))]

    def _by_last_part(self, items: Sequence[ImportedAsset]) -> list[Asset | ItemRefused]:
        alike = [self._last_parts.ids_of(item) for item in items]
        wanted = {asset_id for ids in alike for asset_id in ids[: _MAX_ALIKE + 1]}
        assets = self._within.in_bulk(wanted)
        return [
            _only_one(item, [assets[asset_id] for asset_id in ids if asset_id in assets], n_alike=len(ids))
            for item, ids in zip(items, alike, strict=True)
        ]

    @cached_property
    def _last_parts(self) -> "_LastParts":
        return _LastParts(self._within.order_by("pk").values_list("pk", "external_id").iterator(chunk_size=_PAGE))


class _LastParts:
    """The last parts of all names, as keys of 8 bytes: an index of a million assets takes 40 MB for its time."""

    def __init__(self, assets: Iterable[tuple[UUID, str]]) -> None:
        names, stems, ids = array("Q"), array("Q"), bytearray()
        for asset_id, external_id in assets:
            names.append(key_of(external_id, by_stem=False))
            stems.append(key_of(external_id, by_stem=True))
            ids += asset_id.bytes
        self._ids = bytes(ids)
        self._keys = {False: np.frombuffer(names, dtype=np.uint64), True: np.frombuffer(stems, dtype=np.uint64)}
        self._order = {by_stem: np.argsort(keys, kind="stable") for by_stem, keys in self._keys.items()}

    def ids_of(self, item: ImportedAsset) -> list[UUID]:
        """Return the assets whose last part is that of one of the item's names."""
        keys, order = self._keys[item.by_stem], self._order[item.by_stem]
        found: defaultdict[UUID, None] = defaultdict(None)
        for name in item.names:
            # A name without its suffix is looked up as it is: a dot in it begins none.
            key = np.uint64(key_of(f"{name}.txt" if item.by_stem else name, by_stem=item.by_stem))
            first = np.searchsorted(keys, key, side="left", sorter=order)
            after = np.searchsorted(keys, key, side="right", sorter=order)
            for place in order[first : min(after, first + _MAX_ALIKE + 1)].tolist():
                found[UUID(bytes=self._ids[16 * place : 16 * place + 16])] = None
        return list(found)


def _only_one(item: ImportedAsset, assets: Sequence[Asset], *, n_alike: int) -> Asset | ItemRefused:
    if len(assets) == 1:
        return assets[0]
    nearer = [
        asset
        for asset in assets
        if any(goes_with(name, asset.external_id, by_stem=item.by_stem) for name in item.names)
    ]
    if len(nearer) == 1 and n_alike <= _MAX_ALIKE:
        return nearer[0]
    if not assets:
        return ItemRefused("no_such_asset", "There is no asset of this name.", field="name")
    return ItemRefused("ambiguous_name", "Several assets have files of this name.", field="name")


def _askable(item: ImportedAsset) -> list[str]:
    return [name for name in item.names if len(name) <= MAX_EXTERNAL_ID and name.isprintable()]

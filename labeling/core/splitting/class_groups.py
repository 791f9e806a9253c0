"""Some classes at a time, where an ontology has more than a person keeps in mind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.ontology import LabelClass, Ontology
from labeling.core.annotations.refusals import read_object, read_whole_number
from labeling.core.splitting.base import (
    Alike,
    AssetFacts,
    Planned,
    Strategy,
    Tally,
    Whole,
    refuse_types,
    require_few,
)
from labeling.core.splitting.scopes import class_scope

# "Which one is it" has no answer in a group that lacks the right class, and "every pixel" none either.
GROUPED_TYPES = frozenset(
    {
        "multi_label_classification",
        "bounding_box",
        "rotated_box",
        "polygon",
        "polyline",
        "keypoints",
        "point",
        "ellipse",
        "cuboid_2d",
        "cuboid_3d",
        "instance_segmentation",
    }
)


@dataclass(frozen=True)
class ClassGroups(Strategy):
    """A task for each asset and group of classes; sub-classes stay with their parents as far as a group has room.

    Attributes
    ----------
    max_classes : in a group; an ontology of no more is not split.
    """

    name = "class_groups"
    makes_parts = True

    max_classes: int = 20

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "ClassGroups":
        """Return the strategy with these parameters."""
        read_object(given, "", optional=frozenset({"max_classes"}))
        return cls(read_whole_number(given.get("max_classes", cls.max_classes), "max_classes", least=2, most=200))

    def check(self, annotation_type: str, ontology: Ontology) -> None:
        """Refuse questions that cannot be asked of some classes alone."""
        why = "its answer chooses among all classes; use multi_label_classification, or one_asset_per_task."
        refuse_types(self.name, annotation_type, taken=GROUPED_TYPES, why=why)

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each asset and group, asset by asset."""
        groups = groups_of(whole.ontology, most=self.max_classes)
        n_groups = len(groups)
        scopes = [class_scope(place, n_groups, group) for place, group in enumerate(groups, start=1)]
        for asset in assets:
            for scope in scopes if n_groups > 1 else (None,):
                yield Planned(asset.asset_id, scope)

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return the count."""
        return Tally(require_few(whole.n_assets * len(groups_of(whole.ontology, most=self.max_classes))))


def groups_of(ontology: Ontology, *, most: int) -> list[list[str]]:
    """Return the classes in groups of at most so many, each once.

    Parameters
    ----------
    ontology : its order is kept, but that descendants follow their ancestors.
    """
    children: dict[str | None, list[LabelClass]] = {}
    for label in ontology.classes:
        children.setdefault(label.parent, []).append(label)
    groups: list[list[str]] = [[]]
    for block in _blocks(children, most=most):
        if len(groups[-1]) + len(block) > most:
            groups.append([])
        groups[-1].extend(block)
    return [group for group in groups if group]


def _blocks(children: Mapping[str | None, Sequence[LabelClass]], *, most: int) -> list[list[str]]:
    """Return what should stay together: whole families, and of larger ones the branches, the root with the first.

    Without recursion: a lineage may be as long as the ontology.
    """
    order: list[str] = []
    waiting = [label.name for label in reversed(children.get(None, ()))]
    while waiting:
        name = waiting.pop()
        order.append(name)
        waiting.extend(label.name for label in reversed(children.get(name, ())))
    size = dict.fromkeys(order, 1)
    parents = {label.name: parent for parent, labels in children.items() for label in labels}
    for name in reversed(order):
        parent = parents[name]
        if parent is not None:
            size[parent] += size[name]
    blocks: list[list[str]] = []
    for name in order:
        parent = parents[name]
        in_block = parent is not None and size[parent] <= most
        joins_root = parent is not None and not in_block and blocks and blocks[-1] == [parent] and size[name] < most
        if in_block or joins_root:
            blocks[-1].append(name)
        else:
            blocks.append([name])
    return blocks

"""Other names for classes on the way out: renamed, merged, dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from labeling.core.formats.base import Checked, LabeledTask, RawAnswer
from labeling.core.formats.classes import STUFF, VOID, LabelClass
from labeling.core.formats.masks import mask_of, pixels_of

Names = Mapping[str, str | None]
Annotations = list[dict[str, Any]]


class RemapConflict(ValueError):
    """A remap cannot be carried out.

    Attributes
    ----------
    name : the class at fault.
    """

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


def remapped_classes(classes: Sequence[LabelClass], names: Names) -> tuple[LabelClass, ...]:
    """Return the classes under their new names, those of one name merged, in the order of their first.

    Raises
    ------
    RemapConflict
        A class is not there, a new name is one that is itself given away, nothing is left, or classes that become one
        differ in kind, skeleton or an attribute.
    """
    known = {label.name: label for label in classes}
    for name, target in names.items():
        if name not in known:
            raise RemapConflict(name, "There is no such class.")
        if target is not None and target != name and names.get(target, target) != target:
            raise RemapConflict(name, f"{target} is itself renamed or dropped.")
    merged: dict[str, LabelClass] = {}
    for label in classes:
        target = names.get(label.name, label.name)
        if target is not None:
            renamed = replace(label, name=target, parent=names.get(label.parent, label.parent) or "")
            merged[target] = _merged(merged[target], renamed) if target in merged else renamed
    if not merged:
        raise RemapConflict(classes[0].name, "No class is left.")
    # What keeps its name says of it what is to be said.
    return tuple(
        replace(label, color=known[name].color or label.color) if name in known else label
        for name, label in merged.items()
    )


def _merged(first: LabelClass, second: LabelClass) -> LabelClass:
    if first.kind != second.kind or first.skeleton != second.skeleton:
        raise RemapConflict(first.name, "Classes that become one are of one kind and have one skeleton.")
    attributes = {attribute.name: attribute for attribute in first.attributes}
    for attribute in second.attributes:
        if attributes.setdefault(attribute.name, attribute) != attribute:
            raise RemapConflict(first.name, f"Classes that become one differ in the attribute {attribute.name}.")
    return replace(first, attributes=tuple(attributes.values()))


@dataclass(frozen=True)
class Remap:
    """Renames what tasks came to.

    Attributes
    ----------
    names : new names; None drops a class; classes that are not named stay.
    merged : classes, by their new names, of which a task has one mask at most.
    """

    names: Names
    merged: frozenset[str]

    @classmethod
    def of(cls, names: Names, classes: Sequence[LabelClass], annotation_type: str) -> Remap:
        """Return the remap for a job; `classes` are those that are left."""
        if annotation_type == "semantic_segmentation":
            return cls(names, frozenset(label.name for label in classes))
        if annotation_type == "panoptic_segmentation":
            return cls(names, frozenset(label.name for label in classes if label.kind in {STUFF, VOID}))
        return cls(names, frozenset())

    def task(self, task: LabeledTask) -> LabeledTask:
        """Return the task with the new names in its label, its answers and its checks."""
        return task._replace(
            value=None if task.value is None else self._value(task.value),
            answers=[self._answer(answer) for answer in task.answers],
            checks=[self._check(check) for check in task.checks],
        )

    def _value(self, value: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(value)
        if "objects" in value:
            changed["objects"] = self._annotations(value["objects"])
            changed["doubted"] = self._annotations(value.get("doubted", ()))
        elif "classes" in value:
            named = (self.names.get(name, name) for name in value["classes"])
            changed["classes"] = list(dict.fromkeys(name for name in named if name is not None))
            # Of classes that each may hold for itself the surest says that one of them does, at least.
            changed["posterior"] = self._beliefs(value.get("posterior", {}), max)
        else:
            changed["class"] = self._name(value.get("class"))
            changed["posterior"] = self._beliefs(value.get("posterior", {}), sum)
        return changed

    def _name(self, name: str | None) -> str | None:
        return None if name is None else self.names.get(name, name)

    def _beliefs(self, posterior: Mapping[str, float], joined: Callable[[Iterable[float]], float]) -> dict[str, float]:
        shares: defaultdict[str, list[float]] = defaultdict(list)
        for name, share in posterior.items():
            target = self.names.get(name, name)
            if target is not None:
                shares[target].append(share)
        return {name: joined(given) for name, given in shares.items()}

    def _annotations(self, given: Iterable[Mapping[str, Any]]) -> Annotations:
        # A tied class stays tied; only what was dropped is left out.
        kept = [
            {**thing, "class": self._name(thing["class"])}
            for thing in given
            if thing["class"] is None or self._name(thing["class"]) is not None
        ]
        kept = self._joined(kept)
        ids = {thing.get("id") for thing in kept}
        for thing in kept:
            if "relations" in thing:
                thing["relations"] = [relation for relation in thing["relations"] if relation["to"] in ids]
        return kept

    def _joined(self, things: Annotations) -> Annotations:
        """Return the annotations with the masks of each class that has one at most as one."""
        whole: dict[str, Annotations] = {}
        for thing in things:
            if thing["class"] in self.merged and "mask" in thing:
                whole.setdefault(thing["class"], []).append(thing)
        several = {name: found for name, found in whole.items() if len(found) > 1}
        if not several:
            return things
        joined = {name: _united(found) for name, found in several.items()}
        first = {name: found[0] for name, found in several.items()}
        return [
            joined.get(thing["class"], thing)
            for thing in things
            if thing["class"] not in several or thing is first[thing["class"]]
        ]

    def _answer(self, answer: RawAnswer) -> RawAnswer:
        return replace(answer, annotations=self._annotations(answer.annotations))

    def _check(self, check: Checked) -> Checked:
        return replace(check, annotations=self._annotations(check.annotations))


def _united(things: Annotations) -> dict[str, Any]:
    """Return the first with the pixels of all; it is as sure as the least sure of them."""
    pixels = reduce(np.logical_or, (pixels_of(thing["mask"]) for thing in things))
    sure = {
        name: min(thing[name] for thing in things if name in thing)
        for name in ("confidence", "p_exist", "agreement")
        if name in things[0]
    }
    return {**things[0], **sure, "mask": mask_of(pixels)}

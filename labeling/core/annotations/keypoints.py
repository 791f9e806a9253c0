"""Skeletons: `{"class": "person", "keypoints": [[x, y, v], ...]}`, the joints in the order of the class's skeleton.

v is 0 for a joint that is not there, 1 for a hidden and 2 for a visible one; what is not there lies at 0, 0.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject
from labeling.core.annotations.chains import read_chains, require_inside
from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.refusals import Refusal

ABSENT, HIDDEN, VISIBLE = 0, 1, 2


class Keypoints(AnnotationType):
    """Any number of skeletons; each has a joint that is there."""

    member = "keypoints"

    def check_ontology(self, ontology: Ontology) -> None:
        """Refuse a class without joints of its own or of an ancestor."""
        for index, name in enumerate(ontology.class_names):
            if ontology.rules[name].skeleton is None:
                raise Refusal(f"classes[{index}].skeleton", f"Keypoints need a skeleton, and {name} has none.")

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return lists of [x, y, v], v a whole number."""
        for entry in entries:
            _check_length(entry)
        given = [(f"{entry.path}.keypoints", entry.given["keypoints"]) for entry in entries]
        joints = read_chains(given, n_columns=3, form="[x, y, v]")
        visibility = joints.points[:, 2]
        wrong = np.flatnonzero(~np.isin(visibility, (ABSENT, HIDDEN, VISIBLE)))
        if len(wrong):
            raise Refusal(f"{joints.path_of(int(wrong[0]))}[2]", "v is 0 (not there), 1 (hidden) or 2 (visible).")
        there = visibility > ABSENT
        require_inside(joints, width=subject.width, height=subject.height, which=there)
        n_there = np.bincount(joints.chain_of, there, len(entries))
        if len(entries) and not n_there.all():
            raise Refusal(joints.paths[int(np.argmin(n_there))], "One joint at least is there.")
        joints.points[~there] = 0.0
        return [[[x, y, int(v)] for x, y, v in skeleton] for skeleton in joints.split()]


def _check_length(entry: Entry) -> None:
    skeleton, value = entry.rules.skeleton, entry.given["keypoints"]
    path = f"{entry.path}.keypoints"
    if skeleton is None:
        raise Refusal(path, "The class has no skeleton.")
    if not isinstance(value, list) or len(value) != len(skeleton.joints):
        raise Refusal(path, f"There is one [x, y, v] for each of the {len(skeleton.joints)} joints.")

"""Lines: `{"class": "lane", "polyline": [[x, y], ...]}`, in pixels, in the order in which it was drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject
from labeling.core.annotations.chains import read_chains, require_inside
from labeling.core.annotations.refusals import Refusal


class Polyline(AnnotationType):
    """Any number of lines inside the image; points that repeat the one before are dropped."""

    member = "polyline"

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return lists of at least two points."""
        given = [(f"{entry.path}.polyline", entry.given["polyline"]) for entry in entries]
        lines = read_chains(given, n_columns=2, form="[x, y]", least=2)
        require_inside(lines, width=subject.width, height=subject.height)
        kept = lines.without_repeats(closed=False)
        short = np.flatnonzero(kept.lengths < 2)
        if len(short):
            raise Refusal(kept.paths[int(short[0])], "A line has a length: two different points at least.")
        return kept.split()

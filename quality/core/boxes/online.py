"""What the box answers of one task show, with skills as they stand."""

from __future__ import annotations

from collections.abc import Iterable

from labeling.core.geometry.boxes import BoxGeometry
from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.boxes.skills import BoxSkills
from quality.core.shapes.beliefs import DEFAULT_METHOD, ShapeMethod, decide, shape_belief
from quality.core.shapes.beliefs import ShapeBelief as BoxBelief
from quality.core.shapes.beliefs import ShapeObject as BoxObject

__all__ = ["BoxBelief", "BoxObject", "box_belief", "decide"]


def box_belief(
    answers: Iterable[BoxAnswer],
    skills: BoxSkills,
    *,
    image: ImageSize | None = None,
    method: ShapeMethod = DEFAULT_METHOD,
) -> BoxBelief:
    """Conclude one task from its answers so far.

    Parameters
    ----------
    answers : of a repeated worker the first counts; empty answers count.
    skills : a worker not in them is taken for an average one.
    image : boxes are cut to it; without it they are taken as they are. Boxes without size are left out.

    Raises
    ------
    ValueError
        A label is not among the classes of the skills.
    """
    return shape_belief(BoxGeometry(), answers, skills, frame=image, method=method)

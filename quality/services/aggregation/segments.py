"""Images cut into segments, every pixel once: semantic and panoptic."""

import numpy as np

from labeling.core.geometry.masks import Mask
from quality.core.shapes.coded_masks import plain_masks, read_masks
from quality.core.shapes.grouping import Grouping
from quality.core.shapes.panoptic import SegmentedBelief, SegmentedObject, segmented_belief
from quality.core.shapes.partitions import NOTHING, Partition
from quality.core.shapes.segmented import SegmentedAnswer, SegmentedTask, segmented_task
from quality.core.shapes.skills import ShapeSkills
from quality.core.terms import Terms
from quality.services.aggregation.base import Conclusion, Json, TaskAnswers
from quality.services.aggregation.objects import Found, ObjectAggregator, Way


class SegmentAggregator(ObjectAggregator):
    """Segments matched, of things by overlap and of stuff by class; every pixel to the segment of most votes.

    Parameters
    ----------
    has_things : whether there are things at all: in a semantic image all of a class are one segment.
    """

    method = "voted_segments"
    member = "mask"

    def __init__(self, *, has_things: bool) -> None:
        self.has_things = has_things

    def light_grouping(self, task: TaskAnswers, way: Way) -> Grouping:
        """Match the segments of a task."""
        return self.segmented(task, way).light()

    def believed(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> Conclusion:
        """Conclude a task by these skills."""
        belief = self._belief(task, skills, way)
        objects, doubted = _found(belief)
        return Conclusion(
            value={
                **self.shown(objects, doubted, task, way.terms),
                "p_complete": round(belief.p_complete, 6),
                "disputed_share": round(belief.disputed_share, 6),
            },
            confidence=belief.confidence,
            n_answers=belief.n_answers,
            undecided=False,
        )

    def found(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> list[Found]:
        """Return what is found in a task by these skills, with pixels or without."""
        segments, outvoted = _found(self._belief(task, skills, way))
        return [*segments, *outvoted]

    def _belief(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> SegmentedBelief:
        return segmented_belief(self.segmented(task, way), skills, method=way.method)

    def segmented(self, task: TaskAnswers, way: Way) -> SegmentedTask:
        """Return the answers as partitions of the image, and which segments show the same."""
        answers = [
            SegmentedAnswer(
                worker_id=answer.worker_id,
                masks=tuple(read_masks([each["mask"] for each in answer.annotations])),
                labels=tuple(each["class"] for each in answer.annotations),
            )
            for answer in task.answers
        ]
        return segmented_task(
            answers,
            stuff=self.stuff(way.terms),
            void=way.terms.void,
            min_similarity=way.method.min_similarity,
        )

    def stuff(self, terms: Terms) -> frozenset[str]:
        """Return the classes without instances."""
        return terms.stuff if self.has_things else frozenset(terms.classes) - terms.void

    def known(self, truth: list[Json], *, terms: Terms) -> Conclusion:
        """Return the segments that are something, in no doubt."""
        conclusion = super().known([each for each in truth if each["class"] not in terms.void], terms=terms)
        conclusion.value["disputed_share"] = 0.0
        return conclusion

    def as_annotations(self, value: Json, *, terms: Terms, min_confidence: float) -> list[Json] | None:
        """Return the segments if every one is as sure and has a class, and what is left as the first class of void.

        None where nothing but void is there, for then the image's size is not told, and where pixels are left but
        the ontology has no class of void.
        """
        annotations = super().as_annotations(value, terms=terms, min_confidence=min_confidence)
        if not annotations:
            return None
        rest = _rest(read_masks([each["mask"] for each in annotations]))
        if not rest.area:
            return annotations
        name = next((name for name in terms.classes if name in terms.void), None)
        if name is None:
            return None
        taken = {each["id"] for each in annotations}
        number = next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
        return [*annotations, {"id": number, "class": name, "mask": plain_masks([rest])[0]}]


def _found(belief: SegmentedBelief) -> tuple[list[Found], list[Found]]:
    """Return the segments that have pixels, and those that were drawn and have none."""
    masks = [each.mask for each in belief.segments] + [each.thing.shape for each in belief.outvoted]
    things: list[SegmentedObject] = [*belief.segments, *belief.outvoted]
    found = [Found(each.thing, each.label, shape) for each, shape in zip(things, plain_masks(masks), strict=True)]
    return found[: len(belief.segments)], found[len(belief.segments) :]


def _rest(masks: list[Mask]) -> Mask:
    """Return the pixels that are in none of an image's disjoint masks."""
    like = masks[0]
    partition = Partition.of(masks, n_pixels=like.n_pixels)
    left = partition.renumbered(np.full(len(masks), NOTHING), n_segments=1)
    free = np.where(partition.segment == NOTHING, 0, NOTHING)
    (rest,) = Partition(left.start, free, n_pixels=like.n_pixels, n_segments=1).masks(
        height=like.height, width=like.width
    )
    return rest

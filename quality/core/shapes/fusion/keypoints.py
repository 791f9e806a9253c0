"""One skeleton from several, joint by joint."""

from __future__ import annotations

from collections import Counter

import numpy as np

from labeling.core.geometry.base import FloatArray, Shapes
from labeling.core.geometry.keypoints import ABSENT
from quality.core.shapes.fusion.medians import coordinate_median


def fuse_keypoints(shapes: Shapes) -> FloatArray:
    """Return (n_joints, 3): the median of those who placed a joint, and the visibility most gave it.

    Skeletons with another number of joints than most are left out; of tied votes on visibility the higher is taken,
    since a joint that somebody placed is there.
    """
    n_joints = Counter(len(shape) for shape in shapes)
    usual = max(n_joints, key=lambda number: (n_joints[number], number))
    joints = np.stack([shape for shape in shapes if len(shape) == usual])
    fused = np.zeros((usual, 3))
    for joint in range(usual):
        given = joints[:, joint]
        votes = Counter(given[:, 2].tolist())
        visibility = max(votes, key=lambda value: (votes[value], value))
        if visibility > ABSENT:
            fused[joint, :2] = coordinate_median(given[given[:, 2] > ABSENT, :2])
            fused[joint, 2] = visibility
    if not (fused[:, 2] > ABSENT).any():
        # Everybody placed other joints: the one placed most often is all that can be told.
        joint = int(np.argmax((joints[:, :, 2] > ABSENT).sum(axis=0)))
        placed = joints[joints[:, joint, 2] > ABSENT, joint]
        fused[joint] = [*coordinate_median(placed[:, :2]), placed[:, 2].max()]
    return fused

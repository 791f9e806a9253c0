"""What can be wrong with a shape, in one list for all kinds of shape."""

from enum import StrEnum


class ShapeFault(StrEnum):
    """Say what is wrong with a shape."""

    NOT_FOUR_NUMBERS = "not_four_numbers"
    WRONG_NUMBERS = "wrong_numbers"
    NOT_FINITE = "not_finite"
    NO_SIZE = "no_size"
    OUTSIDE_IMAGE = "outside_image"
    TOO_FEW_POINTS = "too_few_points"
    NOTHING_VISIBLE = "nothing_visible"
    RUNS_DO_NOT_FILL = "runs_do_not_fill"

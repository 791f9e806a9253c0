"""How many answers adaptive overlap is expected to buy.

Margin voting (stop when one class leads by d): with phi = p / (1 - p) the result is right with
phi^d / (1 + phi^d), after d / (2p - 1) * (phi^d - 1) / (phi^d + 1) answers on average. Framework: arXiv 2111.06390.
"""

from decimal import Decimal

HUNDREDTH = Decimal("0.01")


def expected_votes(accuracy: Decimal, *, margin: int) -> Decimal:
    """Return the mean number of answers until one class leads by `margin`, to two decimals.

    Parameters
    ----------
    accuracy : of one answer, above 0.5 and below 1.
    """
    return _mean_votes(accuracy, margin).quantize(HUNDREDTH)


def expected_overlap(accuracy: Decimal, *, target: Decimal, min_overlap: int, max_overlap: int) -> Decimal:
    """Return the mean number of answers a task takes, between `min_overlap` and `max_overlap`, to two decimals.

    Parameters
    ----------
    accuracy : of one answer, above 0.5 and below 1.
    target : confidence at which no more answers are bought, 0.5 to below 1.
    """
    phi = accuracy / (1 - accuracy)
    margin = 1
    while phi**margin / (1 + phi**margin) < target:
        margin += 1
    mean = _mean_votes(accuracy, margin)
    return min(Decimal(max_overlap), max(Decimal(min_overlap), mean)).quantize(HUNDREDTH)


def _mean_votes(accuracy: Decimal, margin: int) -> Decimal:
    power = (accuracy / (1 - accuracy)) ** margin
    return margin / (2 * accuracy - 1) * (power - 1) / (power + 1)

"""Which flaws the numbers of an image tell."""

from collections.abc import Iterator, Mapping

from labeling.core.cleaning import RULES, SHORTER_SIDE, SIDE_RATIO, FlawKind, Thresholds


def told_flaws(
    features: Mapping[str, float], *, width: int, height: int, limits: Thresholds
) -> Iterator[tuple[FlawKind, float]]:
    """Yield each flaw with the number that passed its threshold."""
    numbers = {**features, SHORTER_SIDE: min(width, height), SIDE_RATIO: max(width, height) / min(width, height)}
    for rule in RULES:
        number, limit = numbers[rule.measure], getattr(limits, rule.kind)
        if number < limit if rule.is_least else number > limit:
            yield rule.kind, float(number)

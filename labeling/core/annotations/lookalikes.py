"""Names that people cannot tell apart, and that files on some disks would take for one."""

import re
import unicodedata
from collections.abc import Iterable

from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.refusals import Refusal

# What leaves no mark though it counts as printable: joiners, fillers, and selectors of variants.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def require_distinct(ontology: Ontology) -> None:
    """Refuse names in one list that differ only in case, spaces, or in how letters are encoded.

    Asked of what is new; ontologies that are kept are read as they are.

    Raises
    ------
    Refusal
        Naming the second of two.
    """
    _require_unlike((each.name for each in ontology.classes), "classes")
    _require_unlike((each.name for each in ontology.attributes), "attributes")
    _require_unlike((each.name for each in ontology.relations), "relations")
    for index, each in enumerate(ontology.classes):
        _require_unlike((attribute.name for attribute in each.attributes), f"classes[{index}].attributes")


def _require_unlike(names: Iterable[str], path: str) -> None:
    seen: dict[str, str] = {}
    for index, name in enumerate(names):
        other = seen.setdefault(plainly(name), name)
        if other is not name:
            raise Refusal(f"{path}[{index}].name", f"This name can hardly be told from another: {other}")


def plainly(name: str) -> str:
    """Return what a name has in common with those that look like it; letters of other scripts are others.

    Examples
    --------
    >>> plainly("Stop  Sign") == plainly("stop sign")
    True
    """
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())

"""What annotations may say: classes with their attributes and skeletons, and relations between annotations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

MAX_TEXT_LENGTH = 1_000


class ClassKind(StrEnum):
    """What a class is in segmentation: countable, not countable, or openly none of the others."""

    THING = "thing"
    STUFF = "stuff"
    VOID = "void"


class AttributeType(StrEnum):
    """What the values of an attribute are."""

    ENUM = "enum"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """Something to be said of an annotation beside its class.

    Attributes
    ----------
    values : of an enum, in the order in which workers see them.
    least, most : bounds of a number, both included; None for none.
    max_length : characters of a text.
    """

    name: str
    type: AttributeType
    description: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    max_length: int = MAX_TEXT_LENGTH


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Joints in the order in which annotations give them.

    Attributes
    ----------
    edges : pairs of joints, by number, that are drawn as connected.
    sigmas : tolerance of each joint as a share of the object's size; empty where none is stated.
    swaps : pairs of joints, by number, that change places in a mirror image.
    """

    joints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()
    swaps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabelClass:
    """A class as it was stated; what it has from its ancestors is in `ClassRules`."""

    name: str
    description: str = ""
    kind: ClassKind = ClassKind.THING
    parent: str | None = None
    color: str | None = None
    attributes: tuple[Attribute, ...] = ()
    skeleton: Skeleton | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A way in which one annotation may be related to another.

    Attributes
    ----------
    sources, targets : classes, with their sub-classes, at its two ends; empty for any.
    directed : whether its ends differ; one that is not is stated once, at whichever annotation comes first.
    """

    name: str
    description: str = ""
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    directed: bool = True

    def may_start_at(self, rules: "ClassRules") -> bool:
        """Return whether an annotation of this class may be the source."""
        return not self.sources or not self._source_names.isdisjoint(rules.lineage)

    def may_end_at(self, rules: "ClassRules") -> bool:
        """Return whether an annotation of this class may be the target."""
        return not self.targets or not self._target_names.isdisjoint(rules.lineage)

    def may_join(self, source: "ClassRules", target: "ClassRules") -> bool:
        """Return whether annotations of these classes may stand at its ends."""
        if self.may_start_at(source) and self.may_end_at(target):
            return True
        return not self.directed and self.may_start_at(target) and self.may_end_at(source)

    @cached_property
    def _source_names(self) -> frozenset[str]:
        return frozenset(self.sources)

    @cached_property
    def _target_names(self) -> frozenset[str]:
        return frozenset(self.targets)


@dataclass(frozen=True)
class ClassRules:
    """What holds for annotations of one class, its ancestors' share included.

    Attributes
    ----------
    lineage : the class itself, its parent and so on up.
    attributes : by name: the ontology's, the ancestors' from the top, the class's own.
    """

    name: str
    kind: ClassKind
    lineage: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    skeleton: Skeleton | None

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Return the names of the attributes that must be given."""
        return tuple(name for name, attribute in self.attributes.items() if attribute.required)


@dataclass(frozen=True)
class Ontology:
    """The classes in the order in which workers see them, attributes that all of them have, and relations."""

    classes: tuple[LabelClass, ...]
    attributes: tuple[Attribute, ...] = ()
    relations: tuple[Relation, ...] = ()

    @classmethod
    def of_names(cls, *names: str) -> "Ontology":
        """Return an ontology of plain classes."""
        return cls(tuple(LabelClass(name=name) for name in names))

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(each.name for each in self.classes)

    @cached_property
    def relations_by_name(self) -> Mapping[str, Relation]:
        """Return the relations."""
        return {each.name: each for each in self.relations}

    @cached_property
    def rules(self) -> Mapping[str, ClassRules]:
        """Return what holds for each class, by its name."""
        return {each.name: self._rules_of(each) for each in self.classes}

    def kind_of(self, class_name: str) -> ClassKind:
        """Return what a class is in segmentation."""
        return self.rules[class_name].kind

    def lineage(self, label: LabelClass) -> Iterator[LabelClass]:
        """Yield a class, its parent, and so on up."""
        here: LabelClass | None = label
        while here is not None:
            yield here
            here = None if here.parent is None else self._by_name[here.parent]

    @cached_property
    def _by_name(self) -> Mapping[str, LabelClass]:
        return {each.name: each for each in self.classes}

    def _rules_of(self, label: LabelClass) -> ClassRules:
        lineage = tuple(self.lineage(label))
        stated = [*self.attributes, *(each for above in reversed(lineage) for each in above.attributes)]
        return ClassRules(
            name=label.name,
            kind=label.kind,
            lineage=tuple(each.name for each in lineage),
            attributes={each.name: each for each in stated},
            skeleton=next((each.skeleton for each in lineage if each.skeleton is not None), None),
        )

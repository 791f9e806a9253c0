"""The attributes of one annotation."""

from typing import Any

from labeling.core.annotations.ontology import Attribute, AttributeType, ClassRules
from labeling.core.annotations.refusals import Refusal, member, read_flag, read_number

Value = str | float | bool


def read_attributes(given: Any, path: str, rules: ClassRules) -> dict[str, Value]:
    """Return the values by name, in the order of the ontology.

    Raises
    ------
    Refusal
        Naming the attribute that is unknown, missing or has a value it cannot have.
    """
    if not isinstance(given, dict):
        raise Refusal(path, "Attributes are an object.")
    for name in given:
        if name not in rules.attributes:
            raise Refusal(member(path, str(name)), "The class has no such attribute.")
    for name in rules.required:
        if name not in given:
            raise Refusal(member(path, name), "This attribute is required.")
    return {
        name: _read_value(given[name], member(path, name), attribute)
        for name, attribute in rules.attributes.items()
        if name in given
    }


def _read_value(value: Any, path: str, attribute: Attribute) -> Value:
    if attribute.type is AttributeType.BOOLEAN:
        return read_flag(value, path)
    if attribute.type is AttributeType.NUMBER:
        return _read_number(value, path, attribute)
    if not isinstance(value, str):
        raise Refusal(path, "A text is wanted.")
    if attribute.type is AttributeType.ENUM:
        if value not in attribute.values:
            raise Refusal(path, "The attribute has no such value.")
        return value
    if len(value) > attribute.max_length:
        raise Refusal(path, f"The text has at most {attribute.max_length} characters.")
    if not value.replace("\n", "").isprintable():
        raise Refusal(path, "Use printable characters.")
    return value


def _read_number(value: Any, path: str, attribute: Attribute) -> float:
    number = read_number(value, path)
    if attribute.least is not None and number < attribute.least:
        raise Refusal(path, f"At least {attribute.least:g}.")
    if attribute.most is not None and number > attribute.most:
        raise Refusal(path, f"At most {attribute.most:g}.")
    return number

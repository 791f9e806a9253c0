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
    values: dict[str, Value] = {}
    for name, attribute in rules.attributes.items():
        if name in given:
            try:
                values[name] = _read_value(given[name], attribute)
            except Refusal as refusal:  # paths are made of what is refused alone: an answer may have 25,000 values
                raise Refusal(member(path, name), refusal.detail) from None
    return values


def _read_value(value: Any, attribute: Attribute) -> Value:
    if attribute.type is AttributeType.BOOLEAN:
        return read_flag(value, "")
    if attribute.type is AttributeType.NUMBER:
        return _read_number(value, attribute)
    if not isinstance(value, str):
        raise Refusal("", "A text is wanted.")
    if attribute.type is AttributeType.ENUM:
        if value not in attribute.values:
            raise Refusal("", "The attribute has no such value.")
        return value
    if len(value) > attribute.max_length:
        raise Refusal("", f"The text has at most {attribute.max_length} characters.")
    if not value.replace("\n", "").isprintable():
        raise Refusal("", "Use printable characters.")
    return value


def _read_number(value: Any, attribute: Attribute) -> float:
    number = read_number(value, "")
    if attribute.least is not None and number < attribute.least:
        raise Refusal("", f"At least {attribute.least:g}.")
    if attribute.most is not None and number > attribute.most:
        raise Refusal("", f"At most {attribute.most:g}.")
    return number

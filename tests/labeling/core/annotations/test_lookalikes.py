"""Names of one ontology can be told apart."""

import pytest

from labeling.core.annotations import Refusal
from labeling.core.annotations.lookalikes import require_distinct
from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.annotations.templates import TEMPLATES


@pytest.mark.parametrize(
    "other",
    ["Stop Sign", "stop  sign", "STOP SIGN", "\uff53top sign", "stop\ufe0f sign", "\u017ftop sign"],
)
def test_classes_that_differ_only_in_case_spaces_or_encoding_are_refused(other: str) -> None:
    ontology = read_ontology({"classes": [{"name": "stop sign"}, {"name": "tree"}, {"name": other}]})
    with pytest.raises(Refusal) as refused:
        require_distinct(ontology)
    assert refused.value.field == "classes[2].name"
    assert "stop sign" in refused.value.detail


def test_accents_composed_or_not_are_one_name_and_so_are_attributes_and_relations() -> None:
    said = [{"name": "caf\u00e9", "type": "boolean"}, {"name": "cafe\u0301", "type": "boolean"}]
    for document, field in [
        ({"classes": [{"name": "a", "attributes": said}]}, "classes[0].attributes[1].name"),
        ({"classes": [{"name": "a"}], "attributes": said}, "attributes[1].name"),
        ({"classes": [{"name": "a"}], "relations": [{"name": "on"}, {"name": "On"}]}, "relations[1].name"),
    ]:
        with pytest.raises(Refusal) as refused:
            require_distinct(read_ontology(document))
        assert refused.value.field == field


def test_names_that_are_merely_alike_are_two() -> None:
    names = ["cat", "cats", "ca t", "c\u00e2t", "2", "20"]
    require_distinct(read_ontology({"classes": [{"name": name} for name in names]}))


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_our_own_templates_keep_to_it(template: object) -> None:
    require_distinct(read_ontology(template.document))  # type: ignore[attr-defined]  # what the registry holds

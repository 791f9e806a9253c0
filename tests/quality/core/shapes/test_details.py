"""What members say of an object: attributes and relations by votes."""

import pytest

from quality.core.shapes.details import Relation, Voted, same_value, voted_attributes, voted_relations


def test_the_commonest_value_wins_with_its_share_of_all_who_were_asked() -> None:
    given = [{"occluded": True}, {"occluded": True}, {"occluded": False}, {}]
    assert voted_attributes(given) == {"occluded": Voted(True, 0.5)}


def test_an_attribute_that_most_leave_out_is_left_out() -> None:
    assert voted_attributes([{"note": "x"}, {}, {}]) == {}
    assert voted_attributes([{"note": "x"}, {}]) == {"note": Voted("x", 0.5)}
    assert voted_attributes([]) == {}


def test_values_that_tie_are_none() -> None:
    assert voted_attributes([{"colour": "red"}, {"colour": "blue"}]) == {"colour": Voted(None, 0.5)}


def test_texts_are_compared_without_case_and_told_in_the_usual_spelling() -> None:
    given = [{"plate": "AB 1"}, {"plate": "ab  1"}, {"plate": "AB 1"}, {"plate": "zz"}]
    assert voted_attributes(given) == {"plate": Voted("AB 1", 0.75)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [([10, 10, 10.5, 40], Voted(10.25, 0.75)), ([2, 4, 4], Voted(4, 2 / 3)), ([0, 0, 9], Voted(0, 2 / 3))],
)
def test_of_numbers_it_is_the_median_with_those_near_it(values: list[float], expected: Voted) -> None:
    assert voted_attributes([{"age": value} for value in values]) == {"age": expected}


def test_truth_is_no_number() -> None:
    assert not same_value(True, 1)
    assert same_value(10, 10.9)
    assert not same_value(10, 12)
    assert same_value("Ab", "aB")


DRAWN = {"x": {"a": 0, "b": 1}, "y": {"p": 0, "q": 1}, "z": {"m": 0}}


def test_a_relation_is_kept_when_most_of_those_who_drew_both_ends_state_it() -> None:
    both = {"x": [Relation("a", "tows", "b")], "y": [Relation("p", "tows", "q")]}
    assert voted_relations(DRAWN, both) == {Relation(0, "tows", 1): 1.0}
    # The third worker drew one end alone and has no say; one of two is no majority.
    one = {"x": [Relation("a", "tows", "b")], "z": [Relation("m", "tows", "m")]}
    assert voted_relations(DRAWN, one) == {}


def test_a_relation_without_direction_is_the_same_from_either_end() -> None:
    stated = {"x": [Relation("a", "beside", "b")], "y": [Relation("q", "beside", "p")]}
    assert voted_relations(DRAWN, stated) == {}
    assert voted_relations(DRAWN, stated, symmetric=frozenset({"beside"})) == {Relation(0, "beside", 1): 1.0}


def test_relations_to_what_is_no_object_or_to_itself_are_passed_over() -> None:
    stated = {"x": [Relation("a", "tows", "gone"), Relation("a", "tows", "a")], "w": [Relation("a", "tows", "b")]}
    assert voted_relations(DRAWN, stated) == {}

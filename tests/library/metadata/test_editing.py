from typing import Any

import pytest

from library.metadata.editing import appended, edited, replaced

TAGS = {"Series": "Moss", "Genre": "Horror, Crime", "Title": "The (old) Moss"}


@pytest.mark.parametrize(
    ("text", "more", "result"),
    [
        ("", "Horror", "Horror"),
        ("Horror", "Crime", "Horror, Crime"),
        ("Horror, Crime", "crime, HORROR", "Horror, Crime"),
        ("Horror", "Crime,Drama , crime", "Horror, Crime, Drama"),
        ("Horror,", "Crime", "Horror, Crime"),
        ("Horror", " , ", "Horror"),
        ("A,B", "C", "A,B, C"),
    ],
)
def test_a_list_gets_what_it_lacks(text: str, more: str, result: str) -> None:
    assert appended(text, more) == result


@pytest.mark.parametrize(
    ("find", "by", "ignore_case", "result"),
    [
        ("Moss", "Fern", False, "The (old) Fern, moss"),
        ("moss", "Fern", True, "The (old) Fern, Fern"),
        (" (old)", "", False, "The Moss, moss"),
        (".", "x", False, "The (old) Moss, moss"),
        (".", "x", True, "The (old) Moss, moss"),
        ("MOSS", r"\g<0>\1", True, r"The (old) \g<0>\1, \g<0>\1"),
    ],
)
def test_what_is_found_is_replaced_to_the_letter(
    find: str, by: str, ignore_case: bool, result: str
) -> None:
    assert replaced("The (old) Moss, moss", find, by, ignore_case=ignore_case) == result


@pytest.mark.parametrize(
    ("action", "field", "more", "result"),
    [
        ("set", "Genre", {"value": " Drama "}, {"Genre": "Drama"}),
        ("clear", "Genre", {}, {"Genre": ""}),
        ("append", "Genre", {"value": "Drama"}, {"Genre": "Horror, Crime, Drama"}),
        ("replace", "Genre", {"find": "Crime", "value": ""}, {"Genre": "Horror"}),
        ("number", "Number", {"number": 7}, {"Number": "7"}),
        ("copy", "Series", {"to_field": "SeriesGroup"}, {"SeriesGroup": "Moss"}),
        ("copy", "Writer", {"to_field": "Title"}, {"Title": "The (old) Moss"}),
    ],
)
def test_an_action_says_what_one_field_shall_be(
    action: Any, field: str, more: dict[str, Any], result: dict[str, str]
) -> None:
    assert edited(TAGS, action, field, **more) == result

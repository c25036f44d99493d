import pytest

from library.same_names import Name, same

ASH = {"Series": "Ash and Ember", "Number": "1"}


def groups(*comics: dict[str, str]) -> list[list[int]]:
    names = {n: name for n, tags in enumerate(comics) if (name := Name.of(tags))}
    return sorted(sorted(keys) for keys in same(names))


@pytest.mark.parametrize(
    "other",
    [
        {"Series": "ash & ember", "Number": "001"},
        {"Series": "The Ash and Ember", "Number": "1", "Year": "2014"},
        {"Series": "Ásh and Ember!", "Number": "1", "LanguageISO": "en"},
        ASH | {"Format": "Digital"},
    ],
)
def test_spelling_and_what_only_one_of_them_says_make_no_difference(other: dict[str, str]) -> None:
    assert groups(ASH, other) == [[0, 1]]


@pytest.mark.parametrize(
    "other",
    [
        {"Series": "Ash and Ember", "Number": "1a"},
        {"Series": "Ash", "Number": "1"},
        ASH | {"Format": "Annual"},
    ],
)
def test_other_numbers_series_and_editions_are_other_comics(other: dict[str, str]) -> None:
    assert groups(ASH, other) == []


@pytest.mark.parametrize("element", ["Year", "Volume", "LanguageISO"])
def test_what_both_say_has_to_be_the_same(element: str) -> None:
    assert groups(ASH | {element: "1"}, ASH | {element: "2"}) == []


def test_one_that_fits_two_issues_is_taken_for_neither() -> None:
    first, second = ASH | {"Year": "1989"}, ASH | {"Year": "2014"}
    assert groups(first, second, ASH) == []
    assert groups(first, second, ASH, first) == [[0, 3]]
    assert groups(first, second, ASH, ASH) == [[2, 3]]


def test_without_a_series_or_a_number_nothing_is_said() -> None:
    assert Name.of({"Series": "Ash"}) is None
    assert Name.of({"Number": "1"}) is None
    assert groups({"Series": "Ash"}, {"Series": "Ash"}) == []

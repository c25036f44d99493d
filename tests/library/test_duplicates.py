import random

from library.duplicates import Duplicates, Known
from library.likeness import pack
from library.same_names import Name

RANDOM = random.Random(5)
PAGES = [RANDOM.getrandbits(64) for _ in range(20)]
NAME = Name("ash", "1")


def known(number: int, *, name: Name | None = None, sums: str = "", pages: int = 0) -> Known:
    return Known(number, name, sums, pack(PAGES[:pages]))


def test_each_way_finds_what_it_is_for() -> None:
    comics = [
        known(1, sums="a"), known(2, sums="a"), known(3, name=NAME), known(4, name=NAME),
        known(5, pages=20), known(6, pages=18), known(7),
    ]  # fmt: skip
    duplicates = Duplicates(comics)
    assert duplicates.groups() == [[0, 1], [2, 3], [4, 5]]
    said = [duplicates.relation(*places) for places in duplicates.groups()]
    assert [(each.way, each.is_certain, each.text) for each in said] == [
        ("equal", True, "The same pages"),
        ("name", False, "The same series and number"),
        ("alike", True, "18 of 20 pages look alike"),
    ]
    assert Duplicates(comics, ways=["name"]).groups() == [[2, 3]]
    assert Duplicates(comics, ways=["equal"]).groups() == [[0, 1]]
    assert Duplicates(comics, ways=["alike"]).groups() == [[4, 5]]


def test_a_comic_is_in_one_group_whichever_ways_lead_to_it() -> None:
    comics = [known(1, sums="a", name=NAME), known(2, sums="a"), known(3, name=NAME)]
    duplicates = Duplicates(comics)
    assert duplicates.groups() == [[0, 1, 2]]
    assert duplicates.relation(0, 1).way == "equal"
    assert duplicates.relation(0, 2).way == "name"
    by_a_third = duplicates.relation(1, 2, others=[0, 1, 2])
    assert (by_a_third.way, by_a_third.text) == ("name", "Like another one of them")
    assert duplicates.relation(2, 1, others=[0, 1, 2]).way == "equal"


def test_what_is_known_to_be_apart_is_not_linked() -> None:
    comics = [known(1, sums="a", name=NAME), known(2, sums="a", name=NAME)]
    assert Duplicates(comics, apart={1: {7}, 2: {7}}).groups() == []
    assert Duplicates(comics, apart={1: {7}, 2: {8}}).groups() == [[0, 1]]
    third = known(3, sums="a")
    assert Duplicates([*comics, third], apart={1: {7}, 2: {7}}).groups() == [[0, 1, 2]]


def test_two_that_are_named_as_different_issues_are_not_certain() -> None:
    other = Name("ash", "2")
    comics = [known(1, sums="a", name=NAME), known(2, sums="a", name=other), known(3, sums="a")]
    duplicates = Duplicates(comics)
    assert duplicates.relation(0, 1).text == "The same pages, under another number"
    assert not duplicates.relation(0, 1).is_certain
    assert duplicates.relation(0, 2).is_certain

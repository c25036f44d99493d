import random

import pytest

from library.likeness import MAX_COMICS_OF_A_PAGE, TOLERANCES, Likeness, Pages, pack

RANDOM = random.Random(11)
ISSUE = [RANDOM.getrandbits(64) for _ in range(24)]
OTHER = [RANDOM.getrandbits(64) for _ in range(24)]
ADVERTS = [RANDOM.getrandbits(64) for _ in range(9)]


def blurred(pages: list[int], most: int) -> list[int]:
    """As recompressed pages' hashes differ: some not at all, some in so many bits."""
    chance = random.Random(most)
    return [page ^ sum(1 << n for n in chance.sample(range(64), chance.randint(0, most)))
            for page in pages]  # fmt: skip


def alike(*comics: list[int], likeness: Likeness = "usual") -> list[tuple[int, int]]:
    pages = Pages([pack(comic) for comic in comics])
    return [(found.first, found.second) for found in pages.matches(TOLERANCES[likeness])]


def test_the_same_pages_recompressed_are_alike_and_others_are_not() -> None:
    assert alike(ISSUE, OTHER, blurred(ISSUE, 6)) == [(0, 2)]


def test_a_run_of_adverts_or_missing_pages_make_no_difference() -> None:
    with_adverts = [*ISSUE[:9], *ADVERTS, *ISSUE[9:]]
    assert alike(blurred(ISSUE, 5), with_adverts) == [(0, 1)]
    assert alike(ISSUE, ISSUE[:8] + ISSUE[12:]) == [(0, 1)]


def test_a_long_run_that_the_quick_comparison_cannot_pass_is_passed_all_the_same() -> None:
    run = [RANDOM.getrandbits(64) for _ in range(18)]
    assert alike(ISSUE, [*ISSUE[:4], *run, *ISSUE[4:]]) == [(0, 1)]


def test_the_pages_have_to_be_in_the_same_order() -> None:
    assert alike(ISSUE, ISSUE[::-1]) == []


def test_another_cover_before_the_same_pages_is_alike() -> None:
    [found] = Pages([pack(ISSUE), pack([OTHER[0], *ISSUE[1:]])]).matches(TOLERANCES["usual"])
    assert (found.pages, found.larger, found.is_cover, found.is_close) == (23, 24, False, False)


def test_a_common_cover_makes_no_duplicates_of_different_issues() -> None:
    assert alike(ISSUE, [ISSUE[0], *OTHER[1:]], likeness="loose") == []
    assert alike(ISSUE, [*ISSUE[:2], *OTHER[2:]]) == []


def test_an_issue_is_no_duplicate_of_the_collection_that_has_it() -> None:
    more = [RANDOM.getrandbits(64) for _ in range(100)]
    assert alike(ISSUE, [*ISSUE, *more]) == []


def test_blank_pages_say_nothing() -> None:
    assert alike([0] * 24, [0] * 24) == []
    assert alike([*ISSUE[:2], *[0] * 20], [*ISSUE[:2], *[0] * 20]) == []
    assert alike([0, 0, *ISSUE], [*ISSUE, 0]) == [(0, 1)]


def test_pages_that_very_many_comics_have_say_nothing() -> None:
    count = MAX_COMICS_OF_A_PAGE + 4
    logos = ADVERTS[:4]
    comics = [[*logos, *(RANDOM.getrandbits(64) for _ in range(3))] for _ in range(count)]
    assert alike(*comics, likeness="loose") == []
    assert alike(*comics, comics[5][:]) == [(5, count)]


@pytest.mark.parametrize(("most", "likeness"), [(3, "strict"), (5, "usual"), (7, "loose")])
def test_recompressed_copies_are_found_among_thousands(most: int, likeness: Likeness) -> None:
    chance = random.Random(3)
    comics = [[chance.getrandbits(64) for _ in range(22)] for _ in range(2000)]
    copies = [blurred(comics[n], most) for n in range(0, 2000, 100)]
    found = alike(*comics, *copies, likeness=likeness)
    assert found == [(100 * n, 2000 + n) for n in range(20)]

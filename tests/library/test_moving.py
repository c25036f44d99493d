"""Which of the new files are comics that are gone: by what a listing tells."""

from library.moving import Known, Move, pairs
from library.walking import Found

SECOND = 1_000_000_000


def gone(pk: int, path: str, size: int = 10, mtime_ns: int = 5, **known: bool) -> Known:
    return Known(pk, path, size, mtime_ns, known.get("has_fingerprint", False))


def test_size_and_date_make_a_pair_whatever_the_names_are() -> None:
    moves = pairs([gone(1, "a/1.cbz")], [Found("b/other.cbz", 10, 5), Found("b/2.cbz", 10, 6)])
    assert moves == [Move(1, "b/other.cbz", is_sure=True)]


def test_of_copies_none_is_chosen() -> None:
    copies = [Found("b/1.cbz", 10, 5), Found("c/1.cbz", 10, 5)]
    assert pairs([gone(1, "a/1.cbz")], copies) == []
    assert pairs([gone(1, "a/1.cbz"), gone(2, "b/1.cbz")], [Found("c/1.cbz", 10, 5)]) == []
    assert pairs([gone(1, "a/1.cbz"), gone(2, "b/1.cbz")], copies) == []


def test_names_tell_apart_what_has_one_size_and_date() -> None:
    moves = pairs(
        [gone(1, "a/1.cbz", mtime_ns=SECOND), gone(2, "a/2.cbz", mtime_ns=SECOND)],
        [Found("b/2.cbz", 10, SECOND), Found("b/1.cbz", 10, SECOND)],
    )
    assert sorted((move.pk, move.path) for move in moves) == [(1, "b/1.cbz"), (2, "b/2.cbz")]


def test_another_date_has_to_be_proved_by_the_pages_and_empty_files_prove_nothing() -> None:
    new = [Found("b/1.cbz", 10, 6)]
    assert pairs([gone(1, "a/1.cbz")], new) == []
    known = gone(1, "a/1.cbz", has_fingerprint=True)
    assert pairs([known], new) == [Move(1, "b/1.cbz", is_sure=False)]
    assert pairs([gone(1, "a/1.cbz", 0)], [Found("b/1.cbz", 0, 5)]) == []

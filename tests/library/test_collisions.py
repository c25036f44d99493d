from hypothesis import given
from hypothesis import strategies as st

from library.collisions import Move, Seat, seats
from library.naming import folded


def moved(*pairs: tuple[str, str], standing: tuple[str, ...] = ()) -> dict[int, Seat]:
    moves = [Move(n, 1, path, target) for n, (path, target) in enumerate(pairs, 1)]
    return seats(moves, {(1, folded(path)): path for path in standing})


def test_a_free_name_needs_no_word() -> None:
    assert moved(("a", "b"), ("c", "d"), ("e", "E")) == {}


def test_a_name_goes_to_the_first_that_wants_it() -> None:
    assert moved(("a", "x"), ("b", "X"), ("c", "x")) == {
        2: Seat("wanted", "a", "x"),
        3: Seat("wanted", "a", "x"),
    }


def test_a_comic_that_stays_keeps_its_name() -> None:
    assert moved(("a", "Moss.cbz"), standing=("moss.cbz",)) == {1: Seat("taken", "moss.cbz")}


def test_in_a_chain_the_last_one_moves_first() -> None:
    assert moved(("1", "2"), ("2", "3"), ("3", "4")) == {
        1: Seat(turn=2, after=2),
        2: Seat(turn=1, after=3),
    }


def test_behind_one_that_cannot_move_nobody_can() -> None:
    assert moved(("1", "2"), ("2", "3"), ("3", "x"), standing=("x",)) == {
        1: Seat("taken", "2"),
        2: Seat("taken", "3"),
        3: Seat("taken", "x"),
    }


def test_a_swap_and_a_cycle_go_round_together() -> None:
    assert moved(("a", "b"), ("b", "a")) == {1: Seat(cycle=(1, 2)), 2: Seat(cycle=(1, 2))}
    assert set(moved(("a", "b"), ("b", "c"), ("c", "A"), ("d", "b")).items()) == {
        (1, Seat(cycle=(1, 2, 3))),
        (2, Seat(cycle=(1, 2, 3))),
        (3, Seat(cycle=(1, 2, 3))),
        (4, Seat("wanted", "a", "b")),
    }


names = st.sampled_from("abcdefgh")


@given(st.dictionaries(names, names, max_size=8), st.sets(names))
def test_in_their_turns_nobody_takes_over_a_name(wanted: dict[str, str], others: set[str]) -> None:
    pairs = [(path, target) for path, target in wanted.items() if path != target]
    standing = (others - {path for path, _ in pairs}) | {p for p, t in wanted.items() if p == t}
    found = moved(*pairs, standing=tuple(standing))
    taken = {path: path for path, _ in pairs} | dict.fromkeys(standing, "stays")
    order = sorted(range(1, len(pairs) + 1), key=lambda n: (found.get(n, Seat()).turn, n))
    done: set[int] = set()
    for n in order:
        seat, (path, target) = found.get(n, Seat()), pairs[n - 1]
        if seat.why_not or n in done:
            continue
        if seat.cycle:
            members = [pairs[m - 1] for m in seat.cycle]
            assert {path for path, _ in members} == {target for _, target in members}
            done |= set(seat.cycle)
            continue
        assert target not in taken
        taken[target] = taken.pop(path)

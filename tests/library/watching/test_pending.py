"""What is taken when, by a clock of the test's own."""

from library.watching.pending import Observation, Pending, Settled

QUIET = 10


class Disk:
    def __init__(self) -> None:
        self.files: dict[str, Observation] = {}
        self.written: set[str] = set()
        self.looked: list[str] = []

    def look(self, path: str) -> Observation:
        self.looked.append(path)
        return self.files.get(path)

    def is_written(self, path: str) -> bool:
        return path in self.written


def settle(pending: Pending, disk: Disk, now: float) -> Settled:
    return pending.settle(now, look=disk.look, is_written=disk.is_written)


def drop(pending: Pending, disk: Disk, path: str, now: float, *, size: int = 1) -> None:
    disk.files[path] = (size, 1)
    pending.add(path, (size, 1), now)


def test_a_file_is_taken_when_it_was_quiet_for_the_while() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET)
    drop(pending, disk, "a", 0)
    assert settle(pending, disk, 9.9) == Settled()
    assert disk.looked == []
    assert settle(pending, disk, 10) == Settled({"a": (1, 1)})
    assert len(pending) == 0


def test_one_that_grew_or_is_open_for_writing_waits_for_another_while() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET)
    drop(pending, disk, "grows", 0)
    drop(pending, disk, "open", 0)
    disk.files["grows"] = (2, 2)
    disk.written.add("open")
    assert settle(pending, disk, 10) == Settled()
    disk.written.clear()
    assert settle(pending, disk, 20) == Settled({"grows": (2, 2), "open": (1, 1)})


def test_a_burst_is_taken_in_one_when_nothing_has_joined_for_a_while() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET)
    for number in range(10):
        drop(pending, disk, str(number), number * 5)
        assert settle(pending, disk, number * 5 + 4) == Settled()
    assert len(settle(pending, disk, 55).files) == 10


def test_a_burst_without_end_is_taken_in_parts() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET, gather_seconds=60)
    taken = []
    for now in range(0, 200, 5):
        drop(pending, disk, str(now), now)
        taken.append(len(settle(pending, disk, now).files))
    assert [count for count in taken if count] == [11, 12, 12]


def test_a_file_that_grows_for_an_hour_holds_up_no_other_and_is_looked_at_now_and_then() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET)
    for now in range(3600):
        drop(pending, disk, "grows", now, size=now)
        if now == 100:
            drop(pending, disk, "whole", now)
        settled = settle(pending, disk, now)
        assert settled == (Settled({"whole": (1, 1)}) if now == 110 else Settled())
    assert disk.looked == ["whole"]
    assert settle(pending, disk, 3609).files == {"grows": (3599, 1)}


def test_one_that_is_replaced_while_others_are_awaited_is_looked_at_anew() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET)
    drop(pending, disk, "a", 0)
    drop(pending, disk, "b", 8)
    assert settle(pending, disk, 10) == Settled()
    drop(pending, disk, "a", 12, size=5)
    assert settle(pending, disk, 18) == Settled({"b": (1, 1)})
    assert settle(pending, disk, 22) == Settled({"a": (5, 1)})


def test_what_cannot_be_seen_just_now_is_waited_for() -> None:
    pending = Pending(quiet_seconds=QUIET)
    pending.add("a", (1, 1), 0)
    hidden = pending.settle(10, look=lambda path: "unknown", is_written=lambda path: False)
    assert hidden == Settled()
    seen = pending.settle(20, look=lambda path: (1, 1), is_written=lambda path: False)
    assert seen == Settled({"a": (1, 1)})


def test_more_than_can_be_remembered_is_everything() -> None:
    disk, pending = Disk(), Pending(quiet_seconds=QUIET, limit=100)
    for number in range(1000):
        drop(pending, disk, str(number), number / 100)
    assert len(pending) <= 100
    assert settle(pending, disk, 15) == Settled()
    assert settle(pending, disk, 20) == Settled(everything=True)
    drop(pending, disk, "next", 21)
    assert settle(pending, disk, 31) == Settled({"next": (1, 1)})

"""Switch each safeguard off: the tests beside this one must notice, or they prove nothing."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from library import absence, changing, place, renaming, replacing
from library.archives import building, filebytes, rebuilding
from library.archives.exceptions import DamagedArchive
from library.models import Change
from library.place import Place, Replacement
from library.undoing import undo
from tests.faults import cases
from tests.faults.calls import KINDS
from tests.faults.cases import (
    BOTH,
    BOTH_KEPT,
    FULL,
    RENAME,
    RESTORE,
    REWRITE,
    TRASH,
    Broken,
    Case,
    Way,
    reference,
)
from tests.faults.power import cut_everywhere
from tests.faults.test_interference import interfere, replace, take_new_name, take_old_name
from tests.library.shelving import sha256

pytestmark = pytest.mark.django_db

Patch = pytest.MonkeyPatch
Check = Callable[[Path], None]


def killing(way: Way) -> Check:
    def check(root: Path) -> None:
        result, count = reference(root, way)
        for nth in range(1, count + 1):
            case = Case(root, way)
            case.run(KINDS["killed after"](nth))
            case.check_result(result)

    return check


def failing(way: Way) -> Check:
    def check(root: Path) -> None:
        result, count = reference(root, way)
        for nth in range(1, count + 1):
            case = Case(root, way)
            case.run(KINDS["EIO"](nth))
            case.check_result(result)

    return check


def interfering(way: Way, kind: Callable[[Path], str]) -> Check:
    def check(root: Path) -> None:
        _, count = reference(root, way)
        for nth in range(1, count + 1):
            interfere(Case(root, way), nth, kind)

    return check


def cutting(way: Way) -> Check:
    return lambda root: cut_everywhere(root, way)


def corrupting(root: Path) -> None:
    """The disk writes something else than it was given."""
    real = filebytes.copy_range

    def badly(source: int, target: int, start: int, stop: int, *, to: int) -> None:
        real(source, target, start, stop, to=to)
        os.pwrite(target, b"\xff", to + 50)

    with pytest.MonkeyPatch.context() as patch:
        from library.archives import rewriting

        patch.setattr(rewriting, "copy_range", badly)
        case = Case(root, REWRITE)
        case.run()
    if not isinstance(case.error, DamagedArchive):
        raise Broken("a page that was not written as it was took the comic's name")


def rotting(root: Path) -> None:
    """A page changes on the disk, and no date tells of it."""
    case = Case(root, REWRITE)
    case.run()
    file = case.comic.file
    status = file.stat()
    with file.open("r+b") as stream:
        stream.seek(50)
        stream.write(b"\xff")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    try:
        undo(Change.objects.get())
    except DamagedArchive:
        return
    if sha256(file) != case.former:
        raise Broken("undone, but not to the former file")


def not_synced(file: int) -> None:
    pass


def settle_out_of_order(replacements: Sequence[Replacement]) -> list[None]:
    """The former file leaves before the new one has its name for good."""
    for replacement in replacements:
        with replacing._opened(replacement) as place:
            place.check()
            place.take_name()
            place.let_go()
            place.advance()
    return [None for _ in replacements]


def rename_over(folder: int, name: str, new_name: str, *, new_folder: int | None = None) -> None:
    os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)


def recover_nothing(replacement: Replacement) -> str:
    return "taken_back"


def no_proof(file: int, frame: bytes, *, is_damaged: bool) -> None:
    pass


def no_comparison(original: int, new: int, shared: Any) -> None:
    pass


SAFEGUARDS: dict[str, tuple[Callable[[Patch], None], Check]] = {
    "the new file is synced": (
        lambda patch: patch.setattr(building, "_sync", not_synced),
        cutting(REWRITE),
    ),
    "the folder is synced before the former file leaves": (
        lambda patch: patch.setattr(replacing._Folders, "sync", lambda self, folder: None),
        cutting(REWRITE),
    ),
    "a rename is synced before it is on record": (
        lambda patch: patch.setattr(replacing._Folders, "sync", lambda self, folder: None),
        cutting(RENAME),
    ),
    "the new file is read back": (
        lambda patch: patch.setattr(building, "_compare_shared", no_comparison),
        corrupting,
    ),
    "what an undo rebuilds is proved": (
        lambda patch: patch.setattr(rebuilding, "prove", no_proof),
        rotting,
    ),
    "what came out is looked at": (
        lambda patch: patch.setattr(Place, "look", lambda self: None),
        interfering(BOTH, replace),
    ),
    "what leaves for the trash is looked at": (
        lambda patch: patch.setattr(Place, "look", lambda self: None),
        interfering(TRASH, replace),
    ),
    "what comes back takes over no name": (
        lambda patch: patch.setattr(absence, "rename_to_free_name", rename_over),
        interfering(RESTORE, take_old_name),
    ),
    "the former file leaves last": (
        lambda patch: patch.setattr(replacing, "settle_all", settle_out_of_order),
        interfering(BOTH, take_new_name),
    ),
    "no rename takes over a name": (
        lambda patch: patch.setattr(place, "rename_to_free_name", rename_over),
        interfering(BOTH, take_new_name),
    ),
    "a failure is taken back": (
        lambda patch: patch.setattr(changing, "abandon_unit", lambda unit: [False] * len(unit)),
        failing(REWRITE),
    ),
    "a start recovers": (
        lambda patch: patch.setattr(cases, "recover_all", lambda: []),
        killing(REWRITE),
    ),
    "recovery looks at the disk": (
        lambda patch: patch.setattr(replacing, "recover", recover_nothing),
        killing(BOTH),
    ),
    "originals are kept where they are wanted": (
        lambda patch: patch.setattr(Place, "_throw_away", lambda self, name: self._unlink(name)),
        killing(BOTH_KEPT),
    ),
}


@pytest.mark.parametrize("name", SAFEGUARDS)
def test_without_a_safeguard_the_tests_fail(tmp_path: Path, monkeypatch: Patch, name: str) -> None:
    switch_off, check = SAFEGUARDS[name]
    if FULL:
        check(tmp_path / "with")
    switch_off(monkeypatch)
    with pytest.raises(Broken):
        check(tmp_path / "without")


def test_the_system_has_the_calls_that_this_rests_on() -> None:
    assert renaming._renameat2 is not None

"""The user does something to the file, in the middle of a change, at every call."""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from library.models import Change
from tests.faults.calls import Call, Hook
from tests.faults.cases import (
    BOTH,
    BOTH_KEPT,
    CROSS,
    CROSS_BOTH,
    FULL,
    MOVE,
    MOVE_BOTH,
    MOVED,
    NEW,
    OLD,
    RENAME,
    RESTORE,
    REWRITE,
    TRASH,
    Broken,
    Case,
    Way,
    every_call,
    reference,
)
from tests.library.shelving import sha256

pytestmark = pytest.mark.django_db

MINE = b"someone's own work"


def present(root: Path) -> Path | None:
    """The comic, as a person finds it."""
    return next((root / name for name in (OLD, NEW, MOVED) if os.path.lexists(root / name)), None)


def edit(root: Path) -> str:
    """In place; what must be found afterwards."""
    if file := present(root):
        with file.open("ab") as stream:
            stream.write(MINE)
        return sha256(file)
    return ""


def replace(root: Path) -> str:
    file = present(root) or root / OLD
    other = root / "Ash/other"
    other.write_bytes(MINE)
    other.rename(file)
    return sha256(file)


def remove(root: Path) -> str:
    if file := present(root):
        file.unlink()
    return ""


def link(root: Path) -> str:
    """Move it out of the library and put a link in its place."""
    if file := present(root):
        away = root.parent / "away.cbz"
        shutil.move(file, away)
        file.symlink_to(away)
    return ""


def take_new_name(root: Path) -> str:
    if not os.path.lexists(root / NEW):
        (root / NEW).write_bytes(MINE)
    return sha256(root / NEW)


def take_moved_name(root: Path) -> str:
    """In the folder that the comic is to come into."""
    (root / MOVED).parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(root / MOVED):
        (root / MOVED).write_bytes(MINE)
    return sha256(root / MOVED)


def remove_new_folder(root: Path) -> str:
    """As whoever clears away empty folders does."""
    with suppress(OSError):
        (root / MOVED).parent.rmdir()
    return ""


def take_old_name(root: Path) -> str:
    """While the comic is in the trash."""
    if not os.path.lexists(root / OLD):
        (root / OLD).write_bytes(MINE)
    return sha256(root / OLD)


def link_new_name(root: Path) -> str:
    if (file := present(root)) and not os.path.lexists(root / NEW):
        (root / NEW).hardlink_to(file)
    return ""


def move_away(root: Path) -> str:
    if file := present(root):
        digest = sha256(file)
        file.rename(root / "Ash/mine.cbz")
        return digest
    return ""


KINDS: list[Callable[[Path], str]] = [edit, replace]
if FULL:
    KINDS += [remove, link, take_new_name, link_new_name, move_away]
INTERFERED = (
    (REWRITE, RENAME, BOTH, BOTH_KEPT, TRASH, MOVE, MOVE_BOTH, CROSS, CROSS_BOTH)
    if FULL
    else (BOTH, TRASH, MOVE)
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", INTERFERED, ids=str)
def test_whatever_the_user_does_meanwhile_is_kept(
    tmp_path: Path, way: Way, kind: Callable[[Path], str]
) -> None:
    _, count = reference(tmp_path / "comics", way)
    for nth in every_call(count):
        interfere(Case(tmp_path / "comics", way), nth, kind)


def test_a_name_that_the_user_takes_while_a_comic_comes_back_is_kept(tmp_path: Path) -> None:
    _, count = reference(tmp_path / "comics", RESTORE)
    for nth in every_call(count):
        interfere(Case(tmp_path / "comics", RESTORE), nth, take_old_name)


@pytest.mark.parametrize("kind", [take_moved_name, remove_new_folder])
@pytest.mark.parametrize("way", [MOVE, MOVE_BOTH, CROSS] if FULL else [MOVE, CROSS], ids=str)
def test_whatever_the_user_does_in_the_new_folder_is_kept(
    tmp_path: Path, way: Way, kind: Callable[[Path], str]
) -> None:
    _, count = reference(tmp_path / "comics", way)
    for nth in every_call(count):
        interfere(Case(tmp_path / "comics", way), nth, kind)


def interfere(case: Case, nth: int, kind: Callable[[Path], str]) -> None:
    wanted: list[str] = []
    case.run(before_call(nth, lambda: wanted.append(kind(case.root))))
    case.recover()
    found = dict(case.contents())
    if any(".cm-" in name for name in found) or Change.objects.open().exists():
        raise Broken(f"call {nth}: left behind {found}, {case.error!r}")
    is_kept = case.former in found.values() or case.former in case.shelf.trash()
    if kind is remove_new_folder and not is_kept and not Change.objects.done().exists():
        raise Broken(f"call {nth}: the comic is lost: {found} {case.error!r}")
    if wanted and wanted[0] and wanted[0] not in found.values():
        raise Broken(f"call {nth}: the user's file is gone: {found} {case.error!r}")
    is_mine = found.get(NEW) == hashlib.sha256(MINE).hexdigest()
    takes_name = kind is take_new_name and case.way.renames and not case.way.moves
    if takes_name and is_mine and Change.objects.done().exists():
        raise Broken(f"call {nth}: done, but the name is the user's file's: {found}")
    if kind is take_new_name and case.error and found.get(OLD) != case.former:
        raise Broken(f"call {nth}: a conflict, but not the former file: {found} {case.error!r}")


def before_call(nth: int, act: Callable[[], None]) -> Hook:
    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        if number == nth:
            act()
        return call()

    return hook

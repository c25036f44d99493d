import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from library import renaming, replacing
from library.archives.constructions import BuiltFile
from library.archives.rewriting import rewrite
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import FileIdentity
from library.place import Replacement
from tests.library.archives.making import leftovers, make_comic
from tests.library.settling import replacement

XML = b"<ComicInfo><Series>Brass Harbour</Series></ComicInfo>"
OTHER = b"someone else's file, not replaceable"


def identity(path: Path) -> FileIdentity:
    return FileIdentity.of(path.lstat())


class Shelf:
    """A folder with one comic, its new file built and not yet in place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.comic = make_comic(folder / "old.cbz")
        self.target = folder / "new.cbz"
        self.expected = identity(self.comic)
        self.old_bytes = self.comic.read_bytes()
        self.built = rewrite(self.comic, XML, expected=self.expected)
        self.new_bytes = (folder / self.built.name).read_bytes()

    def settle(self, *, rewritten: bool, renamed: bool) -> None:
        replacing.settle(self.replacement(rewritten=rewritten, renamed=renamed))

    def replacement(self, *, rewritten: bool, renamed: bool) -> Replacement:
        built: BuiltFile | None = self.built
        if not rewritten:
            self.comic.with_name(self.built.name).unlink()
            built = None
        name = self.target.name if renamed else None
        return replacement(self.comic, self.expected, built=built, new_name=name)

    def contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture(params=["renameat2", "links", "neither"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the file system can do."""
    kind: str = request.param
    if kind != "renameat2":
        monkeypatch.setattr(renaming, "_renameat2", None)
    if kind == "neither":

        def no_links(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
    return kind


WAYS = pytest.mark.parametrize(
    ("rewritten", "renamed"), [(True, False), (False, True), (True, True)]
)


@WAYS
@pytest.mark.usefixtures("file_system")
def test_the_comic_gets_its_new_file_and_name_and_nothing_else_is_left(
    shelf: Shelf, rewritten: bool, renamed: bool
) -> None:
    result = shelf.built.identity if rewritten else shelf.expected
    shelf.settle(rewritten=rewritten, renamed=renamed)
    path = shelf.target if renamed else shelf.comic
    assert shelf.contents() == {path.name: shelf.new_bytes if rewritten else shelf.old_bytes}
    assert identity(path) == result


@pytest.mark.parametrize("rewritten", [True, False])
@pytest.mark.usefixtures("file_system")
def test_a_taken_name_is_a_conflict_and_nothing_is_touched(shelf: Shelf, rewritten: bool) -> None:
    shelf.target.write_bytes(OTHER)
    with pytest.raises(NameTaken, match="“new.cbz” exists already"):
        shelf.settle(rewritten=rewritten, renamed=True)
    assert shelf.contents() == {"old.cbz": shelf.old_bytes, "new.cbz": OTHER}
    assert identity(shelf.comic) == shelf.expected


@pytest.mark.parametrize("kind", ["folder", "dangling link", "hard link"])
def test_whatever_has_the_name_keeps_it(shelf: Shelf, kind: str) -> None:
    if kind == "folder":
        shelf.target.mkdir()
    elif kind == "dangling link":
        shelf.target.symlink_to("nowhere")
    else:
        shelf.target.hardlink_to(shelf.comic)
    with pytest.raises(NameTaken):
        shelf.settle(rewritten=True, renamed=True)
    assert os.path.lexists(shelf.target)
    assert shelf.comic.read_bytes() == shelf.old_bytes
    assert leftovers(shelf.folder) == []


def replace_file(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(OTHER)
    other.rename(path)


def edit_in_place(path: Path) -> None:
    path.write_bytes(OTHER)


INTERFERENCES = pytest.mark.parametrize("interfere", [replace_file, edit_in_place])


@WAYS
@INTERFERENCES
@pytest.mark.usefixtures("file_system")
def test_a_file_that_changed_before_is_left_alone(
    shelf: Shelf, interfere: Callable[[Path], None], rewritten: bool, renamed: bool
) -> None:
    interfere(shelf.comic)
    with pytest.raises(FileChanged):
        shelf.settle(rewritten=rewritten, renamed=renamed)
    assert shelf.contents() == {"old.cbz": OTHER}


@WAYS
@INTERFERENCES
def test_a_file_that_changes_at_the_last_moment_comes_back(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    interfere: Callable[[Path], None],
    rewritten: bool,
    renamed: bool,
) -> None:
    rename = renaming._renameat2
    assert rename

    def interrupted(*arguments: object) -> int:
        if shelf.comic.exists() and shelf.comic.read_bytes() == shelf.old_bytes:
            interfere(shelf.comic)
        return rename(*arguments)

    monkeypatch.setattr(renaming, "_renameat2", interrupted)
    with pytest.raises(FileChanged):
        shelf.settle(rewritten=rewritten, renamed=renamed)
    assert shelf.contents() == {"old.cbz": OTHER}


@WAYS
def test_a_file_that_vanished_is_said_to_be_gone(
    shelf: Shelf, rewritten: bool, renamed: bool
) -> None:
    shelf.comic.unlink()
    with pytest.raises(FileProblem, match="no longer there"):
        shelf.settle(rewritten=rewritten, renamed=renamed)
    assert shelf.contents() == {}


@WAYS
@pytest.mark.parametrize("call", ["fsync", "unlink", "rename"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_when_a_system_call_fails_no_comic_is_lost(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    rewritten: bool,
    renamed: bool,
    call: str,
    nth: int,
) -> None:
    owner, name = (renaming, "_renameat2") if call == "rename" else (os, call)
    real = getattr(owner, name)
    calls = 0

    def failing(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls != nth:
            return real(*arguments, **named)
        raise OSError(errno.EIO, "Input/output error")

    wanted = shelf.replacement(rewritten=rewritten, renamed=renamed)
    monkeypatch.setattr(owner, name, failing)
    try:
        replacing.settle(wanted)
    except FileProblem as error:
        assert "read or write error" in str(error)  # noqa: PT017
        assert shelf.contents()["old.cbz"] == shelf.old_bytes
    else:
        path = shelf.target if renamed else shelf.comic
        assert path.read_bytes() == (shelf.new_bytes if rewritten else shelf.old_bytes)


@pytest.mark.parametrize("rewritten", [True, False])
@pytest.mark.usefixtures("file_system")
def test_a_rename_that_changes_only_case_works(tmp_path: Path, rewritten: bool) -> None:
    shelf = Shelf(tmp_path)
    shelf.target = shelf.comic.with_name("OLD.cbz")
    shelf.settle(rewritten=rewritten, renamed=True)
    assert list(shelf.contents()) == ["OLD.cbz"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EROFS, "The disk is read-only."),
        (errno.EACCES, "No permission for this file or its folder."),
    ],
)
def test_the_systems_errors_become_sentences(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, "refused")

    monkeypatch.setattr(renaming, "_renameat2", refuse)
    with pytest.raises(FileProblem, match=sentence):
        shelf.settle(rewritten=True, renamed=False)
    assert shelf.contents() == {"old.cbz": shelf.old_bytes}


@pytest.mark.parametrize("name", ["../new.cbz", ".", "..", "a\0b"])
def test_a_new_name_never_leads_out_of_the_folder(shelf: Shelf, name: str) -> None:
    wanted = replacement(shelf.comic, shelf.expected, built=shelf.built, new_name=name)
    with pytest.raises(ComicError):
        replacing.settle(wanted)
    assert shelf.contents() == {"old.cbz": shelf.old_bytes}

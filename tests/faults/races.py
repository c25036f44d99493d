"""What two processes race for, and how it must look afterwards."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.db import connection

from library.exceptions import FileChanged, FileProblem, NameInUse, NameTaken
from library.models import Change, Comic
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, sha256

COMICS = 8
AHEAD_SECONDS = 0.02
"""Both processes begin at a moment this far ahead."""


def race_all(folder: Path, rounds: int) -> list[str]:
    shelf = Shelf(folder / "comics")
    found = []
    for number in range(rounds):
        found += [f"round {number}: {what}" for what in one_comic(shelf)]
        found += [f"round {number}: {what}" for what in one_name(shelf)]
    return found


def one_comic(shelf: Shelf) -> list[str]:
    [(path, former)] = lay_out(shelf, 1).items()
    race(lambda who: change(shelf, path, rewrites=True, new_name=f"by {who}.cbz"))
    done = list(Change.objects.done())
    if len(done) != 1:
        return [f"{len(done)} changes of one comic are done"]
    wanted = {f"Ash/{done[0].new_name}"}
    found = contents(shelf)
    if set(found) != wanted or former in found.values() or Comic.objects.get().path not in wanted:
        return [f"done is {wanted}, found is {found}"]
    return left_open()


def one_name(shelf: Shelf) -> list[str]:
    before = lay_out(shelf, COMICS)
    paths = list(before)

    def work(who: int) -> None:
        for path in paths[who::2]:
            change(shelf, path, rewrites=False, new_name="one.cbz")

    race(work)
    found = contents(shelf)
    if Change.objects.done().count() != 1 or "Ash/one.cbz" not in found:
        return [f"not exactly one got the name: {sorted(found)}"]
    if sorted(found.values()) != sorted(before.values()):
        return ["a comic is lost"]
    return left_open()


def lay_out(shelf: Shelf, count: int) -> dict[str, str]:
    """New comics, and the digests of their files."""

    Change.objects.all().delete()
    Comic.objects.all().delete()
    shutil.rmtree(shelf.root, ignore_errors=True)
    paths = [f"Ash/{n}.cbz" for n in range(count)]
    for n, path in enumerate(paths):
        shelf.comic(path, data=comic_bytes({"Series": "Ash", "Number": str(n)}))
    connection.close()  # the processes must not share it
    return {path: sha256(shelf.root / path) for path in paths}


def race(work: Callable[[int], None]) -> None:
    start = time.monotonic() + AHEAD_SECONDS
    children = [os.fork() or begin(work, who, start) for who in range(2)]
    for child in children:
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise SystemExit("one of the two failed")


def begin(work: Callable[[int], None], who: int, start: float) -> int:
    code = 1
    try:
        while time.monotonic() < start:
            pass
        work(who)
        code = 0
    finally:
        os._exit(code)
    return code


def change(shelf: Shelf, path: str, *, rewrites: bool, new_name: str) -> None:

    comic = Comic.objects.filter(path=path).first()
    if comic is None:
        return
    # It lost: the other has the comic or the name.
    with suppress(FileChanged, NameInUse, NameTaken, FileProblem, FileNotFoundError):
        shelf.change(comic, rewrites=rewrites, new_name=new_name)


def contents(shelf: Shelf) -> dict[str, str]:

    return {name: sha256(shelf.root / name) for name in shelf.names()}


def left_open() -> list[str]:

    return ["the journal is open"] if Change.objects.open().exists() else []

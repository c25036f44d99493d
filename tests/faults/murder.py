"""What the killed processes work on, and how it must look afterwards."""

import logging
import shutil
from pathlib import Path

from django.db import connection

from library.changing import carry_out_all
from library.exceptions import ComicError
from library.journal import Intent
from library.models import Change, Comic, TrashedFile
from library.naming import split
from library.recovering import recover_all
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, identity, sha256

COMICS = 3
REMOVED = "Ash/removed.cbz"
"""One more, which is to go to the trash."""
MOVED = ("Ash/moved.cbz", "Birch/Deep/moved.cbz")
"""Another one, from the one folder to the other."""
SWAPPED = ("Ash/left.cbz", "Birch/right.cbz")
"""Two that change places."""
PAGES = 100
"""Enough that building takes a while."""
DATA = comic_bytes({"Series": "Ash"}, pages=PAGES)
SWAPPED_DATA = [comic_bytes({"Series": "Ash"}, pages=pages) for pages in (1, 2)]


class Ground:
    def __init__(self, folder: Path) -> None:
        logging.disable()
        self.shelf = Shelf(folder / "comics")
        self.whole: dict[int, set[str]] = {}
        connection.close()

    def lay_out(self) -> None:
        """The same comics as at the beginning, each to be rewritten, renamed, both or removed."""
        Change.objects.all().delete()
        TrashedFile.objects.all().delete()
        Comic.objects.all().delete()
        shutil.rmtree(self.shelf.root, ignore_errors=True)
        self.comics = [self.shelf.comic(f"Ash/{n}.cbz", data=DATA) for n in range(COMICS)]
        self.removed = self.shelf.comic(REMOVED, data=DATA)
        self.moved = self.shelf.comic(MOVED[0], data=DATA)
        self.swapped = [
            self.shelf.comic(path, data=data)
            for path, data in zip(SWAPPED, SWAPPED_DATA, strict=True)
        ]
        if not self.whole:
            self._learn_results()
            self.lay_out()
            return
        connection.close()  # a child must not share it

    def _learn_results(self) -> None:
        formers = [sha256(comic.file) for comic in self.comics]
        self.former = formers[0]
        self.work()
        results = [sha256(Comic.objects.get(pk=comic.pk).file) for comic in self.comics]
        self.whole = {n: {formers[n], results[n]} for n in range(COMICS)}

    def work(self) -> None:
        for n, comic in enumerate(self.comics):
            ways = [(True, ""), (False, f"new {n}.cbz"), (True, f"new {n}.cbz")]
            rewrites, new_name = ways[n % 3]
            self.shelf.change(comic, rewrites=rewrites, new_name=new_name, keeps_original=n == 0)
        self.shelf.change(self.moved, rewrites=False, new_name="moved.cbz", new_folder="Birch/Deep")
        carry_out_all(
            [
                Intent(comic, "test", identity(comic.file), new_name=name, new_folder=folder)
                for comic, (folder, name) in zip(
                    self.swapped, (split(path) for path in reversed(SWAPPED)), strict=True
                )
            ],
            lambda places: [None for _ in places],
        )
        self.shelf.remove(self.removed)

    def recover(self) -> None:
        list(recover_all())
        connection.close()

    def states(self) -> list[str]:
        found = list(Change.objects.values_list("state", flat=True))
        connection.close()
        return found

    def faults(self) -> list[str]:
        found = []
        names = self.shelf.names()
        for n, comic in enumerate(self.comics):
            mine = [name for name in names if name in (f"Ash/{n}.cbz", f"Ash/new {n}.cbz")]
            if len(mine) != 1 or sha256(self.shelf.root / mine[0]) not in self.whole[n]:
                found.append(f"comic {n} is {mine}")
            elif Comic.objects.get(pk=comic.pk).path != mine[0]:
                found.append(f"the row of comic {n} does not follow")
        found += self._faults_of_removed(names)
        found += self._faults_of_moved(names)
        found += self._faults_of_swapped()
        found += [f"left behind: {name}" for name in names if ".cm-" in name]
        if Change.objects.open().exists():
            found.append("the journal is open")
        try:
            self._check_done(found)
        except ComicError as error:
            found.append(str(error))
        connection.close()
        return found

    def _faults_of_removed(self, names: list[str]) -> list[str]:
        present = REMOVED in names
        if Comic.objects.get(pk=self.removed.pk).present != present:
            return ["the row of the removed comic does not follow"]
        whole = sha256(self.removed.file) == self.former if present else self._is_in_trash()
        return [] if whole else ["the removed comic is lost"]

    def _faults_of_moved(self, names: list[str]) -> list[str]:
        there = [name for name in names if name in MOVED]
        if len(there) != 1 or sha256(self.shelf.root / there[0]) != self.former:
            return [f"the moved comic is {there}"]
        if Comic.objects.get(pk=self.moved.pk).path != there[0]:
            return ["the row of the moved comic does not follow"]
        made_in_vain = there[0] == MOVED[0] and (self.shelf.root / "Birch/Deep").exists()
        return ["a folder was made in vain"] if made_in_vain else []

    def _faults_of_swapped(self) -> list[str]:
        """Each name leads to one of the two, and each row to its own."""
        found = []
        for comic, data in zip(self.swapped, SWAPPED_DATA, strict=True):
            file = self.shelf.root / Comic.objects.get(pk=comic.pk).path
            if not file.exists() or file.read_bytes() != data:
                found.append(f"the row of {comic.path} does not lead to it")
        return found

    def _is_in_trash(self) -> bool:
        is_recorded = TrashedFile.objects.filter(path=REMOVED).exists()
        return is_recorded and self.former in self.shelf.trash()

    def _check_done(self, found: list[str]) -> None:
        for change in Change.objects.done().exclude(operation="trash"):
            file = self.shelf.root / change.result_path
            if change.result != change.former and sha256(file) == self.former:
                found.append(f"{change} is done, but the file is the former one")
            if change.keeps_original and change.sha256 not in self.shelf.trash():
                found.append(f"the original of {change} is not in the trash")

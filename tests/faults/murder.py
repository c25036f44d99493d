"""What the killed processes work on, and how it must look afterwards."""

import logging
import shutil
from pathlib import Path

from django.db import connection

from library.exceptions import ComicError
from library.models import Change, Comic, TrashedFile
from library.recovering import recover_all
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, sha256

COMICS = 3
REMOVED = "Ash/removed.cbz"
"""One more, which is to go to the trash."""
PAGES = 100
"""Enough that building takes a while."""
DATA = comic_bytes({"Series": "Ash"}, pages=PAGES)


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

    def _is_in_trash(self) -> bool:
        is_recorded = TrashedFile.objects.filter(path=REMOVED).exists()
        return is_recorded and self.former in self.shelf.trash()

    def _check_done(self, found: list[str]) -> None:
        for change in Change.objects.done().exclude(operation="trash"):
            file = self.shelf.root / change.folder / change.result_name
            if change.sha256 and sha256(file) == change.sha256:
                found.append(f"{change} is done, but the file is the former one")
            if change.keeps_original and change.sha256 not in self.shelf.trash():
                found.append(f"the original of {change} is not in the trash")

"""One library's watcher: from something that happened to one job for all of it."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs import lifecycle
from jobs.operations import Abandoned, JobError
from library import newcomers, scanning
from library.files import opened_folder
from library.models import Library
from library.operations.scan import submit_batches
from library.scanning import Batch
from library.walking import Walk, shown, walk
from library.watching import looking, state
from library.watching.eyes import CannotWatch, Eye, News, open_eye
from library.watching.looking import Away, Differences
from library.watching.pending import Observation, Pending
from library.watching.writing import is_written

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    quiet_seconds: float
    poll_seconds: float
    tick_seconds: float = 1
    retry_seconds: float = 5
    """How soon a folder that is away is looked for again."""
    sweep_seconds: float = 86_400
    """How often all is looked at where events tell: they may get lost in a great crowd."""
    crowd: int = 1000
    """So many changes at once are such a crowd: all is looked at when it is over."""

    @classmethod
    def configured(cls) -> "Pace":
        return cls(settings.WATCH_QUIET_SECONDS, settings.WATCH_POLL_SECONDS)


class Watcher:
    """Away (the folder cannot be read) or watching; in both until `stopping`."""

    def __init__(
        self, library: Library, stopping: Event, *, pace: Pace, is_mine: Callable[[], bool]
    ) -> None:
        self._library = library
        self._stopping = stopping
        self._pace = pace
        self._is_mine = is_mine
        self._pending = Pending(quiet_seconds=pace.quiet_seconds)
        self._told: dict[str, Observation] = {}
        """What a job was made for and still differs: it can be read by nobody, or its job was
        cancelled. Only when it changes there is another."""
        self._job = state.of(library).job
        self._eye: Eye | None = None
        self._root: tuple[int, int] | None = None
        self._looked_at = self._tried_at = -inf
        self._unreadable: list[str] = []
        self._crowd = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn()
            except (Abandoned, Library.DoesNotExist):
                break
            except CannotWatch:
                self._close()  # the next turn finds another way
            except Away as trouble:
                self._leave(str(trouble))
            except OSError as error:
                self._leave(looking.away(error))
            except DatabaseError:
                logger.exception("watching failed library=%s", self._library)
                connection.close()
                self._stopping.wait(self._pace.retry_seconds)
        self._close()
        connection.close()

    def _leave(self, why: str) -> None:
        self._close()
        state.tell(self._library, method="", remark="", problem=why)
        self._stopping.wait(self._pace.retry_seconds)

    def _close(self) -> None:
        if self._eye is not None:
            self._eye.close()
        self._eye = None
        self._pending.forget()

    def turn(self) -> None:
        """Raises Away, CannotWatch and OSError where the folder cannot be watched as before."""
        eye = self._eye or self._open()
        news = eye.wait(self._pace.tick_seconds, self._stopping)
        if _identity(self._library.path) != self._root:
            self._close()  # another folder is under the path now
            return
        self._take(eye, news)
        self._settle()

    def _open(self) -> Eye:
        path = self._library.path
        self._root = _identity(path)
        self._eye, remark = open_eye(path, poll_seconds=self._pace.poll_seconds)
        self._look_at_all(self._eye)
        newcomers.process(self._library)
        state.tell(self._library, method=self._eye.method, remark=remark)
        return self._eye

    def _take(self, eye: Eye, news: News) -> None:
        if news.everything or self._is_time_to_look():
            self._look_at_all(eye)
            return
        for path in news.files:
            self._note(path, looking.look_at(self._library.path, path))
        for folder in news.new_folders:
            # One that is gone again, or may not be read, is other news.
            with suppress(OSError):
                for file in walk(self._library.path, self._check, top=folder).found:
                    if file.is_file:
                        self._note(file.path, (file.size, file.mtime_ns))
        for path in looking.known_beneath(self._library, news.gone_folders):
            self._note(path, None)

    def _is_time_to_look(self) -> bool:
        if monotonic() - self._looked_at >= self._pace.sweep_seconds:
            return True
        if monotonic() - self._tried_at < self._pace.retry_seconds:
            return False
        self._tried_at = monotonic()
        return any(_is_readable(self._library.root / folder) for folder in self._unreadable)

    def _look_at_all(self, eye: Eye) -> None:
        began = monotonic()
        differing, found = looking.look_at_all(self._library, self._check)
        self._looked_at = monotonic()
        for path, observed in differing.items():
            self._note(path, observed)
        self._told = {path: seen for path, seen in self._told.items() if path in differing}
        self._unreadable = found.unreadable
        eye.looked(found, self._looked_at - began)
        state.tell(self._library, problem=_unreadable(found))

    def _note(self, path: str, observed: Observation | Literal["unknown"]) -> None:
        if observed == "unknown" or self._told.get(path, "nothing") == observed:
            return
        self._told.pop(path, None)
        self._pending.add(path, observed, monotonic())
        self._crowd += 1

    def _settle(self) -> None:
        if self._job is not None:
            if not lifecycle.has_ended(self._job):
                return  # what comes meanwhile is one job, too
            self._job = None
        root = self._library.path
        settled = self._pending.settle(
            monotonic(),
            look=lambda path: looking.look_at(root, path),
            is_written=lambda path: is_written(Path(root, path)),
        )
        if settled.everything:
            self._scan()
        elif settled.files:
            self._hand_over(settled.files)

    def _hand_over(self, files: Mapping[str, Observation]) -> None:
        self._library.refresh_from_db()
        found = looking.differences(self._library, files)
        for path, observed in found.in_work.items():
            self._pending.add(path, observed, monotonic())
        if (found.changed or found.gone) and self._is_mine():
            differing = [*(file.path for file in found.changed), *(row.path for row in found.gone)]
            self._told.update((path, files[path]) for path in differing)
            self._submit(found)
        if self._crowd >= self._pace.crowd:
            self._looked_at = -inf
        self._crowd = 0

    def _submit(self, found: Differences) -> None:
        library = self._library
        try:
            known = library.comics.present().count()
            batches = list(scanning.batches_of(library, found.changed, found.gone, known))
        except JobError:
            self._scan()  # it fails with the reason, where people see it
            return
        self._did(submit_batches(library, batches), _in_words(batches))

    def _scan(self) -> None:
        job = lifecycle.submit("scan", {"library": self._library.pk})
        self._did(job, _("Had the library scanned."))

    def _did(self, job: lifecycle.Job, text: str) -> None:
        self._job = job.pk
        state.tell(self._library, did=text, did_at=now(), job=job.pk)

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Abandoned


def _identity(root: str) -> tuple[int, int]:
    """Raises OSError where the folder is away, or may no longer be read: no event tells of that."""
    with opened_folder(Path(root)) as folder:
        status = os.fstat(folder)
    return status.st_dev, status.st_ino


def _is_readable(folder: Path) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


def _unreadable(found: Walk) -> str:
    if not found.unreadable:
        return ""
    text = _("“%s” cannot be read. Check its owner and mode. Its comics stay listed.")
    return text % shown(found.unreadable[0])


def _in_words(batches: Iterable[Batch]) -> str:
    files = moved = gone = 0
    for batch in batches:
        files, moved, gone = (
            files + len(batch.files),
            moved + len(batch.moved),
            gone + len(batch.gone),
        )
    parts = [
        ngettext("%d new or changed", "%d new or changed", files) % files if files else "",
        ngettext("%d moved", "%d moved", moved) % moved if moved else "",
        ngettext("%d gone", "%d gone", gone) % gone if gone else "",
    ]
    return _("Found: %s.") % ", ".join(part for part in parts if part)

"""A comic's cover and pages as pictures: out of the cache, or made by a child while one waits."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jobs import errands
from jobs.operations import ItemError
from library import thumbnails
from library.archives.base import MAX_ENTRIES
from library.archives.exceptions import ArchiveError, NoPicture, UnreadFormat
from library.exceptions import ComicError
from library.models import Comic
from library.thumbnails import Key, NoThumbnail
from library.work.show import COVER, Page, Thumbnails

COVER_WIDTHS = (120, 240, 480)
PAGE_WIDTHS = (160, 480, 1200)
STRIP_WIDTH = 160
"""Of pages that are looked at side by side. Several are made at a time, because an archive that is
packed as one is unpacked from its start each time."""
STRIP_PAGES = 8
TIMEOUT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    media_type: str
    is_current: bool
    """Of the file that the comic's row knows; not of one that no scan has seen yet."""


class NoPictureNow(NoPicture):
    """There is none, but in a moment there may be."""


Made = dict[int, Picture | NoThumbnail]
"""By the page's number."""


def thumbnail(comic: Comic, number: int, width: int) -> Picture:
    """Of a page, the first being 1, or of COVER. Raises: NoPicture, errands.Busy."""
    _check_number(comic, number)
    found = _found(Key(comic.pk, comic.version, number, width))
    if found is None:
        _check(comic)
        numbers = _strip(number) if width == STRIP_WIDTH else (number,)
        made = _once(
            (comic.pk, comic.version, numbers, width), lambda: _made(comic, numbers, width)
        )
        found = made.get(number, NoThumbnail(_no_such_page()))
    if isinstance(found, NoThumbnail):
        raise NoPicture(found.reason)
    return found


def page(comic: Comic, number: int) -> Picture:
    """As it is in the file, where browsers can show it. Raises: NoPicture, errands.Busy."""
    _check_number(comic, number)
    _check(comic)
    try:
        found: Page = _call("library.work.show:page", comic, number)
    except (ComicError, ItemError) as error:
        raise NoPictureNow(str(error)) from error
    is_current = (found.size, found.mtime_ns) == (comic.size_bytes, comic.mtime_ns)
    return Picture(found.data, found.media_type, is_current)


def _check_number(comic: Comic, number: int) -> None:
    """Raises NoPicture."""
    if number != COVER and not 0 < number <= (comic.page_count or MAX_ENTRIES):
        raise NoPicture(_no_such_page())


def _check(comic: Comic) -> None:
    """Raises NoPicture for what needs no look at the file."""
    if not comic.may_have_cover:
        raise NoPicture(comic.verdict_reason)
    if not comic.present:
        raise NoPictureNow(_("The comic's file is missing."))


def _no_such_page() -> str:
    return _("There is no such page.")


def _strip(number: int) -> tuple[int, ...]:
    first = (number - 1) // STRIP_PAGES * STRIP_PAGES + 1
    return tuple(range(first, first + STRIP_PAGES))


def _found(key: Key) -> Picture | NoThumbnail | None:
    kept = thumbnails.find(key)
    return Picture(kept, "image/webp", is_current=True) if isinstance(kept, bytes) else kept


def _made(comic: Comic, numbers: Sequence[int], width: int) -> Made:
    keys = {n: Key(comic.pk, comic.version, n, width) for n in numbers}
    if (found := _found(keys[numbers[0]])) and len(numbers) == 1:
        return {numbers[0]: found}  # made since it was looked for
    try:
        made: Thumbnails = _call("library.work.show:thumbnails", comic, numbers, width)
    except (ArchiveError, ItemError) as error:
        may_pass = isinstance(error, UnreadFormat | ItemError)
        for key in keys.values():
            thumbnails.keep_reason(key, str(error), may_pass=may_pass)
        return dict.fromkeys(numbers, NoThumbnail(str(error)))
    except ComicError as error:
        raise NoPictureNow(str(error)) from error
    is_current = (made.size, made.mtime_ns) == (comic.size_bytes, comic.mtime_ns)
    if is_current:
        _keep(keys, made)
    return {
        n: NoThumbnail(given)
        if isinstance(given, str)
        else Picture(given, "image/webp", is_current)
        for n, given in made.pictures.items()
    }


def _keep(keys: dict[int, Key], made: Thumbnails) -> None:
    for number, given in made.pictures.items():
        if isinstance(given, bytes):
            thumbnails.keep(keys[number], given)
        else:
            thumbnails.keep_reason(keys[number], given, may_pass=False)


def _call(function: str, comic: Comic, *args: Any) -> Any:
    return errands.run(function, file_data(comic), *args, timeout_seconds=TIMEOUT_SECONDS)


def file_data(comic: Comic) -> dict[str, str]:
    """Where its file is, as `library.work.show` takes it."""
    return {"root": comic.library.path, "folder": comic.folder, "name": comic.name}


_in_work: dict[object, Future[Made]] = {}
_in_work_lock = threading.Lock()


def _once(key: object, make: Callable[[], Made]) -> Made:
    """What several ask for at the same time is made by the first of them, for all."""
    with _in_work_lock:
        others = _in_work.get(key)
        ours = _in_work.setdefault(key, Future())
    if others is not None:
        return others.result()
    try:
        ours.set_result(make())
    # It is raised in this thread too: the last line.
    except BaseException as error:  # noqa: BLE001
        ours.set_exception(error)
    with _in_work_lock:
        del _in_work[key]
    return ours.result()

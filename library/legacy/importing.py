"""Put what the old ComicMaintainer knew into the rows here. No comic's file is touched.

Done again, it adds nothing twice.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from library import registering
from library.files import FileIdentity
from library.legacy.reading import TAGS, Legacy, Record
from library.legacy.template import translate
from library.models import Change, Comic, Library

T = TypeVar("T")

CHUNK = 500
_ELEMENTS = {**{tag: tag.capitalize() for tag in TAGS}, "issue": "Number"}
_STATES = {"processed": Comic.State.CLEAN, "duplicate": Comic.State.DUPLICATE}
_REASONS = {
    "processed": gettext_noop("Marked as processed by the old ComicMaintainer."),
    "duplicate": gettext_noop("Marked as a duplicate by the old ComicMaintainer."),
}
_NO_FILE = asdict(FileIdentity(device=0, inode=0, size=0, mtime_ns=0))
"""No file has this identity, so nobody takes one for the result of an old change."""


@dataclass
class Count:
    found: int = 0
    taken_over: int = 0
    known: int = 0
    """Were here already."""
    unmatched: list[str] = field(default_factory=list)
    """Paths for which there is no comic, or no library."""


@dataclass
class Report:
    libraries: list[str]
    template: str
    watch: str
    marks: dict[str, Count]
    history: Count
    left_out: list[str]
    problems: list[str]


class Places:
    """Which library, and which path in it, an old path means."""

    def __init__(self, libraries: Iterable[Library], moved: Mapping[str, str]) -> None:
        self._roots = [(library, PurePosixPath(library.path)) for library in libraries]
        self._moved = [(PurePosixPath(old), PurePosixPath(new)) for old, new in moved.items()]

    def of(self, path: str) -> tuple[Library, str] | None:
        now = self._here(PurePosixPath(path))
        for library, root in self._roots:
            if now.is_relative_to(root) and now != root and ".." not in now.parts:
                return library, str(now.relative_to(root))
        return None

    def _here(self, path: PurePosixPath) -> PurePosixPath:
        for old, new in self._moved:
            if path.is_relative_to(old):
                return new / path.relative_to(old)
        return path


def take_over(
    legacy: Legacy, libraries: list[Library], *, moved: Mapping[str, str], dry_run: bool = False
) -> Report:
    """Raises ValidationError where a library refuses the rules."""
    places = Places(libraries, moved)
    translated = translate(legacy.format, legacy.padding)
    watch = _watching(legacy.is_watched)
    if not dry_run:
        _set_rules(libraries, translated.template, watch)
    marks = {
        mark: _mark(mark, paths, places, dry_run=dry_run) for mark, paths in legacy.marks.items()
    }
    history = _remember(legacy.history, places, dry_run=dry_run)
    return Report(
        [library.name for library in libraries],
        translated.template,
        watch,
        marks,
        history,
        legacy.left_out,
        legacy.problems + translated.remarks,
    )


def _watching(is_watched: bool | None) -> str:
    """The old watcher processed what was new; empty where nothing is known of it."""
    if is_watched is None:
        return ""
    return Library.Watching.PROCESS if is_watched else Library.Watching.OFF


def _set_rules(libraries: list[Library], template: str, watch: str) -> None:
    """The old program always set titles and series as `strict` does."""
    known = {"template": template, "watch": watch}
    rules: dict[str, Any] = {"strict": True} | {name: each for name, each in known.items() if each}
    for library in libraries:
        registering.change(library, **rules)


def _mark(mark: str, paths: set[str], places: Places, *, dry_run: bool) -> Count:
    count = Count(found=len(paths))
    for some in _chunks(sorted(paths)):
        comics = _comics(some, places)
        count.unmatched += [path for path in some if path not in comics]
        found = Comic.objects.filter(pk__in=[comic.pk for comic in comics.values()])
        count.known += found.filter(state=_STATES[mark]).count()
        new = found.filter(_may_get(mark))
        values = {"state": _STATES[mark], "state_reason": _REASONS[mark]}
        count.taken_over += new.count() if dry_run else new.update(**values)
    return count


def _may_get(mark: str) -> Q:
    """What reading says of a damaged comic counts more than what was once done with it."""
    sound = Q(verdict__in=[Comic.Verdict.OK, Comic.Verdict.WARN])
    states = [Comic.State.NEEDS_WORK]
    return sound & Q(state__in=states if mark == "processed" else [*states, Comic.State.CLEAN])


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    left = iter(values)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _comics(paths: Iterable[str], places: Places) -> dict[str, Comic]:
    """The comics under these old paths."""
    wanted = {path: place for path in paths if (place := places.of(path)) is not None}
    found: dict[tuple[int, str], Comic] = {}
    for library in {place[0] for place in wanted.values()}:
        names = [name for owner, name in wanted.values() if owner == library]
        comics = library.comics.filter(path__in=names).only("library_id", "path", "state")
        found |= {(library.pk, comic.path): comic for comic in comics}
    keys = {path: (library.pk, name) for path, (library, name) in wanted.items()}
    return {path: found[key] for path, key in keys.items() if key in found}


def _remember(records: list[Record], places: Places, *, dry_run: bool) -> Count:
    count = Count(found=len(records))
    for some in _chunks(sorted(records, key=lambda record: record.when)):
        tokens = {_token(record): record for record in some}
        known = set(Change.objects.filter(token__in=tokens).values_list("token", flat=True))
        count.known += len(known)
        new = {token: record for token, record in tokens.items() if token not in known}
        changes = list(_changes(new, places, count))
        count.taken_over += len(changes)
        if not dry_run:
            Change.objects.bulk_create(changes)
    return count


def _changes(records: Mapping[str, Record], places: Places, count: Count) -> Iterator[Change]:
    comics = _comics({_now(record) for record in records.values()}, places)
    # The order of the rows is the order in which changes are undone: what was done here since may
    # not get an older change after it.
    changed = set(
        Change.objects.filter(comic__in=[comic.pk for comic in comics.values()])
        .exclude(token__startswith=Change.IMPORTED)
        .values_list("comic", flat=True)
    )
    for token, record in records.items():
        place = places.of(record.path)
        if place is None:
            count.unmatched.append(record.path)
            continue
        comic = comics.get(_now(record))
        yield _change(token, record, place, comic if comic and comic.pk not in changed else None)


def _change(token: str, record: Record, place: tuple[Library, str], comic: Comic | None) -> Change:
    library, path = place
    folder = str(PurePosixPath(path).parent)
    name = record.before.get("filename") or PurePosixPath(path).name
    new_name = record.after.get("filename", name)
    return Change(
        library=library,
        comic=comic,
        operation=record.operation[:50],
        state=Change.State.DONE,
        token=token,
        folder="" if folder == "." else folder,
        name=name[:1024],
        new_name=new_name[:1024] if new_name != name else "",
        new_folder="" if folder == "." else folder,
        former=_NO_FILE,
        result=_NO_FILE,
        keeps_original=True,
        before=_tags(record.before),
        after=_tags(record.after),
        changes=_differences(record),
        message=_("Done by the old ComicMaintainer."),
        finished_at=record.when,
    )


def _token(record: Record) -> str:
    facts = f"{record.number}\0{record.when.timestamp()}\0{record.path}".encode(
        errors="surrogatepass"
    )
    return (Change.IMPORTED + hashlib.sha256(facts).hexdigest())[:32]


def _now(record: Record) -> str:
    """Where the old program left the file."""
    name = record.after.get("filename") or PurePosixPath(record.path).name
    return str(PurePosixPath(record.path).with_name(name)) if "/" not in name else record.path


def _tags(values: Mapping[str, str]) -> dict[str, str]:
    return {_ELEMENTS[tag]: values[tag] for tag in TAGS if tag in values}


def _differences(record: Record) -> list[dict[str, str]]:
    fields = {**_ELEMENTS, "filename": "name"}
    sides = [
        (field, record.before.get(key, ""), record.after.get(key, ""))
        for key, field in fields.items()
        if key in record.after
    ]
    return [
        {"field": field, "before": before, "after": after}
        for field, before, after in sides
        if before != after
    ]

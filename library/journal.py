"""The journal of changes to comics' files: the intent before the disk, the result after it.

`Change` rows are it. Every move here, of one change or of several, is one short transaction that
is on the disk when the function returns; SQLite runs with `synchronous=FULL` for that.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs.events import announce
from library.archives.constructions import BuiltFile, new_token
from library.exceptions import FileChanged, FileProblem, NameInUse
from library.files import FileIdentity
from library.models import Change, Comic, TrashedFile, columns_of
from library.place import Replacement
from library.rows import update_each
from library.searching import store_words
from library.trash import Removed, sizes_in_trash
from library.work.verify import keeps_verdict

logger = logging.getLogger(__name__)


class ClosedAlready(FileChanged):
    """Another process has finished this change, or taken it back."""

    def __init__(self) -> None:
        super().__init__(_("Another process has finished this change."))


@dataclass(frozen=True)
class Intent:
    """What is to become of one comic's file."""

    comic: Comic
    operation: str
    expected: FileIdentity | None
    """The file that was read; None where it is to come out of the trash."""
    new_name: str = ""
    """Empty where it keeps its place."""
    new_folder: str | None = None
    """None where it stays in its folder."""
    makes: int = 0
    """So many of the last parts of the new folder are not there yet."""
    crosses: bool = False
    """The new folder is on another file system."""
    job: UUID | str | None = None
    position: int | None = None
    user_id: int | None = None
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    changes: list[Any] = field(default_factory=list)
    row: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    reverts: Change | None = None


def recorded(job: str, positions: Iterable[int]) -> dict[int, Change]:
    """What became of a job's items the last time, where they were begun before."""
    found = Change.objects.select_related("comic__library", "library")
    changes = found.filter(job=job, position__in=positions)
    return {change.position: change for change in changes if change.position is not None}


def reserve(intents: Sequence[Intent]) -> list[Change]:
    """Lease the comics and their new names; the temporary files' names are on record from here on.

    All or none.

    Raises:
        NameInUse: another comic is just being given one of these names, or is about to leave it.
        FileChanged: another change of one of these comics is open.
    """
    try:
        with transaction.atomic():
            _forget_taken_back(intents)
            _check_left(intents)
            return Change.objects.bulk_create(map(_planned, intents))
    except IntegrityError as error:
        comics = [intent.comic for intent in intents]
        if Change.objects.open().filter(comic__in=comics).exists():
            raise FileChanged(_("Another change of this comic is under way.")) from error
        raise NameInUse(
            _("Another comic is just getting the name “%s”.") % intents[0].new_name
        ) from error


def _check_left(intents: Sequence[Intent]) -> None:
    """A file may have left a name before its comic's row has: whoever came then would be taken for
    the one who has the name now, and the row for one without a file. Raises NameInUse."""
    comics = [intent.comic.pk for intent in intents]
    others = Change.objects.open().exclude(comic__in=comics)
    leaving = set(others.values_list("library_id", "folder", "name"))
    for intent in intents:
        comic, folder = intent.comic, intent.new_folder
        there = comic.folder if folder is None else folder
        if intent.new_name and (comic.library_id, there, intent.new_name) in leaving:
            raise NameInUse(_("Another comic is just giving up the name “%s”.") % intent.new_name)


def _planned(intent: Intent) -> Change:
    comic = intent.comic
    return Change(
        job=intent.job,
        position=intent.position,
        library=comic.library,
        comic=comic,
        operation=intent.operation,
        user_id=intent.user_id,
        token=new_token(),
        folder=comic.folder,
        name=comic.name,
        new_name=intent.new_name,
        new_folder=comic.folder if intent.new_folder is None else intent.new_folder,
        makes=intent.makes,
        crosses=intent.crosses,
        former=asdict(intent.expected) if intent.expected else {},
        before=intent.before,
        after=intent.after,
        changes=intent.changes,
        row=intent.row,
        message=intent.message,
        reverts=intent.reverts,
    )


def _forget_taken_back(intents: Sequence[Intent]) -> None:
    """The items are tried once more, and have one row each."""
    of_jobs = [intent for intent in intents if intent.job is not None]
    Change.objects.filter(
        job__in={intent.job for intent in of_jobs},
        position__in=[intent.position for intent in of_jobs],
        state=Change.State.TAKEN_BACK,
    ).delete()


def make_ready(built: Mapping[Change, BuiltFile | Removed | None]) -> None:
    """Without a built file the comic only gets another name."""
    for change, file in built.items():
        change.result = change.former
        if isinstance(file, Removed):
            change.result, change.sha256, change.keeps_original = {}, file.former_sha256, True
        elif file is not None:
            change.result = asdict(file.identity)
            change.sha256, change.patch = file.former_sha256, file.patch
            change.keeps_original = bool(change.former) and file.patch is None
    with transaction.atomic():
        update_each(list(built), ["result", "sha256", "patch", "keeps_original"])
        _move(built, [Change.State.PLANNED], state=Change.State.READY)


def finish(changes: Collection[Change]) -> None:
    """The changes stand: their rows, the comics' rows and the trash's, all or none."""
    with transaction.atomic():
        _close(changes, Change.State.DONE)
        _note_undone([change.reverts_id for change in changes if change.reverts_id])
        _store([change for change in changes if change.comic is not None])


def give_up(changes: Collection[Change]) -> None:
    """The changes were taken back on the disk, or were never begun there."""
    with transaction.atomic():
        _close(changes, Change.State.TAKEN_BACK)


def replacement(change: Change) -> Replacement:
    return Replacement(
        root=change.library.path,
        folder=change.folder,
        name=change.name,
        new_name=change.new_name,
        new_folder=change.new_folder if change.moves else None,
        crosses=change.crosses,
        token=change.token,
        former=FileIdentity(**change.former) if change.former else None,
        result=FileIdentity(**change.result) if change.result else None,
        keeps_original=change.keeps_original,
        removes=change.removes,
    )


def _close(changes: Collection[Change], state: Change.State) -> None:
    _move(changes, Change.OPEN, state=state, finished_at=now())
    _note_trash(changes)


def _move(changes: Collection[Change], states: Collection[str], **values: Any) -> None:
    keys = [change.pk for change in changes]
    if Change.objects.filter(pk__in=keys, state__in=states).update(**values) != len(keys):
        raise ClosedAlready
    for change in changes:
        for name, value in values.items():
            setattr(change, name, value)


def _note_undone(changes: Collection[int]) -> None:
    """Undoing an undo makes the first change stand again, and so on."""
    undone_at: datetime | None = now()
    while changes:
        found = Change.objects.filter(pk__in=changes)
        found.update(undone_at=undone_at)
        undone_at = None if undone_at else now()
        changes = [pk for pk in found.values_list("reverts", flat=True) if pk]


def _note_trash(changes: Collection[Change]) -> None:
    for root in {change.library.path for change in changes}:
        names = {
            name: change
            for change in changes
            if change.library.path == root
            for name in replacement(change).trash_names().values()
        }
        kept = any(
            each.keeps_original and each.state == Change.State.DONE for each in names.values()
        )
        sizes = _sizes(root, names, kept=kept)
        files = [_trashed(names[name], name, size) for name, size in sizes.items()]
        TrashedFile.objects.bulk_create(files, ignore_conflicts=True)


def _trashed(change: Change, name: str, size_bytes: int) -> TrashedFile:
    return TrashedFile(
        library=change.library,
        change=change,
        path=change.path,
        name=name,
        size_bytes=size_bytes,
    )


def _sizes(root: str, names: Collection[str], *, kept: bool) -> dict[str, int]:
    """A trash that cannot be looked into keeps no change open, but one that put a file there.

    Raises FileProblem.
    """
    try:
        return sizes_in_trash(root, names)
    except FileProblem as error:
        if kept:
            raise
        logger.warning("trash not looked into library=%s: %s", root, error)
        return {}


def _store(changes: Collection[Change]) -> None:
    fields: set[str] = set()
    for change in changes:
        values = _row(change)
        fields.update(values)
        for name, value in values.items():
            setattr(change.comic, name, value)
    _forget_former_owners([change for change in changes if change.new_name])
    _make_room(changes)
    write_comics([change.comic for change in changes if change.comic], fields)


def _row(change: Change) -> dict[str, Any]:
    """What the comic's row says from now on."""
    identity = FileIdentity(**change.result or change.former)
    row = {
        "path": change.result_path,
        "folder": change.new_folder,
        "name": change.result_name,
        **columns_of(change.after),
        "size_bytes": identity.size,
        "mtime_ns": identity.mtime_ns,
        **_presence(change),
        **_still_known(change, identity, "verified"),
        **_still_known(change, identity, "compared"),
        **change.row,
    }
    if change.comic and row.get("verified_size_bytes") is not None:
        _keep_what_verifying_found(row, change.comic)
    return row


def _keep_what_verifying_found(row: dict[str, Any], comic: Comic) -> None:
    """Who changes a file looks less deep, so does not take back that this very file is damaged."""
    if keeps_verdict(comic.verdict, row.get("verdict", "")):
        del row["verdict"], row["verdict_reason"]


def _still_known(change: Change, identity: FileIdentity, what: str) -> dict[str, Any]:
    """No change concerns the pages, so what was found of them holds for the result too."""
    comic, former = change.comic, change.former
    size, mtime = f"{what}_size_bytes", f"{what}_mtime_ns"
    if comic is None or not former:
        return {}
    if (getattr(comic, size), getattr(comic, mtime)) != (former["size"], former["mtime_ns"]):
        return {}
    return {size: identity.size, mtime: identity.mtime_ns}


def _presence(change: Change) -> dict[str, Any]:
    if change.removes:
        return {"present": False, "missing_since": now()}
    return {} if change.former else {"present": True, "missing_since": None}


def _forget_former_owners(renamed: Collection[Change]) -> None:
    """The file that once had such a name is gone, or the rename had not been possible."""
    for library in {change.library_id for change in renamed}:
        those = [change.comic for change in renamed if change.library_id == library]
        paths = [comic.path for comic in those if comic]
        Comic.objects.filter(library_id=library, path__in=paths).exclude(
            pk__in=[comic.pk for comic in those if comic]
        ).delete()


def _make_room(changes: Collection[Change]) -> None:
    """Where comics change places, none has the path yet that the next one is to get."""
    former = {change.path for change in changes}
    if any(change.new_name and change.result_path in former for change in changes):
        comics = Comic.objects.filter(pk__in=[change.comic_id for change in changes])
        comics.update(path=Concat(Value("/"), Cast("pk", CharField())))


def update_comic(comic: Comic, **values: Any) -> None:
    """Store and announce."""
    for name, value in values.items():
        setattr(comic, name, value)
    write_comics([comic], values)


def write_comics(comics: Sequence[Comic], fields: Iterable[str]) -> None:
    """Store these fields as they are in the objects, and announce."""
    for comic in comics:
        comic.updated_at = now()
    fields = {*fields, "updated_at"}
    update_each(comics, sorted(fields))
    if {"path", "tags"} & fields:
        store_words(comics)
    said = [comic.announcement() for comic in comics]
    transaction.on_commit(partial(_announce, said))


def _announce(comics: Iterable[dict[str, Any]]) -> None:
    for comic in comics:
        announce("comic_updated", comic)

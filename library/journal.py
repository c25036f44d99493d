"""The journal of changes to comics' files: the intent before the disk, the result after it.

`Change` rows are it. Every move here is one short transaction that is on the disk when the
function returns; SQLite runs with `synchronous=FULL` for that.
"""

from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs.events import announce
from library.archives.building import BuiltFile, new_token
from library.exceptions import FileChanged, NameTaken
from library.files import FileIdentity
from library.models import Change, Comic, TrashedFile
from library.replacing import Replacement
from library.trash import sizes_in_trash


@dataclass(frozen=True)
class Intent:
    """What is to become of one comic's file."""

    comic: Comic
    operation: str
    expected: FileIdentity
    """The file that was read."""
    new_name: str = ""
    """Empty where it stays."""
    job: UUID | str | None = None
    position: int | None = None
    user_id: int | None = None
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    changes: list[Any] = field(default_factory=list)
    row: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    reverts: Change | None = None


def recorded(job: str, position: int) -> Change | None:
    """What became of a job's item the last time, where it was begun before."""
    found = Change.objects.select_related("comic__library", "library")
    return found.filter(job=job, position=position).first()


def reserve(intent: Intent) -> Change:
    """Lease the comic and its new name; the temporary file's name is on record from here on.

    Raises:
        NameTaken: another comic is just being given this name.
        FileChanged: another change of this comic is open.
    """
    comic = intent.comic
    try:
        with transaction.atomic():
            _forget_taken_back(intent)
            return Change.objects.create(
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
                former=asdict(intent.expected),
                before=intent.before,
                after=intent.after,
                changes=intent.changes,
                row=intent.row,
                message=intent.message,
                reverts=intent.reverts,
            )
    except IntegrityError as error:
        if Change.objects.open().filter(comic=comic).exists():
            raise FileChanged(_("Another change of this comic is under way.")) from error
        raise NameTaken(
            _("Another comic is just getting the name “%s”.") % intent.new_name
        ) from error


def _forget_taken_back(intent: Intent) -> None:
    """The item is tried once more, and has one row."""
    if intent.job is not None:
        Change.objects.filter(
            job=intent.job, position=intent.position, state=Change.State.TAKEN_BACK
        ).delete()


def make_ready(change: Change, built: BuiltFile | None, *, keeps_original: bool) -> None:
    """Without a built file the comic only gets another name."""
    change.state = Change.State.READY
    change.result = change.former
    if built is not None:
        change.result = asdict(built.identity)
        change.sha256, change.patch = built.former_sha256, built.patch
        change.keeps_original = keeps_original or built.patch is None
    values = ("state", "result", "sha256", "patch", "keeps_original")
    _move(change, [Change.State.PLANNED], **{name: getattr(change, name) for name in values})


def finish(change: Change) -> None:
    """The change stands: its row, the comic's row and the trash's, all or none."""
    with transaction.atomic():
        _close(change, Change.State.DONE)
        if change.reverts is not None:
            _note_undone(change.reverts)
        if change.comic is not None:
            _store(change.comic, change)


def give_up(change: Change) -> None:
    """The change was taken back on the disk, or was never begun there."""
    with transaction.atomic():
        _close(change, Change.State.TAKEN_BACK)


def replacement(change: Change) -> Replacement:
    return Replacement(
        root=change.library.path,
        folder=change.folder,
        name=change.name,
        new_name=change.new_name,
        token=change.token,
        former=FileIdentity(**change.former),
        result=FileIdentity(**change.result) if change.result else None,
        keeps_original=change.keeps_original,
    )


def _close(change: Change, state: Change.State) -> None:
    change.state, change.finished_at = state, now()
    _move(change, Change.OPEN, state=state, finished_at=change.finished_at)
    _note_trash(change)


def _move(change: Change, states: Any, **values: Any) -> None:
    if not Change.objects.filter(pk=change.pk, state__in=states).update(**values):
        raise FileChanged(_("Another process has finished this change."))


def _note_undone(change: Change) -> None:
    Change.objects.filter(pk=change.pk).update(undone_at=now())
    # Undoing an undo makes the first change stand again.
    Change.objects.filter(pk=change.reverts_id or 0).update(undone_at=None)


def _note_trash(change: Change) -> None:
    names = replacement(change).trash_names().values()
    for name, size in sizes_in_trash(change.library.path, names).items():
        TrashedFile.objects.get_or_create(
            library_id=change.library_id,
            name=name,
            defaults={"change": change, "path": change.path, "size_bytes": size},
        )


def _store(comic: Comic, change: Change) -> None:
    name = change.result_name
    path = str(PurePosixPath(change.folder, name))
    if change.new_name:
        # The file that once had this name is gone, or the rename had not been possible.
        Comic.objects.filter(library_id=change.library_id, path=path).exclude(pk=comic.pk).delete()
    identity = FileIdentity(**change.result or change.former)
    values = {
        "path": path,
        "folder": change.folder,
        "name": name,
        "tags": change.after,
        "series": change.after.get("Series", "")[:500],
        "issue": change.after.get("Number", "")[:50],
        "size_bytes": identity.size,
        "mtime_ns": identity.mtime_ns,
        **change.row,
    }
    update_comic(comic, **values)


def update_comic(comic: Comic, **values: Any) -> None:
    """Store and announce."""
    for name, value in values.items():
        setattr(comic, name, value)
    comic.save(update_fields=[*values, "updated_at"])
    said = comic.announcement()
    transaction.on_commit(lambda: announce("comic_updated", said))

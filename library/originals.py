"""The whole originals that undo and restore need, out of the library's trash."""

import os
from contextlib import suppress

from django.utils.translation import gettext as _

from library.archives.building import BuiltFile, Workplace, temporary_name
from library.exceptions import FileChanged, FileProblem
from library.files import opened_beneath, plain_errors
from library.models import Change, TrashedFile
from library.trash import bring_out as bring_out_of_trash
from library.trash import digest, remove_from_trash, sizes_in_trash


def is_needed(change: Change) -> bool:
    """Whether undoing takes the original: no patch can give it back."""
    return change.keeps_original


def of(change: Change) -> TrashedFile:
    """Raises FileProblem where the original is no longer there."""
    for trashed in _kept(change):
        if is_there(trashed):
            return trashed
    raise FileProblem(_("The original is no longer in the trash."))


def is_there(trashed: TrashedFile) -> bool:
    """Raises FileProblem where the trash cannot be read."""
    return bool(sizes_in_trash(trashed.library.path, [trashed.name]))


def bring_out(change: Change, folder: str, place: Workplace) -> BuiltFile:
    """A second name for it in that folder, which is made anew where it is gone. It stays in the
    trash until `let_go`.

    Raises ComicError.
    """
    return bring_out_file(of(change), folder, place, sha256=change.sha256)


def bring_out_file(
    trashed: TrashedFile, folder: str, place: Workplace, *, sha256: str = ""
) -> BuiltFile:
    """The same for any file in the trash; without a SHA-256 it is taken as it is."""
    root, name = trashed.library.path, temporary_name(place.token)
    with plain_errors(), opened_beneath(root, folder, make=True) as opened:
        identity = bring_out_of_trash(root, trashed.name, opened, name)
        if sha256 and digest(opened, name) != sha256:
            os.unlink(name, dir_fd=opened)
            raise FileChanged(_("The original in the trash is not the file that was put there."))
    return BuiltFile(name, identity)


def let_go(change: Change) -> None:
    """The original has its place again; left behind by a crash, it goes when its time is over."""
    if is_needed(change):
        for trashed in _kept(change):
            let_go_file(trashed)


def let_go_file(trashed: TrashedFile) -> None:
    with suppress(OSError):
        remove_from_trash(trashed.library.path, trashed.name)
        trashed.delete()


def _kept(change: Change) -> list[TrashedFile]:
    """By this change, or by another one that did the same once more after it had been undone."""
    same = found = {change.pk}
    while found:
        again = Change.objects.filter(reverts__reverts__in=found)
        found = set(again.values_list("pk", flat=True))
        same = same | found
    kept = TrashedFile.objects.filter(change__in=same)
    return list(kept.select_related("library").order_by("-pk"))

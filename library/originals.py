"""The whole originals that undo and restore need, in the library's trash."""

from collections.abc import Collection
from contextlib import suppress

from library.models import Change, TrashedFile
from library.trash import remove_from_trash, sizes_in_trash


def is_there(trashed: TrashedFile) -> bool:
    """Raises FileProblem where the trash cannot be read."""
    return bool(sizes_in_trash(trashed.library.path, [trashed.name]))


def kept_for(changes: Collection[Change]) -> dict[int, list[TrashedFile]]:
    """What gives back the former file of each, by its id, where no patch can; the newest first.

    It is kept by the change itself, or by another one that did the same once more after it had been
    undone.
    """
    kept: dict[int, list[TrashedFile]] = {c.pk: [] for c in changes if c.keeps_original}
    found = set(kept)
    # One of these may have done once more what another one of them did.
    origins = {pk: {pk} for pk in kept}
    while found:
        again = Change.objects.filter(reverts__reverts__in=found)
        found = set()
        for pk, former in again.values_list("pk", "reverts__reverts"):
            if former:
                origins[pk] = origins.get(pk, set()) | origins[former]
                found.add(pk)
    trashed = TrashedFile.objects.filter(change__in=list(origins)).select_related("library")
    for file in trashed.order_by("-pk"):
        for pk in origins[file.change_id] if file.change_id else ():
            kept[pk].append(file)
    return kept


def let_go(files: Collection[TrashedFile]) -> None:
    """They have their places again; left behind by a crash, they go when their time is over."""
    gone = []
    for file in files:
        with suppress(OSError):
            remove_from_trash(file.library.path, file.name)
            gone.append(file.pk)
    TrashedFile.objects.filter(pk__in=gone).delete()

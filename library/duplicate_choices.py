"""What somebody decides about a group of duplicates: which one to keep, or that they are none."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs import lifecycle
from library import duplicate_marks
from library.duplicate_copies import copy_of
from library.duplicate_models import DuplicateGroup, DuplicateGroupQuerySet, DuplicateMember
from library.duplicate_storing import reason_of
from library.duplicates import WAYS
from library.filters import MAX_IDS
from library.keeping import suggestion
from library.scanning import is_there

CHOSEN = "You chose this one."
_TEXTS = {
    "equal": "The same pages",
    "alike": "Pages look alike",
    "name": "The same series and number",
}
"""Of two that were not compared with each other, but both with a third one."""


@dataclass(frozen=True)
class Standing:
    """A group as it is now: its comics may have got other tags or verdicts since the search."""

    members: Sequence[DuplicateMember]
    """Those that are there, the keeper first."""
    reason: str
    """Why it is the keeper."""


def standing(group: DuplicateGroup) -> Standing:
    """No query where members, their comics and what is known of these were fetched; these rows
    stay as they are stored."""
    members = [copy(member) for member in group.members.all() if member.comic.present]
    members.sort(key=lambda member: member.comic.path)
    if len(members) < 2:
        return Standing(members, "")
    kept, reason = next((m for m in members if m.is_keeper), None), CHOSEN
    if not (kept and group.is_chosen):
        suggested, reason = suggestion([copy_of(member.comic) for member in members])
        kept = next(member for member in members if member.comic_id == suggested.comic)
    if not kept.is_keeper:
        _appoint(kept, members)
    members.sort(key=lambda member: not member.is_keeper)
    return Standing(members, reason)


def keep(group: DuplicateGroup, comic: int) -> None:
    """Make this one the keeper. Raises NotAllowed where it is none of the group, or not there."""
    before = duplicate_marks.marked()
    with transaction.atomic():
        members = list(group.members.select_for_update(of=["self"]).select_related("comic"))
        kept = next((m for m in members if m.comic_id == comic and m.comic.present), None)
        if kept is None:
            raise lifecycle.NotAllowed(_("This comic is not in the group any more."))
        if not kept.is_keeper:
            store_keeper(kept, members)
        # Its keeper is first among its comics by this.
        group.is_chosen, group.sort_key = True, kept.comic.path[:200]
        group.save(update_fields=["is_chosen", "sort_key"])
    duplicate_marks.renew_after(before)


def _appoint(kept: DuplicateMember, members: Sequence[DuplicateMember]) -> None:
    way, detail = kept.way, kept.detail
    for member in members:
        if member.is_keeper:
            member.way, member.detail = way, detail
        elif member is not kept:
            member.way = max(member.way, way, key=WAYS.index)
            member.detail = _TEXTS[member.way]
        member.is_keeper = False
        member.reason = reason_of(member.detail, kept.comic)
    kept.is_keeper, kept.detail, kept.reason = True, "", ""


def store_keeper(kept: DuplicateMember, members: Sequence[DuplicateMember]) -> None:
    """`members`: all of the group, locked."""
    _appoint(kept, members)
    # One after the other, for there is never a second keeper.
    DuplicateMember.objects.filter(group=kept.group_id).update(is_keeper=False)
    fields = ["is_keeper", "way", "detail", "reason"]
    DuplicateMember.objects.bulk_update(members, fields)


def dismiss(group: DuplicateGroup) -> None:
    """They are no duplicates, in later searches neither."""
    before = duplicate_marks.marked()
    with transaction.atomic():
        DuplicateGroup.objects.filter(pk=group.pk, dismissed_at=None).update(dismissed_at=now())
        group.members.update(is_open=False)
    duplicate_marks.renew_after(before)


def reopen(group: DuplicateGroup) -> None:
    """Ask about it again; where one of its comics is in another group now, the next search does."""
    with transaction.atomic():
        comics = group.members.values("comic")
        if DuplicateMember.objects.filter(is_open=True, comic__in=comics).exists():
            group.delete()
        else:
            DuplicateGroup.objects.filter(pk=group.pk).update(dismissed_at=None)
            group.members.update(is_open=True)
    duplicate_marks.renew()


def resolve(
    groups: DuplicateGroupQuerySet, *, dry_run: bool, user: lifecycle.Somebody = None
) -> lifecycle.Job:
    """A job that moves all but the keepers of these groups to the trash, as many as one can take.

    A group whose keeper is not on the disk just now is left alone. Raises NotAllowed where
    nothing is left to move.
    """
    found = groups.open().order_by("-is_certain", "sort_key", "pk")
    related = found.prefetch_related("members__comic__library", "members__comic__compared")
    comics = _superfluous(related.iterator(chunk_size=200))
    if not comics:
        raise lifecycle.NotAllowed(_("Nothing is left to move: these groups are resolved."))
    return lifecycle.submit("trash", {"comics": comics}, dry_run=dry_run, user=user)


def _superfluous(groups: Iterable[DuplicateGroup]) -> list[int]:
    comics: list[int] = []
    for group in groups:
        keeper, *others = standing(group).members
        if not is_there(keeper.comic.library.root, keeper.comic.path):
            continue
        if len(comics) + len(others) > MAX_IDS:
            break
        comics += [member.comic_id for member in others]
    return comics

"""The status "duplicate" of comics that are in a group and not its keeper.

It is undone when the group is resolved, dismissed or gone. Other operations judge comics too, so
it is renewed when they are done. A comic that Process marked, because another one has its name,
is not touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from jobs.events import announce
from library.duplicate_models import DuplicateMember
from library.judging import judge_anew
from library.models import Comic, Library
from library.rows import update_each

_T = TypeVar("_T")
_CHUNK = 500
_DUPLICATE = Comic.State.DUPLICATE


@dataclass(frozen=True, slots=True)
class Former:
    """What a marked comic's status was before."""

    state: str
    reason: str


NOT_MARKED = Former("", "")
Marked = Mapping[int, Former]
"""By comic."""


def marked() -> Marked:
    """To be asked before groups change, and given to `renew_after` then."""
    return _former(_marked())


def renew_after(before: Marked) -> None:
    """Bring the marks up to date with groups that were made, changed or given up."""
    wanted = {member.comic_id: member for member in _wanted()}
    unmarked = _unmark(before.keys() - wanted.keys(), before)
    _tell([*unmarked, *_mark([m for m in wanted.values() if _is_news(m, before)], before)])


def renew() -> None:
    """Bring the marks up to date with what other operations did: they judged comics, and some
    are no longer there, or are back."""
    before = _former(_marked().exclude(pk__in=_wanted().values("pk")))
    unmarked = _unmark(before.keys(), before)
    _tell([*unmarked, *_mark(list(_wanted().exclude(comic__state=_DUPLICATE)), before)])


def _marked() -> QuerySet[DuplicateMember]:
    open_ones = DuplicateMember.objects.filter(is_open=True, comic__state=_DUPLICATE)
    return open_ones.filter(comic__state_reason=F("reason")).exclude(reason="")


def _former(members: QuerySet[DuplicateMember]) -> Marked:
    rows = members.values_list("comic", "former_state", "former_reason")
    return {comic: Former(state, reason) for comic, state, reason in rows}


def _wanted() -> QuerySet[DuplicateMember]:
    keeper = DuplicateMember.objects.filter(
        group=OuterRef("group"), is_keeper=True, comic__present=True
    )
    members = DuplicateMember.objects.filter(
        Exists(keeper), is_open=True, is_keeper=False, comic__present=True
    )
    return members.select_related("comic").only(
        "reason", "comic__state", "comic__state_reason", "comic__library"
    )


def _tell(comics: Iterable[Comic]) -> None:
    for library in Library.objects.filter(pk__in={comic.library_id for comic in comics}):
        counts = library.comics.present().counts()
        announce("library_updated", {"library_id": library.pk, "counts": counts})


def _is_news(member: DuplicateMember, before: Marked) -> bool:
    comic = member.comic
    if comic.state != _DUPLICATE:
        return True
    return member.comic_id in before and comic.state_reason != member.reason


def _mark(members: list[DuplicateMember], before: Marked) -> list[Comic]:
    for member in members:
        comic = member.comic
        former = before.get(comic.pk)
        if former is None or comic.state != _DUPLICATE:
            former = Former(comic.state, comic.state_reason)
        member.former_state, member.former_reason = former.state, former.reason
        comic.state, comic.state_reason = _DUPLICATE, member.reason
    for part in _parts(members):
        with transaction.atomic():
            update_each(part, ["former_state", "former_reason"])
            update_each([member.comic for member in part], ["state", "state_reason"])
    return [member.comic for member in members]


def _unmark(ids: Iterable[int], before: Marked) -> list[Comic]:
    unmarked: list[Comic] = []
    for part in _parts(sorted(ids)):
        comics = list(Comic.objects.select_related("library").filter(pk__in=part))
        for comic in comics:
            former = before[comic.pk]
            judge_anew(comic, state=former.state, reason=former.reason)
        update_each(comics, ["state", "state_reason"])
        unmarked += comics
    return unmarked


def _parts(values: list[_T]) -> Iterator[list[_T]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))

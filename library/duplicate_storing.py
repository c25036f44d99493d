"""The groups that a search found become rows; those that it did not find any more leave."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import Count

from library import duplicate_marks
from library.duplicate_marks import NOT_MARKED, Marked
from library.duplicate_models import DuplicateGroup, DuplicateMember
from library.duplicates import WAYS, Relation, Way
from library.models import Comic
from library.rows import update_each

_CHUNK = 500
_MAX_REASON = 300
_MAX_SORT_KEY = 200
Ids = frozenset[int]
"""A group's comics."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group before it is stored."""

    keeper: Comic
    others: Mapping[Comic, Relation]
    is_chosen: bool

    @property
    def ids(self) -> Ids:
        return frozenset(comic.pk for comic in (self.keeper, *self.others))

    @property
    def way(self) -> Way:
        return max((relation.way for relation in self.others.values()), key=WAYS.index)

    @property
    def is_certain(self) -> bool:
        return all(relation.is_certain for relation in self.others.values())


def store(ids: Collection[Ids], found: Iterable[Found]) -> None:
    """Groups of the same comics stay the same rows; dismissed ones stay as they are.

    `ids`: of all groups, which are then described as they are stored, some at a time.
    """
    before = duplicate_marks.marked()
    former = _former()
    _forget([former[gone] for gone in former.keys() - set(ids)])
    _forget(_too_small())
    groups = iter(found)
    while part := list(islice(groups, _CHUNK)):
        with transaction.atomic():
            _write(part, former, before)
    duplicate_marks.renew_after(before)


def reason_of(detail: str, keeper: Comic) -> str:
    """What the status of a comic says that is such a duplicate of this one."""
    return f"{detail}: “{keeper.name}”."[:_MAX_REASON]


def _former() -> dict[Ids, int]:
    """The groups that are not dismissed, by their comics."""
    comics: dict[int, set[int]] = {}
    rows = DuplicateMember.objects.filter(is_open=True).values_list("group", "comic")
    for group, comic in rows:
        comics.setdefault(group, set()).add(comic)
    return {frozenset(ids): group for group, ids in comics.items()}


def _too_small() -> list[int]:
    """Comics were removed from them with their library."""
    counted = DuplicateGroup.objects.annotate(count=Count("members"))
    return list(counted.filter(count__lt=2).values_list("pk", flat=True))


def _forget(groups: Sequence[int]) -> None:
    for start in range(0, len(groups), _CHUNK):
        DuplicateGroup.objects.filter(pk__in=groups[start : start + _CHUNK]).delete()


def _write(found: Sequence[Found], former: Mapping[Ids, int], before: Marked) -> None:
    rows = {each.ids: _row(each, former.get(each.ids)) for each in found}
    update_each([row for row in rows.values() if row.pk], _FIELDS)
    # Its members give way to those of now; they were the same comics.
    DuplicateMember.objects.filter(group__in=[row.pk for row in rows.values() if row.pk]).delete()
    DuplicateGroup.objects.bulk_create([row for row in rows.values() if not row.pk])
    members = [member for each in found for member in _members(each, rows[each.ids], before)]
    DuplicateMember.objects.bulk_create(members, batch_size=_CHUNK)


_FIELDS = ("way", "is_certain", "is_chosen", "sort_key")


def _row(found: Found, key: int | None) -> DuplicateGroup:
    return DuplicateGroup(
        pk=key,
        way=found.way,
        is_certain=found.is_certain,
        is_chosen=found.is_chosen,
        sort_key=found.keeper.path[:_MAX_SORT_KEY],
    )


def _members(found: Found, row: DuplicateGroup, before: Marked) -> Iterator[DuplicateMember]:
    yield DuplicateMember(group=row, comic=found.keeper, is_keeper=True, way=found.way)
    for comic, relation in found.others.items():
        former = before.get(comic.pk, NOT_MARKED)
        yield DuplicateMember(
            group=row,
            comic=comic,
            way=relation.way,
            detail=relation.text,
            reason=reason_of(relation.text, found.keeper),
            former_state=former.state,
            former_reason=former.reason,
        )

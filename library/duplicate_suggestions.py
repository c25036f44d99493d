"""What is suggested for groups of duplicates is stored anew when a job has changed what it depends
on, so that the marks of comics agree with what pages, API and jobs say of their group."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, Q

from jobs import lifecycle
from library import duplicate_marks
from library.duplicate_choices import standing, store_keeper
from library.duplicate_models import DuplicateGroup, DuplicateMember
from library.models import Comic

_CHUNK = 200
_CLOCKS_DIFFER = timedelta(minutes=1)


def renew(job_id: str) -> None:
    """After a job that changed comics, saw that they are gone or back, or judged them."""
    job = lifecycle.Job.objects.get(pk=job_id)
    keepers = list(_new_keepers(job.created_at - _CLOCKS_DIFFER))
    if not keepers:
        duplicate_marks.renew()
        return
    before = duplicate_marks.marked()
    for keeper in keepers:
        _store(keeper)
    duplicate_marks.renew_after(before)


def _new_keepers(since: datetime) -> Iterator[DuplicateMember]:
    """Of groups of which a comic was touched since then, where another one is stored."""
    touched = DuplicateMember.objects.filter(
        Q(comic__updated_at__gte=since) | Q(comic__missing_since__gte=since), is_open=True
    )
    comics = Comic.objects.select_related("compared").defer("compared__hashes")
    groups = DuplicateGroup.objects.filter(is_chosen=False, pk__in=touched.values("group"))
    with_comics = groups.prefetch_related(Prefetch("members__comic", comics))
    for group in with_comics.iterator(chunk_size=_CHUNK):
        members = standing(group).members
        stored = [member.comic_id for member in group.members.all() if member.is_keeper]
        if len(members) > 1 and stored != [members[0].comic_id]:
            yield members[0]


def _store(keeper: DuplicateMember) -> None:
    """Unless somebody has chosen one meanwhile."""
    with transaction.atomic():
        rows = DuplicateMember.objects.select_for_update(of=["self"]).select_related("comic")
        members = list(rows.filter(group=keeper.group_id))
        kept = [member for member in members if member.pk == keeper.pk]
        groups = DuplicateGroup.objects.filter(pk=keeper.group_id, is_chosen=False)
        if kept and groups.update(sort_key=keeper.comic.path[:200]):
            store_keeper(kept[0], members)

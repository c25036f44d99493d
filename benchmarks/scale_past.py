"""What has happened to a large library: jobs and their items, changes, the trash, duplicates."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Model

from benchmarks.scale_material import vacuum
from jobs.models import Job, JobItem
from jobs.operations import Outcome
from library.duplicate_models import DuplicateGroup, DuplicateMember
from library.models import Change, Comic, Library, TrashedFile

BIG = UUID(int=1)
"""A job of twice as many items as there are comics."""
PREVIEW = UUID(int=2)
"""A preview of all comics."""
_CHUNK = 2000
_START = datetime(2024, 1, 1, tzinfo=UTC)
_OPERATIONS = ("process", "verify", "edit_tags", "convert", "undo")
_OUTCOMES = (*[Outcome.CHANGED] * 12, *[Outcome.UNCHANGED] * 5, Outcome.FAILED, Outcome.SKIPPED)
_CHANGES = [
    {"field": "name", "before": "Ash 7 (scan).cbz", "after": "Ash - Chapter 0007.cbz"},
    {"field": "Title", "before": "", "after": "Chapter 7"},
    {"field": "Series", "before": "ash", "after": "Ash"},
]


def fill(count: int) -> None:
    """As many jobs, changes and trashed files as there are comics, a tenth of them duplicates."""
    library = Library.objects.get()
    comics = list(Comic.objects.order_by("pk").values_list("pk", "folder", "name")[:count])
    _store(Job, _jobs(count))
    _store(JobItem, _items(BIG, [*comics, *comics]))
    _store(JobItem, _items(PREVIEW, comics))
    _store(Change, _changes(library, comics))
    _store(TrashedFile, _trashed(library, comics))
    _store(DuplicateGroup, _groups(len(comics) // 20))
    _store(DuplicateMember, _members(comics))
    vacuum()


def _store(model: type[Model], rows: Iterable[Model]) -> None:
    rest = iter(rows)
    while chunk := list(islice(rest, _CHUNK)):
        model._default_manager.bulk_create(chunk)


def _jobs(count: int) -> Iterator[Job]:
    yield _job(BIG, 0, "process", _counts(2 * count))
    yield _job(PREVIEW, 1, "process", _counts(count), dry_run=True)
    for number in range(2, count):
        counts = {"failed" if number % 500 == 0 else "changed": 1}
        yield _job(UUID(int=number + 1), number, _OPERATIONS[number % 5], counts)


def _job(
    key: UUID, number: int, operation: str, counts: dict[str, int], *, dry_run: bool = False
) -> Job:
    begun = _START + timedelta(minutes=number)
    return Job(
        pk=key,
        operation=operation,
        status=Job.Status.COMPLETED,
        dry_run=dry_run,
        scope="All comics",
        total=sum(counts.values()),
        revision=number + 1,
        started_at=begun,
        finished_at=begun + timedelta(seconds=50),
        **counts,
    )


def _outcome(number: int) -> Outcome:
    return _OUTCOMES[number % len(_OUTCOMES)]


def _counts(items: int) -> dict[str, int]:
    whole, rest = divmod(items, len(_OUTCOMES))
    return {
        each.value: whole * _OUTCOMES.count(each) + _OUTCOMES[:rest].count(each)
        for each in set(_OUTCOMES)
    }


def _items(job: UUID, comics: Iterable[tuple[int, str, str]]) -> Iterator[JobItem]:
    for number, (pk, folder, name) in enumerate(comics):
        outcome = _outcome(number)
        yield JobItem(
            job_id=job,
            position=number + 1,
            key=str(pk),
            path=f"{folder}/{name}",
            n=number + 1,
            outcome=outcome,
            message="The archive is damaged: 003.jpg." if outcome == Outcome.FAILED else "",
            changes=_CHANGES if outcome == Outcome.CHANGED else [],
            duration_ms=number % 400,
        )


def _changes(library: Library, comics: Iterable[tuple[int, str, str]]) -> Iterator[Change]:
    tags = {"Series": "Ash", "Number": "7", "Title": "Chapter 7", "Summary": "word " * 80}
    for number, (pk, folder, name) in enumerate(comics):
        yield Change(
            job=BIG,
            position=number + 1,
            library=library,
            comic_id=pk,
            operation=_OPERATIONS[number % 5],
            state=Change.State.DONE,
            token=f"{number:032x}",
            folder=folder,
            name=name,
            new_folder=folder,
            former={"size": 1},
            result={"size": 2},
            patch=bytes(4000),
            before=tags,
            after=tags,
            changes=_CHANGES,
            message="Renamed; tags written.",
            finished_at=_START + timedelta(minutes=number),
        )


def _trashed(library: Library, comics: Iterable[tuple[int, str, str]]) -> Iterator[TrashedFile]:
    changes = Change.objects.order_by("pk").values_list("pk", flat=True)
    for change, (pk, folder, name) in zip(changes, comics, strict=True):
        path = f"{folder}/{name}"
        yield TrashedFile(
            library=library, change_id=change, name=f"{pk:x}", path=path, size_bytes=10**7 + pk
        )


def _groups(count: int) -> Iterator[DuplicateGroup]:
    ways = DuplicateGroup.Way.values
    for number in range(count):
        yield DuplicateGroup(
            way=ways[number % 3],
            is_certain=number % 3 == 0,
            sort_key=f"series {number % 3000:04}",
            dismissed_at=_START if number % 50 == 0 else None,
        )


def _members(comics: list[tuple[int, str, str]]) -> Iterator[DuplicateMember]:
    groups = DuplicateGroup.objects.order_by("pk").values_list("pk", "way", "dismissed_at")
    for number, (group, way, dismissed) in enumerate(groups):
        for pk, _folder, _name in comics[2 * number : 2 * number + 2]:
            facts: dict[str, Any] = {"is_keeper": pk == comics[2 * number][0]}
            yield DuplicateMember(
                group_id=group, comic_id=pk, way=way, is_open=dismissed is None, **facts
            )

"""Group the comics that were read by `find_duplicates`, and store the groups."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from jobs.events import announce
from jobs.lifecycle import Job
from library.duplicate_choices import standing
from library.duplicate_copies import copy_of
from library.duplicate_models import (
    ComparedPages,
    DuplicateGroup,
    DuplicateMember,
    DuplicateSearch,
)
from library.duplicate_storing import Found, store
from library.duplicates import WAYS, Duplicates, Known, Way
from library.keeping import suggestion
from library.models import Comic, Library
from library.rows import update_each
from library.same_names import Name

logger = logging.getLogger(__name__)

_CHUNK = 500
_MOST_ASKED = 12
"""So many of a group are tried for a link to one that has none to the keeper."""
_OPERATION = "find_duplicates"
_PATIENCE_SECONDS = 600
_LOOK_SECONDS = 0.1
_grouping = threading.Lock()


def remember(rows: Sequence[ComparedPages]) -> None:
    """Store what was read of these comics, and of which files."""
    fields = [f.name for f in ComparedPages._meta.concrete_fields if not f.primary_key]
    with transaction.atomic():
        ComparedPages.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["comic"], update_fields=fields
        )
        update_each([row.comic for row in rows], ["compared_size_bytes", "compared_mtime_ns"])


def group_soon(job_id: str) -> None:
    """In a thread of its own: whoever records the end of a job has others to record."""
    threading.Thread(target=_group_and_close, args=(job_id,), name="grouping", daemon=True).start()


def group_interrupted() -> None:
    """At a worker's start: the last search whose comics were read and not grouped any more."""
    jobs = Job.objects.filter(operation=_OPERATION, dry_run=False, status=Job.Status.COMPLETED)
    last = jobs.order_by("-finished_at").first()
    if last and not DuplicateSearch.objects.filter(job=last.pk).exists():
        group_soon(str(last.pk))


def _group_and_close(job_id: str) -> None:
    try:
        group(job_id)
    except DatabaseError:
        logger.exception("duplicates not grouped job=%s", job_id)
    finally:
        connection.close()


def group(job_id: str) -> DuplicateSearch | None:
    """Find the groups anew, as the job's options say; None for a preview."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or job.dry_run:
        return None
    with _grouping:
        started = time.monotonic()
        known = list(_known())
        ways: list[Way] = [way for way in WAYS if job.options.get(way)]
        likeness = job.options.get("likeness", "usual")
        duplicates = Duplicates(known, ways=ways, likeness=likeness, apart=_apart())
        groups = duplicates.groups()
        ids = [frozenset(known[place].comic for place in places) for places in groups]
        chosen = set(_chosen().values_list("comic", flat=True))
        store(ids, _described(groups, duplicates, known, chosen))
        seconds = time.monotonic() - started
        search, _made = DuplicateSearch.objects.update_or_create(
            job=job.pk,
            defaults={
                "comics": len(known),
                "groups": len(groups),
                "seconds": round(seconds, 2),
            },
        )
    logger.info("duplicates grouped job=%s groups=%d seconds=%.1f", job_id, len(groups), seconds)
    for library in Library.objects.all():
        counts = library.comics.present().counts()
        announce("library_updated", {"library_id": library.pk, "counts": counts})
    return search


def _known() -> Iterator[Known]:
    """Of every comic that is there; its pages where they were read of the present file."""
    rows = Comic.objects.present().order_by("library", "folder", "name")
    for row in rows.values(*_COLUMNS).iterator(chunk_size=2000):
        size, mtime = row["compared_size_bytes"], row["compared_mtime_ns"]
        is_fresh = (size, mtime) == (row["size_bytes"], row["mtime_ns"])
        name = Name.of(row["tags"])
        if name is None and row["compared__path"] == row["path"]:
            name = Name.of(row["compared__named"] | row["tags"])
        fingerprint, hashes = row["compared__fingerprint"] or "", row["compared__hashes"] or b""
        yield Known(row["pk"], name, fingerprint * is_fresh, bytes(hashes) * is_fresh)


_COLUMNS = (
    "pk",
    "path",
    "tags",
    "size_bytes",
    "mtime_ns",
    "compared_size_bytes",
    "compared_mtime_ns",
    "compared__fingerprint",
    "compared__hashes",
    "compared__path",
    "compared__named",
)


def _apart() -> Mapping[int, set[int]]:
    """The dismissed groups that comics were in."""
    rows = DuplicateMember.objects.filter(is_open=False).values_list("comic", "group")
    found: dict[int, set[int]] = defaultdict(set)
    for comic, number in rows:
        found[comic].add(number)
    return found


def _described(
    groups: Sequence[Sequence[int]],
    duplicates: Duplicates,
    known: Sequence[Known],
    chosen: set[int],
) -> Iterator[Found]:
    for start in range(0, len(groups), _CHUNK):
        part = groups[start : start + _CHUNK]
        ids = [known[place].comic for places in part for place in places]
        comics = _comics(ids)
        for places in part:
            found = {place: comics[known[place].comic] for place in places}
            yield _with_keeper(found, duplicates, chosen)


def _comics(ids: Sequence[int]) -> dict[int, Comic]:
    found: dict[int, Comic] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = Comic.objects.select_related("compared").defer("compared__hashes")
        found |= rows.in_bulk(ids[start : start + _CHUNK])
    return found


def _chosen() -> QuerySet[DuplicateMember]:
    return DuplicateMember.objects.filter(group__is_chosen=True, is_open=True, is_keeper=True)


def _with_keeper(comics: Mapping[int, Comic], duplicates: Duplicates, chosen: set[int]) -> Found:
    places = {comic.pk: place for place, comic in comics.items()}
    suggested, _reason = suggestion([copy_of(comic) for comic in comics.values()])
    kept = [place for place in comics if comics[place].pk in chosen]
    keeper = kept[0] if len(kept) == 1 else places[suggested.comic]
    relations = {
        comic: duplicates.relation(keeper, place, others=[*comics][:_MOST_ASKED])
        for place, comic in comics.items()
        if place != keeper
    }
    return Found(comics[keeper], relations, is_chosen=len(kept) == 1)


def report(job_id: str) -> dict[str, object]:
    """The groups that the search found, for the command line: waits until they are made."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (search := DuplicateSearch.objects.filter(job=job_id).first()):
        if time.monotonic() > deadline:
            return {}
        time.sleep(_LOOK_SECONDS)
    groups = (
        DuplicateGroup.objects.open()
        .order_by("sort_key")
        .prefetch_related("members__comic__library", "members__comic__compared")
    )
    return {
        "seconds": search.seconds,
        "groups": [_reported(each) for each in groups.iterator(_CHUNK)],
    }


def _reported(group: DuplicateGroup) -> dict[str, object]:
    now = standing(group)
    keeper, *others = (str(member.comic.file) for member in now.members)
    return {
        "way": group.way,
        "certain": group.is_certain,
        "keep": keeper,
        "reason": now.reason,
        "others": others,
    }

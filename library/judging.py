"""Judge comics anew when their library's rules change: from the stored tags, no file is opened."""

from collections.abc import Iterator

from jobs.events import announce
from library.models import Comic, Library
from library.work.rules import NO_COMICINFO, Rules, shortfall
from library.work.rules import Comic as Facts

CHUNK = 500


def judge(library: Library) -> int:
    """Bring the states up to date with the rules; how many changed."""
    changed = list(_changed(library))
    Comic.objects.bulk_update(changed, ["state", "state_reason"], batch_size=CHUNK)
    counts = library.comics.present().counts()
    announce("library_updated", {"library_id": library.pk, "counts": counts})
    return len(changed)


def _changed(library: Library) -> Iterator[Comic]:
    rules = Rules.of(library.rules)
    # No rule changes what is a duplicate, unreadable or without tags.
    judged = library.comics.present().filter(
        state__in=[Comic.State.CLEAN, Comic.State.NEEDS_WORK],
        verdict__in=[Comic.Verdict.OK, Comic.Verdict.WARN],
    )
    comics = judged.exclude(state_reason=NO_COMICINFO)
    for comic in comics.only("name", "folder", "tags", "page_count", "state", "state_reason"):
        if (reason := _shortfall(comic, rules)) != comic.state_reason:
            comic.state = Comic.State.NEEDS_WORK if reason else Comic.State.CLEAN
            comic.state_reason = reason
            yield comic


def judge_anew(comic: Comic, *, state: str, reason: str) -> None:
    """In the object: the status of one that is no duplicate any more, which was this before."""
    comic.state, comic.state_reason = state, reason
    is_readable = comic.verdict in (Comic.Verdict.OK, Comic.Verdict.WARN)
    if is_readable and reason != NO_COMICINFO:
        comic.state_reason = _shortfall(comic, Rules.of(comic.library.rules))
        comic.state = Comic.State.NEEDS_WORK if comic.state_reason else Comic.State.CLEAN


def _shortfall(comic: Comic, rules: Rules) -> str:
    facts = Facts(comic.name, comic.folder, comic.tags, pages=comic.page_count or 0)
    return shortfall(facts, rules)

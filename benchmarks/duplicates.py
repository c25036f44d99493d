"""How long it takes to group the duplicates among 100,000 comics whose pages have been read.

The comics are rows, with 18 to 32 hashes of pages each; 6,000 of them are copies that differ from
their originals as copies do.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.apart import cost, measured
from benchmarks.table import Report, judged, number

COUNT = 100_000
COPIES = 6_000
_CHUNK = 2000
_A_SERIES = 100
_KEYS = ("seconds", "cpu_seconds", "mib")


def run(folder: Path, *, rounds: int) -> Report:
    found = []
    for round_ in range(min(rounds, 3)):
        data = folder / str(round_)
        data.mkdir()
        found.append(measured("benchmarks.duplicates", data))
    middle = {key: median(each[key] for each in found) for key in _KEYS}
    wrong = max(each["missed"] + each["false"] for each in found)
    return Report(
        title=f"Duplicates: {COUNT:,} comics grouped, {COPIES:,} of them copies",
        columns=("", "", "seconds", "of the processor", "MiB more"),
        rows=[("group and store", "", *(number(middle[key]) for key in _KEYS))],
        goals=[
            judged("seconds of the processor: at most 60", middle["cpu_seconds"], "s", most=60),
            judged("copies missed, or comics taken for copies: none", wrong, "", most=0),
        ],
        data={"rounds": found},
    )


def _recompressed(pages: list[int], chance: Random) -> list[int]:
    return [page and page ^ _noise(chance) for page in pages]


def _noise(chance: Random) -> int:
    """Bits that another compression turns over: none on most pages, six at most."""
    return sum(1 << n for n in chance.sample(range(64), max(0, chance.randint(-6, 6))))


def _with_adverts(pages: list[int], chance: Random) -> list[int]:
    at = chance.randrange(3, len(pages))
    return [*pages[:at], *(chance.getrandbits(64) for _ in range(5)), *pages[at:]]


def _another_cover(pages: list[int], chance: Random) -> list[int]:
    return [chance.getrandbits(64), *pages[1:]]


def _pages_missing(pages: list[int], chance: Random) -> list[int]:
    at = chance.randrange(2, len(pages) - 2)
    return pages[:at] + pages[at + 2 :]


_WAYS: Sequence[Callable[[list[int], Random], list[int]]] = (
    lambda pages, chance: pages,
    _recompressed,
    _with_adverts,
    _another_cover,
    _pages_missing,
    lambda pages, chance: _recompressed(_with_adverts(pages, chance), chance),
)


def _pages(chance: Random, logos: Sequence[int]) -> list[int]:
    """Every third has its publisher's logo, every fifth a blank page."""
    pages = [chance.getrandbits(64) for _ in range(chance.randint(18, 32))]
    if chance.random() < 0.33:
        pages[-1] = chance.choice(logos)
    if chance.random() < 0.2:
        pages[1] = 0
    return pages


def _comics(chance: Random) -> Iterator[tuple[int, list[int]]]:
    """The number of each one's story, with its pages; the copies come last."""
    logos = [chance.getrandbits(64) for _ in range(20)]
    copied: list[tuple[int, list[int]]] = []
    step = (COUNT - COPIES) // COPIES
    for story in range(COUNT - COPIES):
        pages = _pages(chance, logos)
        if story % step == 0 and len(copied) < COPIES:
            copied.append((story, pages))
        yield story, pages
    for n, (story, pages) in enumerate(copied):
        yield story, _WAYS[n % len(_WAYS)](pages, chance)


def _write(library: Any) -> None:
    from library.models import Comic

    comics = enumerate(_comics(Random(19)))
    while part := list(islice(comics, _CHUNK)):
        rows = [_row(library, n, story, pages) for n, (story, pages) in part]
        Comic.objects.bulk_create(comic for comic, _compared in rows)
        type(rows[0][1]).objects.bulk_create(compared for _comic, compared in rows)


def _row(library: Any, n: int, story: int, pages: list[int]) -> tuple[Any, Any]:
    """A copy lies in another folder, under a name that says nothing."""
    from library.duplicate_models import ComparedPages
    from library.likeness import pack
    from library.models import Comic

    series, issue = f"Series {story // _A_SERIES}", str(story % _A_SERIES)
    is_copy = n >= COUNT - COPIES
    folder = "Found" if is_copy else series
    name = f"scan {n}.cbz" if is_copy else f"{series} {issue:>03}.cbz"
    hashes = pack(pages)
    tags = {"Series": series, "Number": issue, "Writer": "Ito", "Year": "2016"}
    comic = Comic(
        pk=n + 1, library=library, path=f"{folder}/{name}", folder=folder, name=name,
        format="cbz", verdict="ok", page_count=len(pages), size_bytes=10**7 + n, mtime_ns=1,
        tags={} if is_copy else tags,
        compared_size_bytes=10**7 + n, compared_mtime_ns=1,
    )  # fmt: skip
    compared = ComparedPages(
        comic_id=comic.pk, path=comic.path, hashes=hashes, width=1600, height=2400,
        fingerprint=sha256(hashes).hexdigest(),
    )  # fmt: skip
    return comic, compared


def _group() -> dict[str, float]:
    """In this process, whose data folder is empty."""
    from django.core.management import call_command

    from jobs.models import Job
    from library import duplicate_groups
    from library.duplicate_models import DuplicateMember
    from library.models import Library

    call_command("migrate", verbosity=0)
    _write(Library.objects.create(name="Comics", path="/nowhere"))
    options = {"name": True, "equal": True, "alike": True, "likeness": "usual"}
    job = Job.objects.create(operation="find_duplicates", options=options)
    found = cost(lambda: duplicate_groups.group(str(job.pk)))
    together: dict[int, set[int]] = {}
    for group, comic in DuplicateMember.objects.values_list("group", "comic"):
        together.setdefault(group, set()).add(comic - 1)
    stories = [story for story, _pages in _comics(Random(19))]
    wrong = sum(len({stories[n] for n in group}) > 1 for group in together.values())
    missed = COPIES - sum(len(group) - 1 for group in together.values())
    return found | {"missed": missed, "false": wrong}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(_group()))  # noqa: T201

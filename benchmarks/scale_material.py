"""A large library: rows with the tags that real ones have, and files that are real and tiny."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any


def _list(text: str) -> list[str]:
    return text.split("; ")


_PUBLISHERS = _list(
    "Image Comics; Dark Horse Comics; Marvel; DC Comics; IDW Publishing; Boom! Studios; "
    "Dynamite Entertainment; Valiant; Oni Press; Fantagraphics; Viz; Kodansha Comics; "
    "Delcourt; Dargaud; Dupuis; Glénat; Rebellion; Titan Comics; Avatar Press; Top Cow"
)
_FIRST = _list(
    "Ash; Night; Silver; Iron; Crimson; Hollow; Golden; Wild; Paper; Thunder; Winter; "
    "Électric; Shadow; Distant; Broken; Velvet; Salt; Amber; Quiet; Ninth"
)
_SECOND = _list(
    "Ember; Harbour; Brigade; Garden; Engine; Kingdom; Parade; Detective; Road; Company; "
    "Orchard; Signal; Circus; Frontier; Lantern; Tide; Café; Machine"
)
_NAMES = _list(
    "Alice; Brian; Carla; Dmitri; Elena; Frank; Gwen; Hiro; Inés; Jørgen; Kelly; Luis; Marta; "
    "Niko; Olga; Pia; Quentin; Rosa; Søren; Tomás; Uma; Viktor"
)
_SURNAMES = _list(
    "Abbott; Baker; Castellanos; Dubois; Eriksen; Fraction; Gillen; Hernández; Ito; Jurado; "
    "Kirby; Lemire; Moreau; Nakamura; O'Neil; Pérez; Rossi; Staples; Ward"
)
_GENRES = _list("Superhero; Crime; Fantasy; Horror; Science Fiction; Romance; Manga; War")
_WORDS = _list(
    "the; a; of; and; to; in; with; when; who; his; her; their; city; ship; war; secret; "
    "stranger; returns; must; find; before; after; lost; old; new; world; night; family; "
    "past; truth; against; alone; friend; enemy; last; first; machine; island; letter; river; "
    "mountain; king; queen; child; detective; soldier; thief; dream; storm; fire"
)
_REASONS = ("", "", "No ComicInfo.xml", "Series missing", "Name does not follow the template")
_START = datetime(2020, 1, 1, tzinfo=UTC)
FOLDER_SIZE = 30
CHUNK = 2000


@dataclass(frozen=True)
class Facts:
    path: str
    format: str
    tags: dict[str, str]
    state: str
    state_reason: str
    verdict: str
    size_bytes: int
    mtime_ns: int
    page_count: int
    present: bool
    added_at: datetime


def facts(count: int) -> Iterator[Facts]:
    """Always the same ones: some thousand series, a sixth without tags, one comic in 25 damaged."""
    random = Random(1)
    for number in range(count):
        yield _comic(random, number)


def _comic(random: Random, number: int) -> Facts:
    run, issue = divmod(number, FOLDER_SIZE)
    seeded = Random(run)
    series = f"{seeded.choice(_FIRST)} {seeded.choice(_SECOND)} {run}"
    publisher, year = seeded.choice(_PUBLISHERS), seeded.randint(1938, 2025)
    kind = random.choices(("cbz", "cbr", "cb7", "cbt"), (80, 15, 4, 1))[0]
    folder = f"{publisher}/{series} ({year})"
    reason = random.choice(_REASONS)
    state = "duplicate" if random.random() < 0.05 else ("needs_work" if reason else "clean")
    has_tags = reason != "No ComicInfo.xml"
    return Facts(
        path=f"{folder}/{series} - Chapter {issue + 1:04}.{kind}",
        format=kind,
        tags=_tags(random, seeded, series, issue + 1, publisher, year) if has_tags else {},
        state=state,
        state_reason=reason if state == "needs_work" else "",
        verdict=random.choices(("ok", "warn", "damaged", "encrypted"), (96, 2, 1.8, 0.2))[0],
        size_bytes=random.randint(2_000_000, 180_000_000),
        mtime_ns=(1_500_000_000 + random.randint(0, 200_000_000)) * 10**9
        + random.randint(0, 10**9),
        page_count=random.randint(8, 240),
        present=random.random() > 0.005,
        added_at=_START + timedelta(minutes=number * 20),
    )


def _tags(
    random: Random, seeded: Random, series: str, issue: int, publisher: str, year: int
) -> dict[str, str]:
    return {
        "Series": series,
        "Number": str(issue),
        "Title": f"Chapter {issue}: {' '.join(random.sample(_WORDS, 3)).title()}",
        "Publisher": publisher,
        "Year": str(year + issue // 12),
        "Month": str(1 + issue % 12),
        "Writer": _person(seeded),
        "Penciller": f"{_person(seeded)}, {_person(random)}",
        "Characters": ", ".join(_person(random) for _ in range(6)),
        "Genre": seeded.choice(_GENRES),
        "Summary": " ".join(random.choices(_WORDS, k=80)) + f" x{random.randint(0, 10**6)}.",
        "Web": f"https://comics.invalid/issue/{random.randint(1, 10**6)}",
    }


def _person(random: Random) -> str:
    return f"{random.choice(_NAMES)} {random.choice(_SURNAMES)}"


def fill(count: int, root: str) -> None:
    """A library of these rows in Django's database; writes no file."""
    from library.models import Comic, Library
    from library.rows import update_each
    from library.searching import store_words

    library = Library.objects.create(name="Scale", path=root)
    rest = facts(count)
    while chunk := [Comic(library=library, **_row(each)) for each in islice(rest, CHUNK)]:
        # `added_at` is the moment of creation otherwise.
        added = [comic.added_at for comic in chunk]
        Comic.objects.bulk_create(chunk)
        for comic, moment in zip(chunk, added, strict=True):
            comic.added_at = moment
        update_each(chunk, ["added_at"])
        store_words(chunk)
    vacuum()


def vacuum() -> None:
    """As PostgreSQL's autovacuum does within a minute."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _row(facts: Facts) -> dict[str, Any]:
    from library.models import columns_of

    folder, _slash, name = facts.path.rpartition("/")
    return {**vars(facts), **columns_of(facts.tags), "folder": folder, "name": name}


def plant(root: Path, count: int, sample: Path) -> None:
    """Files of these names: copies of the sample, which is a small comic."""
    data = sample.read_bytes()
    folders = set()
    for each in facts(count):
        file = root / each.path
        if file.parent not in folders:
            file.parent.mkdir(parents=True)
            folders.add(file.parent)
        file.write_bytes(data)

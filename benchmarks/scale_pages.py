"""How soon pages of a large library come, in a server without work, on both databases."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.sites import Connection, data_folder, serving, settle
from tests import services
from tests.serving import ROOT, DataFolder

_FILL_SECONDS = 1800
_FILL = """
from benchmarks import scale_material, scale_past
scale_material.fill({count}, {root!r})
scale_past.fill({count})
"""
_BIG = "/jobs/00000000-0000-0000-0000-000000000001/"
_PREVIEW = "/jobs/00000000-0000-0000-0000-000000000002/"
_SIZE = 100_000
ADDRESSES = (
    "/",
    "/?page=2000",
    "/?page=1000",
    "/?page_size=200&page=400",
    "/?page_size=200&page=250",
    "/?state=needs_work",
    "/?verdict=damaged",
    "/?format=cbz&page=1000",
    "/?publisher=Image+Comics",
    "/?series=Ash+Ember+40",
    "/?year_from=1980&year_to=2000&page=100",
    "/?tagged=false",
    "/?reason=Series+missing&page=100",
    "/?added_since=2023-01-01&ordering=-added",
    "/?path=*Ash*0007*",
    "/?path=*Chapter*&page=1000",
    "/?year_from=1940&ordering=name&page=500",
    "/?ordering=state&page=1000",
    "/?ordering=-size&page=1900",
    "/?ordering=-size&state=clean&page=500",
    "/?ordering=series&page=1900",
    "/?search=ash",
    "/?search=kirby+storm",
    "/?search=chapter",
    "/?search=chapter&ordering=-size&page=800",
    "/?search=chapter&state=clean&format=cbz&year_from=1950&ordering=-year",
    "/?search=nothing+at+all",
    "/?part=panel",
    "/?part=panel&publisher=Viz",
    "/?part=panel&search=chapter",
    "/?part=panel&tagged=true&format=cbz&year_from=1950",
    "/?panel=open&search=ash&state=needs_work&format=cbz",
    "/?part=live&ids=1,2,3",
    "/preview/process/?search=chapter",
    "/comics/50/?search=chapter&ordering=-size",
    "/jobs/?page=2000",
    f"{_BIG}?page=1000",
    f"{_BIG}?outcome=changed&page=600",
    f"{_PREVIEW}?page=500",
    "/history/?operation=convert&before=50000",
    "/trash/?before=50000",
    "/duplicates/?page=200",
    "/duplicates/?library=1",
    "/api/comics/?page=2000",
    "/api/comics/?search=perez&ordering=-size",
    "/admin/library/comic/",
    "/admin/library/comic/?p=990",
    "/admin/jobs/jobitem/?job__id__exact=00000000-0000-0000-0000-000000000001",
    "/settings/",
)
"""Their page numbers are those of a library of that size."""
_PAGE = re.compile(r"(?<=\bbefore=)\d+|(?<=\bpage=)\d+|(?<=\bp=)\d+")


@dataclass(frozen=True)
class Answers:
    address: str
    where: str
    ms: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.ms)


def pages(folder: Path, *, count: int, rounds: int) -> Iterator[Answers]:
    yield from _measured(data_folder(folder / "sqlite"), "SQLite", count, rounds)
    if services.answering():
        with services.database() as settings:
            data = data_folder(folder / "postgresql", **settings)
            yield from _measured(data, "PostgreSQL", count, rounds)


def _measured(data: DataFolder, where: str, count: int, rounds: int) -> Iterator[Answers]:
    fill(data, count)
    with serving(data, "--no-worker") as server:
        settle()
        connection = server.signed_in()
        for address in ADDRESSES:
            yield asked(connection, _sized(address, count), where, rounds=rounds)


def _sized(address: str, count: int) -> str:
    return _PAGE.sub(lambda page: str(max(1, int(page[0]) * count // _SIZE)), address)


def fill(data: DataFolder, count: int) -> None:
    code = _FILL.format(count=count, root=str(data.path / "comics"))
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=data.environment,
        check=True,
        timeout=_FILL_SECONDS,
    )


def asked(connection: Connection, address: str, where: str, *, rounds: int) -> Answers:
    """The first answer, for which the database fetches its pages, is not counted."""
    answers = Answers(address, where)
    for _ in range(rounds + 1):
        begun = monotonic()
        status, text = connection.ask("GET", address)
        answers.ms.append((monotonic() - begun) * 1000)
        assert status == 200, text
    del answers.ms[0]
    return answers

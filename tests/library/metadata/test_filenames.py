import gc
import random
import time
from collections.abc import Iterator
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.metadata import comicapi
from library.metadata.filenames import (
    choosing,
    folder_series,
    parse,
    parse_explicit,
    parse_folder,
    telling_folder,
)
from library.metadata.filenames.siblings import MOST
from tests.library.metadata.filename_table import FIELDS, rows

MISREAD = {
    "Ash.and.Ember.012.2016.Digital.Lamplight.cbz",
    "Harrow Street 4 Men and 2 Dogs.cbz",
    "Kuroi_Tori_Side_Story_02_HN.zip",
    "Nightjar 2259 008 - Simple Lies 03 (of 06) (2021).cbz",
}
"""What a person understands of these and no rule does yet."""
SLOW_SECONDS = 0.05
"""Five times what a name may take: other tests may run on the same processor."""


def fields_of(name: str) -> dict[str, str]:
    parsed = parse(name)
    return {field: getattr(parsed, field) for field in FIELDS}


def test_the_table_is_large_and_all_but_a_few_of_its_names_are_understood() -> None:
    assert len(rows()) >= 300
    misread = {row.name: found for row in rows() if (found := fields_of(row.name)) != row.fields}
    assert misread.keys() == MISREAD, misread


def test_the_votes_that_are_not_asked_for_would_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_where_needed = {row.name: parse(row.name) for row in rows()}
    monkeypatch.setattr(choosing, "_is_clear", lambda points: False)
    assert {row.name: parse(row.name) for row in rows()} == asked_where_needed


@pytest.mark.parametrize(
    ("name", "series", "issue", "title", "volume", "year"),
    [
        ("Ash and Ember 012 (2016).cbz", "Ash and Ember", "12", "", "", "2016"),
        ("Foo v2 #3.cbz", "Foo", "3", "", "2", ""),
        ("100 Bullets 012.cbz", "100 Bullets", "12", "", "", ""),
        ("100 Bullets.cbz", "100 Bullets", "", "", "", ""),
        ("Moss & Marrow 3 (of 4) (2010).cbr", "Moss & Marrow", "3", "", "", "2010"),
        ("Saga #12.5 - The End.cbz", "Saga", "12.5", "The End", "", ""),
        ("One Piece - Chapter 1005.cbz", "One Piece", "1005", "", "", ""),
        ("Foo - Chapter 0001.10.cbz", "Foo", "1.10", "", "", ""),
        ("Brass_Harbour_007a.cbz", "Brass Harbour", "7a", "", "", ""),
        ("X-Men #-1 (1997).cbz", "X-Men", "-1", "", "", "1997"),
        ("Foo #½.cbz", "Foo", "½", "", "", ""),
        ("Saltwind_ Year One 003.cbz", "Saltwind: Year One", "3", "", "", ""),
        ("007.cbz", "", "7", "", "", ""),
        ("001 - The Beginning.cbz", "", "1", "The Beginning", "", ""),
        ("Ash and Ember Annual 01 (2016).cbz", "Ash and Ember Annual", "1", "", "", "2016"),
        ("Meridian Vol. 2 - 004 - A Way Down.cbz", "Meridian", "4", "A Way Down", "2", ""),
        ("Moth 05 (2011-2013) [Scan].cbz", "Moth", "5", "", "", "2011"),
        ("One Piece v01 (2003) (Digital).cbz", "One Piece", "", "", "1", "2003"),
        ("Wonder Woman 1984 003.cbz", "Wonder Woman 1984", "3", "", "", ""),
        ("Invincible.cbz", "Invincible", "", "", "", ""),
        ("Batman__1_of_3.cbz", "Batman", "1", "", "", ""),
        ("Batman -- 1 of 4.cbz", "Batman", "1", "", "", ""),
    ],
)
def test_a_name_tells(
    name: str, series: str, issue: str, title: str, volume: str, year: str
) -> None:
    parsed = parse(name)
    found = (parsed.series, parsed.issue, parsed.title, parsed.volume, parsed.year)
    assert found == (series, issue, title, volume, year)


def numbered(pattern: str, last: int = 20) -> list[str]:
    return [pattern.format(n) for n in range(1, last + 1)]


@pytest.mark.parametrize(
    ("name", "folder", "siblings", "series", "issue"),
    [
        ("300 Lanterns 005.cbz", "300 Lanterns", [], "300 Lanterns", "5"),
        ("300 Lanterns 5.cbz", "", numbered("300 Lanterns {}.cbz"), "300 Lanterns", "5"),
        ("Orbital 2088 012.cbz", "Orbital 2088", [], "Orbital 2088", "12"),
        ("Orbital 2088 12.cbz", "", numbered("Orbital 2088 {}.cbz"), "Orbital 2088", "12"),
        ("Sector 7 4.cbz", "Sector 7 (2010)", [], "Sector 7", "4"),
        ("Sector 7 Owls 4.cbz", "", numbered("Sector 7 Owls {}.cbz"), "Sector 7 Owls", "4"),
        ("Sector 7 Owls 4.cbz", "", numbered("Sector {} Owls 4.cbz"), "Sector", "7"),
        ("Moth 2004.cbz", "", ["Moth 2003.cbz", "Moth 2004.cbz", "Moth 2005.cbz"], "Moth", "2004"),
        ("Moth 2004.cbz", "", [], "Moth 2004", ""),
        ("03 The Gate.cbz", "Moss", numbered("{:02} The Gate.cbz"), "", "3"),
        ("03 The Gate.cbz", "Moss", [], "03 The Gate", ""),
        ("3 - Rain (2011).cbz", "Moss", [], "", "3"),
        ("3 - Rain (2011).cbz", "", [], "Rain", "3"),
        ("300 Moons.cbz", "", ["2000 Leagues.cbz", "52.cbz", "300 Moons.cbz"], "300 Moons", ""),
    ],
)  # fmt: skip
def test_folder_and_siblings_tell_which_number_is_the_issue(
    name: str, folder: str, siblings: list[str], series: str, issue: str
) -> None:
    parsed = parse(name, folder=folder, siblings=siblings)
    assert (parsed.series, parsed.issue) == (series, issue)


def test_of_many_siblings_only_some_are_looked_at() -> None:
    siblings = numbered("Moss {}.cbz", 5 * MOST)
    parse("Moss 7.cbz", siblings=siblings)
    started = time.thread_time()
    for n in range(100):
        parse(f"Moss {n}.cbz", siblings=siblings)
    assert time.thread_time() - started < 100 * SLOW_SECONDS


def test_only_what_is_said_in_so_many_words_is_explicit() -> None:
    assert astuple(parse_explicit("Moss 5 (of 6).cbz"))[:2] == ("Moss 5", "")
    assert astuple(parse_explicit("Moss #5.cbz"))[:2] == ("Moss", "5")


def test_a_folders_underscore_stands_for_a_colon() -> None:
    assert folder_series("Saltwind_ Year One") == "Saltwind: Year One"


def test_a_folder_names_its_series_its_volume_and_the_year_it_began() -> None:
    parsed = parse_folder("Saltwind_ Year One v2 (2016)")
    assert (parsed.series, parsed.volume, parsed.year) == ("Saltwind: Year One", "2", "2016")
    assert parse_folder("(2016)").series == "(2016)"


@pytest.mark.parametrize(
    ("place", "telling"),
    [
        ("Moth", "Moth"),
        ("Volume 2", "Volume 2"),
        ("Publisher/Moth", "Moth"),
        ("Publisher/Moth/Volume 2", "Moth Volume 2"),
        ("Moth/v02 (2019)", "Moth v02 (2019)"),
        ("Moth/2016", "Moth"),
        ("Moth (2015)/(2016)", "Moth (2015)"),
        ("Moth/TPB", "Moth"),
        ("Moth/Annuals", "Moth"),
        ("Moth/2016/Specials", "Moth"),
        ("Publisher/52", "52"),
        ("Publisher/2099", "2099"),
        ("Publisher/1963 (1993)", "1963 (1993)"),
    ],
)
def test_a_folder_that_is_only_a_part_of_a_series_is_told_by_the_one_above_it(
    place: str, telling: str
) -> None:
    assert telling_folder(place) == telling


def test_a_group_before_the_chapter_is_no_series_where_a_folder_names_one() -> None:
    parsed = parse("Hane Scans_Vol.5 Ch.38 - The Stars.cbz", folder="Kuroi Tori")
    found = (parsed.series, parsed.volume, parsed.issue, parsed.title, parsed.scan)
    assert found == ("", "5", "38", "The Stars", "Hane Scans")
    for folder in ("", "Manga"):
        assert parse("Kuroi Tori_Ch.38.cbz", folder=folder).series == "Kuroi Tori"


@pytest.mark.parametrize("name", ["Batman__1_of_3", "Batman -- 1 of 4", "of", "(((", "#"])
def test_names_that_send_comicapi_in_circles_end_soon(name: str) -> None:
    started = time.monotonic()
    comicapi.guess(name)
    assert time.monotonic() - started < 1


@settings(deadline=1000)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_name_gives_an_answer_and_never_an_error(name: str) -> None:
    parse(name + ".cbz")


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the garbage collection of all that other tests left, which is no name's time."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("seed", range(3))
def test_no_random_name_fails_or_takes_long(seed: int) -> None:
    chance = random.Random(seed)
    names = [row.name for row in rows()]
    parse("Moss 1 and 2.cbz")  # imports comicapi
    for _ in range(500):
        name = _random_name(chance, names)
        started = time.thread_time()
        parse(name, folder=name[:20], siblings=names[:20])
        assert time.thread_time() - started < SLOW_SECONDS, name


def _random_name(chance: random.Random, names: list[str]) -> str:
    if chance.random() < 0.3:
        letters = chance.choices(_LETTERS, k=240)
    elif chance.random() < 0.3:
        letters = [chance.choice(_BITS) for _ in range(60)]
    else:
        letters = list(chance.choice(names))
        for _ in range(6):
            letters[chance.randrange(len(letters))] = chance.choice(_BITS)
    return "".join(letters)[:250] + ".cbz"


_LETTERS = [chr(code) for code in (*range(32, 127), *range(48, 58), *range(32, 0x2FFF, 40))]
_ODD = (
    "# v 1 003 of (of (2012) [ ] ( ) { } - -- _ __ . , ½ -1 Vol. T Book III c001 第 巻 ' & %20 _20 "
    "2099 10.5 .. \x00 \udcff é 🙂 TPB ³ ٣ -1-1-1-1-1-1 10.510.510.5 4)4)4)4) 1999-2009"
)
_BITS = _ODD.split(" ")

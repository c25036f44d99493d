import time
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.metadata import comicapi
from library.metadata.filenames import folder_series, parse


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
    assert astuple(parse(name)) == (series, issue, title, volume, year)


def test_a_folders_underscore_stands_for_a_colon() -> None:
    assert folder_series("Saltwind_ Year One") == "Saltwind: Year One"


@pytest.mark.parametrize("name", ["Batman__1_of_3", "Batman -- 1 of 4", "of", "(((", "#"])
def test_names_that_send_comicapi_in_circles_end_soon(name: str) -> None:
    started = time.monotonic()
    comicapi.guess(name)
    assert time.monotonic() - started < 1


@settings(deadline=1000)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_name_gives_an_answer_and_never_an_error(name: str) -> None:
    parse(name + ".cbz")

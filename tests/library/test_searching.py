from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.http import QueryDict

from library import scanning
from library.filters import ComicFilter
from library.listing import TAB_KEYS, Listing
from library.models import Comic, ComicWords, Library
from library.searching import store_words, words_in
from library.work.scan import examine
from tests.library.comics import make_comic

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.objects.create(name="Books", path=str(tmp_path))


def comic(library: Library, path: str, **tags: str) -> Comic:
    folder, _, name = path.rpartition("/")
    row = Comic.objects.create(library=library, path=path, folder=folder, name=name, tags=tags)
    store_words([row])
    return row


def found(**query: str) -> list[str]:
    return [each.name for each in ComicFilter(query).qs]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ash_and_Ember - 001.cbz", ["ash", "and", "ember", "001", "cbz"]),
        ("Café Ñandú Straße", ["cafe", "nandu", "strasse"]),
        ("Jørgen Łódź Œuvre", ["jorgen", "lodz", "oeuvre"]),
        ("進撃 no 巨人", ["進", "撃", "no", "巨", "人"]),
        ("O'Neil \"x\"* AND NOT', | &", ["o", "neil", "x", "and", "not"]),
        ("a a A", ["a"]),
        ("…", []),
    ],
)
def test_words_have_no_case_and_no_accents(text: str, words: list[str]) -> None:
    assert words_in(text) == words


def test_a_word_is_found_in_the_path_and_in_any_tag(library: Library) -> None:
    comic(library, "Dargaud/Blake/1.cbz", Writer="Edgar Pérez", Summary="The secret of the Espadon")
    comic(library, "Viz/2.cbz", Characters="Nasir, Olrik", Web="https://comics.invalid/espa")
    for query in ("blake", "PEREZ", "pér", "espadon", "secret edg", "1.cbz"):
        assert found(search=query) == ["1.cbz"], query
    assert found(search="olrik") == ["2.cbz"]
    assert found(search="espa") == ["1.cbz", "2.cbz"]
    assert found(search="espadon olrik") == []
    assert found(search="sadon") == []  # words are found by their beginnings
    assert found(search="…") == ["1.cbz", "2.cbz"]
    for odd in ('"', "' & 'x", "x:*", 'a"* OR b', "NEAR(", "%", "_"):
        found(search=odd)


def test_the_index_follows_the_comic(library: Library) -> None:
    row = comic(library, "1.cbz", Writer="Alice")
    row.tags = {"Writer": "Bruno"}
    store_words([row])
    store_words([row])
    assert (found(search="alice"), found(search="bruno")) == ([], ["1.cbz"])
    row.delete()
    assert not ComicWords.objects.exists()
    assert found(search="bruno") == []
    comic(library, "2.cbz", Writer="Bruno")
    assert found(search="bruno") == ["2.cbz"]
    library.delete()
    assert found(search="bruno") == []


def test_a_scan_keeps_the_words_and_columns(library: Library, tmp_path: Path) -> None:
    file = make_comic(tmp_path / "A/1.cbz", Series="Ash", Publisher="Éditions", Year="1987")
    scanning.store(library, [("A/1.cbz", examine({"path": str(file)}))])
    assert found(search="edit 1987") == ["1.cbz"]
    row = Comic.objects.get()
    assert (row.publisher, row.year, row.is_tagged) == ("Éditions", 1987, True)
    make_comic(file)
    scanning.store(library, [("A/1.cbz", examine({"path": str(file)}))])
    assert (found(search="1987"), found(tagged="false")) == ([], ["1.cbz"])
    row.refresh_from_db()
    assert (row.publisher, row.year, row.is_tagged) == ("", None, False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"publisher": "marvel"}, ["1.cbz", "2.cbz"]),
        ({"publisher": "mar"}, []),
        ({"series": "ÉCLAT"}, ["2.cbz"]),
        ({"year": "1990"}, ["2.cbz"]),
        ({"year_from": "1980", "year_to": "1990"}, ["1.cbz", "2.cbz"]),
        ({"tagged": "true"}, ["1.cbz", "2.cbz"]),
        ({"tagged": "false"}, ["3.cbz"]),
        ({"added_since": "2020-05-01"}, ["2.cbz", "3.cbz"]),
        ({"changed_since": "2001-09-09"}, ["3.cbz"]),
        ({"reason": "Series missing"}, ["3.cbz"]),
        ({"ordering": "-year", "tagged": "true"}, ["2.cbz", "1.cbz"]),
        ({"ordering": "-added"}, ["3.cbz", "2.cbz", "1.cbz"]),
        ({"ordering": "-folder"}, ["3.cbz", "2.cbz", "1.cbz"]),
    ],
)
def test_filters_and_orders(library: Library, query: dict[str, str], names: list[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"series": "Ash", "publisher": "Marvel", "year": 1985, "is_tagged": True},
        {"series": "Éclat", "publisher": "MARVEL", "year": 1990, "is_tagged": True},
        {"state_reason": "Series missing", "mtime_ns": 1_100_000_000 * 10**9},
    ]
    for number, (values, month) in enumerate(zip(rows, (4, 5, 6), strict=True), start=1):
        row = comic(
            library,
            f"{number}.cbz",
            Series=values.get("series", ""),
            Publisher=values.get("publisher", ""),
        )
        values["added_at"] = f"2020-{month:02}-02T00:00:00Z"
        Comic.objects.filter(pk=row.pk).update(**values)
    assert found(**query) == names


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan of SQLite's")
def test_a_librarys_list_and_counts_come_from_an_index_alone(library: Library) -> None:
    query = QueryDict(f"library={library.pk}")
    listed = ComicFilter(query, queryset=Comic.objects.present()).qs.values_list("pk")
    assert "COVERING INDEX comic_listed" in listed.explain()
    assert "TEMP B-TREE" not in listed.explain()
    counted = Listing(query).matching(without=TAB_KEYS).values_list("state").annotate(n=Count("*"))
    assert "COVERING INDEX" in counted.explain()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan of SQLite's")
@pytest.mark.parametrize("order", ["size", "-changed", "series", "name"])
@pytest.mark.parametrize("wanted", ["search=ash", "path=*Ash*"])
def test_what_a_search_finds_comes_in_order_from_an_index_alone(wanted: str, order: str) -> None:
    query = QueryDict(f"{wanted}&ordering={order}")
    listed = ComicFilter(query, queryset=Comic.objects.present()).qs.values_list("pk")
    assert "COVERING INDEX comic_by_" in listed.explain()
    assert "TEMP B-TREE" not in listed.explain()

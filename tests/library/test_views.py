from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library import views
from library.models import Comic, Library
from library.searching import store_words
from tests.library.comics import make_comic

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.objects.create(name="Books", path=str(tmp_path))


def comic(library: Library, path: str, **values: Any) -> Comic:
    folder, _, name = path.rpartition("/")
    values = {"format": path.rpartition(".")[2], "verdict": "ok"} | values
    row = Comic.objects.create(library=library, path=path, folder=folder, name=name, **values)
    store_words([row])
    return row


def listed(pages: Client, query: str = "") -> list[str]:
    listing = pages.get(f"/{query}").context["listing"]
    return [each.name for each in listing.page]


def job_of(answer: Any) -> Job:
    return Job.objects.get(pk=answer.url.split("/")[-2])


def test_without_a_library_the_page_leads_to_one(pages: Client) -> None:
    assert "No library yet" in pages.get("/").content.decode()


def test_the_list_shows_each_status_with_its_reason(pages: Client, library: Library) -> None:
    comic(library, "A/1.cbz", state_reason="No ComicInfo.xml")
    comic(library, "A/2.cbz", verdict="damaged", verdict_reason="Cut off")
    page = pages.get("/").content.decode()
    for text in ("Needs work", "No ComicInfo.xml", "Damaged", "Cut off"):
        assert text in page


def test_search_format_and_tabs_narrow_the_list(pages: Client, library: Library) -> None:
    comic(library, "A/one.cbz", state="clean")
    comic(library, "A/two.cbr", verdict="damaged")
    comic(library, "B/three.cbz", state="duplicate")
    comic(library, "B/gone.cbz", present=False)
    assert listed(pages) == ["one.cbz", "two.cbr", "three.cbz"]
    assert listed(pages, "?search=three") == ["three.cbz"]
    assert listed(pages, "?format=cbr") == ["two.cbr"]
    assert listed(pages, "?state=clean") == ["one.cbz"]
    assert listed(pages, "?verdict=problems") == ["two.cbr"]
    assert listed(pages, "?verdict=problems&search=one") == []
    assert listed(pages, "?present=false") == ["gone.cbz"]
    tabs = pages.get("/?search=A&state=clean").context["listing"].tabs
    assert [tab.count for tab in tabs] == [2, 1, 1, 0, 1]
    assert [tab.is_current for tab in tabs] == [False, False, True, False, False]


def test_bad_values_are_as_if_absent(pages: Client, library: Library) -> None:
    comic(library, "A/one.cbz")
    pages_and_order = ("?page=x", "?page=99", "?page_size=7", "?ordering=x")
    filters = ("?state=x", "?library=x", "?changed_since=2300-01-01", "?added_since=0001-01-01")
    for query in pages_and_order + filters:
        assert listed(pages, query) == ["one.cbz"], query


def test_columns_order_the_list_and_say_so(pages: Client, library: Library) -> None:
    comic(library, "A/big.cbz", size_bytes=5_000_000)
    comic(library, "B/small.cbz", size_bytes=2_000)
    assert listed(pages, "?ordering=size") == ["small.cbz", "big.cbz"]
    answer = pages.get("/?ordering=size&search=cbz")
    assert (
        'aria-sort="ascending"><a href="?ordering=-size&amp;search=cbz"' in answer.content.decode()
    )


def test_the_list_is_paged(pages: Client, library: Library) -> None:
    for number in range(30):
        comic(library, f"A/{number:02}.cbz")
    assert len(listed(pages, "?page_size=25")) == 25
    assert listed(pages, "?page_size=25&page=2")[-1] == "29.cbz"


@pytest.mark.parametrize("ordering", ["", "-size", "year", "-name"])
def test_pages_beyond_the_middle_go_on_in_the_same_order(
    pages: Client, library: Library, ordering: str
) -> None:
    for number in range(60):
        values = {"size_bytes": number % 3, "year": (None, 1990, 2000)[number % 3]}
        comic(library, f"A/{number:02}.cbz", **values)
    address = f"?ordering={ordering}&page_size=25&page="
    found = [name for number in (1, 2, 3) for name in listed(pages, f"{address}{number}")]
    assert found == listed(pages, f"?ordering={ordering}&page_size=100")
    assert len(set(found)) == 60


def test_the_page_takes_at_most_eleven_queries(
    pages: Client, library: Library, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ids = [comic(library, f"A/{number:02}.cbz").pk for number in range(60)]
    pages.get("/")  # what is asked once
    for query in ("", "?search=1&state=needs_work&page=1"):
        with django_assert_max_num_queries(11):
            pages.get(f"/{query}")
    with django_assert_max_num_queries(5):
        pages.get("/?part=results")
    with django_assert_max_num_queries(6):
        pages.get("/?part=panel&state=clean&format=cbz&reason=x")
    with django_assert_max_num_queries(14):
        pages.get("/?panel=open&search=1&state=needs_work&format=cbz&page=1")
    with django_assert_max_num_queries(6):
        pages.get(f"/?part=live&ids={ids[0]},{ids[1]},{ids[2]}")


def test_ticked_comics_are_processed(pages: Client, library: Library, tmp_path: Path) -> None:
    ticked = [
        comic(library, f"A/{make_comic(tmp_path / 'A' / n).name}") for n in ("1.cbz", "2.cbz")
    ]
    comic(library, "A/3.cbz")
    body = {"scope": "ticked", "comics": [ticked[0].pk], "ids": f"{ticked[1].pk}"}
    job = job_of(pages.post("/process/", body))
    assert (job.operation, job.total, job.dry_run) == ("process", 2, False)
    assert job.created_by is not None


def test_a_preview_is_a_dry_run(pages: Client, library: Library) -> None:
    comic(library, "A/1.cbz")
    assert job_of(pages.post("/process/", {"scope": "all", "preview": "1"})).dry_run


def test_all_that_match_are_found_by_the_filter(pages: Client, library: Library) -> None:
    comic(library, "A/1.cbz")
    comic(library, "B/1.cbz")
    filtered = pages.get("/?search=A%2F&page_size=25&ordering=size").context["listing"]
    assert parse_qs(filtered.filter_query) == {"search": ["A/"]}
    body = {"scope": "filter", "filter": filtered.filter_query}
    assert job_of(pages.post("/process/", body)).total == 1
    body = {"scope": "ticked", "filter": filtered.filter_query, "matching": "preview"}
    job = job_of(pages.post("/process/", body))
    assert (job.total, job.dry_run) == (1, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"scope": "ticked"}, "Tick at least one comic first."),
        ({"scope": "ticked", "ids": "x,-1"}, "Tick at least one comic first."),
        ({"scope": "all"}, "No comic matches this selection."),
        ({"scope": "filter", "filter": "nonsense=1"}, "nonsense"),
        ({}, "required"),
    ],
)
def test_what_cannot_be_processed_is_said(pages: Client, body: Any, reason: str) -> None:
    answer = pages.post("/process/", body, follow=True)
    assert reason in answer.content.decode()
    assert not Job.objects.exists()


def test_scanning_is_a_job(pages: Client, library: Library) -> None:
    assert job_of(pages.post("/scan/")).operation == "scan"
    assert job_of(pages.post(f"/settings/libraries/{library.pk}/scan/")).scope == "Books"


def test_a_folder_is_added_and_scanned(pages: Client, tmp_path: Path) -> None:
    job = job_of(pages.post("/settings/", {"path": str(tmp_path)}))
    assert job.operation == "scan"
    assert Library.objects.get().path == str(tmp_path)


def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(
    pages: Client, library: Library, tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    page = pages.post("/settings/", {"path": str(inside)}).content.decode()
    assert "This folder lies inside the library “Books”." in page
    assert Library.objects.count() == 1


def test_rules_are_checked_and_saved(pages: Client, library: Library) -> None:
    url, prefix = f"/settings/libraries/{library.pk}/", f"library-{library.pk}"
    page = pages.post(url, {f"{prefix}-template": "{serie}"}).content.decode()
    assert "There is no field {serie}" in page
    assert 'value="{serie}"' in page
    pages.post(url, {f"{prefix}-template": "{series} {issue:3}", f"{prefix}-strict": "on"})
    library.refresh_from_db()
    assert (library.template, library.strict) == ("{series} {issue:3}", True)


@pytest.mark.parametrize(("exchanges", "is_said"), [(True, False), (None, False), (False, True)])
def test_a_disk_that_cannot_swap_files_is_said(
    pages: Client, library: Library, monkeypatch: pytest.MonkeyPatch, exchanges: Any, is_said: bool
) -> None:
    monkeypatch.setattr(views, "exchanges_names", lambda root: exchanges)
    page = pages.get("/settings/").content.decode()
    assert ("cannot swap two files in one step" in page) == is_said


def test_removing_a_library_touches_no_file(
    pages: Client, library: Library, tmp_path: Path
) -> None:
    file = make_comic(tmp_path / "1.cbz")
    comic(library, "1.cbz")
    pages.post(f"/settings/libraries/{library.pk}/remove/")
    assert not Library.objects.exists()
    assert file.exists()


def test_the_panel_counts_what_each_choice_would_leave(pages: Client, library: Library) -> None:
    comic(library, "1.cbz", publisher="Viz", year=1990, is_tagged=True)
    comic(library, "2.cbr", publisher="Viz", year=1991, is_tagged=True, verdict="damaged")
    comic(library, "3.cbz", publisher="Marvel", year=1990, is_tagged=True)
    comic(library, "4.cbz", state_reason="No ComicInfo.xml", present=True)
    comic(library, "5.cbz", publisher="Viz", present=False)
    panel = pages.get("/?part=panel&format=cbz").context["panel"]
    choices = {
        facet.name: {choice.value: choice.count for choice in facet.choices}
        for facet in panel.facets
    }
    assert choices["format"] == {"cbz": 3, "cbr": 1}
    assert choices["publisher"] == {"Marvel": 1, "Viz": 1}
    assert choices["year"] == {"1990": 2}
    assert choices["verdict"] == {}
    assert choices["reason"] == {"No ComicInfo.xml": 1}
    assert choices["tagged"] == {"true": 2, "false": 1}
    assert "library" not in choices


def test_tabs_count_the_same_with_and_without_the_panel(pages: Client, library: Library) -> None:
    values = ({}, {"state": "clean"}, {"state": "duplicate"}, {"verdict": "damaged"})
    for number, value in enumerate((*values, {"present": False}, {"format": "cbr"})):
        comic(library, f"{number}.cbz", **value)
    comic(library, "9.cbz", verdict="damaged", state="clean", state_reason="x", is_tagged=True)
    for query in (
        "",
        "search=cbz",
        "format=cbz",
        "verdict=problems",
        "verdict=damaged&state=clean",
        "present=false",
        f"library={library.pk}&tagged=false",
        "reason=x",
        "format=nonsense&state=clean",
    ):
        shut, opened = (pages.get(f"/?{query}{more}").context["listing"] for more in ("", OPEN))
        assert counts_of(shut) == counts_of(opened), query


OPEN = "&panel=open"


def counts_of(listing: Any) -> Any:
    return {tab.name: tab.count for tab in listing.tabs}, listing.count


def test_filters_are_shown_and_each_can_be_taken_away(pages: Client, library: Library) -> None:
    comic(library, "1.cbz", year=1990)
    listing = pages.get("/?year=1990&format=cbz&search=1&state=clean").context["listing"]
    assert [(chip.label, chip.value) for chip in listing.chips] == [
        ("Year", "1990"),
        ("Format", "CBZ"),
    ]
    assert listing.chips[0].href == "?format=cbz&search=1&state=clean"
    assert listing.cleared_href == "?search=1&state=clean"


def test_missing_comics_have_a_tab_where_there_are_any(pages: Client, library: Library) -> None:
    comic(library, "1.cbz")
    assert "missing" not in [tab.name for tab in pages.get("/").context["listing"].tabs]
    comic(library, "2.cbz", present=False)
    listing = pages.get("/").context["listing"]
    assert {tab.name: tab.count for tab in listing.tabs}["missing"] == 1
    assert listing.tabs[-1].href == "?present=false"
    assert listed(pages, "?present=false") == ["2.cbz"]


def test_a_part_brings_numbers_and_the_rows_asked_for(pages: Client, library: Library) -> None:
    first = comic(library, "1.cbz", state="clean")
    comic(library, "2.cbz")
    page = pages.get(f"/?part=live&state=clean&ids={first.pk},x,{10**30}").content.decode()
    assert 'data-count="1"' in page
    assert "1.cbz" in page
    assert "2.cbz" not in page


def test_deep_pages_in_any_order_hold_the_right_comics(pages: Client, library: Library) -> None:
    for number in range(60):
        comic(library, f"A/{number:02}.cbz", size_bytes=number // 7, year=2000 - number % 3)
    for query in (
        "ordering=size",
        "ordering=-year",
        "ordering=-folder&format=cbz",
        "ordering=series",
    ):
        pages_of = [listed(pages, f"?page_size=25&page={n}&{query}") for n in (1, 2, 3)]
        assert [len(names) for names in pages_of] == [25, 25, 10]
        assert len({name for names in pages_of for name in names}) == 60, query


def test_the_layout_is_kept_in_a_cookie(pages: Client, library: Library) -> None:
    comic(library, "1.cbz")
    assert 'class="grid"' not in pages.get("/").content.decode()
    pages.post("/layout/", {"layout": "grid"})
    assert 'class="grid"' in pages.get("/").content.decode()
    assert pages.post("/layout/", {"layout": "wall"}).status_code == 400

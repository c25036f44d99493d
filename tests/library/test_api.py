from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library.models import Comic, Library, columns_of
from library.searching import store_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def library() -> Library:
    return Library.objects.create(name="Books", path="/srv/books")


def comic(library: Library, path: str = "Ash/Ash 1.cbz", **values: Any) -> Comic:
    folder, _, name = path.rpartition("/")
    format = path.rpartition(".")[2]
    values = columns_of({"Series": values["series"]} if "series" in values else {}) | values
    row = Comic.objects.create(
        library=library, path=path, folder=folder, name=name, format=format, **values
    )
    store_words([row])
    return row


def post(api: Client, url: str, body: Any = None) -> Any:
    return api.post(url, body or {}, content_type="application/json")


def patch(api: Client, url: str, body: Any) -> Any:
    return api.patch(url, body, content_type="application/json")


def names(api: Client, query: str) -> list[str]:
    page = api.get(f"/api/comics/?{query}").json()
    assert page["count"] == len(page["results"])
    return [shown["name"] for shown in page["results"]]


def test_a_folder_becomes_a_library(api: Client, tmp_path: Path) -> None:
    answer = post(api, "/api/libraries/", {"path": str(tmp_path), "name": "Mine", "strict": True})
    assert answer.status_code == 201
    shown = answer.json()
    assert shown.pop("created_at")
    assert shown == {
        "id": Library.objects.get().pk,
        "name": "Mine",
        "path": str(tmp_path),
        "template": "{series} - Chapter {issue:4}",
        "strict": True,
        "fill_from_names": True,
        "fill_titles": True,
        "use_folders": True,
        "rename_files": True,
        "watch": "off",
        "watcher": {
            "running": False,
            "text": "Not watched.",
            "method": "",
            "remark": "",
            "since": None,
            "did": "",
            "did_at": None,
            "job_id": None,
        },
        "scan_times": "",
        "verify_days": 0,
        "verify_time": "03:00",
        "comic_count": 0,
        "scanned_at": None,
    }


def test_a_library_without_a_name_has_its_folders(api: Client, tmp_path: Path) -> None:
    shown = post(api, "/api/libraries/", {"path": str(tmp_path)}).json()
    assert shown["name"] == tmp_path.name


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "path"),
        ({"path": ""}, "path"),
        ({"path": 5.5}, "path"),
        ({"path": None}, "path"),
        ({"path": ["/srv"]}, "path"),
        ({"path": "relative"}, "path"),
        ({"path": "~nobody-of-that-name/comics"}, "path"),
        ({"path": "/no/such/folder"}, "path"),
        ({"path": "/" + "x" * 300}, "path"),
        ({"path": "/x" * 3000}, "path"),
        ({"path": "HERE/file.cbz"}, "path"),
        ({"path": "HERE/loop"}, "path"),
        ({"path": "HERE/taken"}, "path"),
        ({"path": "HERE/taken/inside"}, "path"),
        ({"path": "HERE"}, "path"),
        ({"path": "HERE/free", "name": "Taken"}, "name"),
        ({"path": "HERE/free", "name": "x" * 101}, "name"),
        ({"path": "HERE/free", "template": "no field"}, "template"),
        ({"path": "HERE/free", "template": "{odd}"}, "template"),
        ({"path": "HERE/free", "strict": "perhaps"}, "strict"),
        ({"path": "HERE/free", "nonsense": 1}, "nonsense"),
    ],
)
def test_a_bad_library_is_refused_with_the_field_at_fault(
    api: Client, tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    for folder in ("taken/inside", "free"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "file.cbz").touch()
    (tmp_path / "loop").symlink_to("loop")
    Library.objects.create(name="Taken", path=str(tmp_path / "taken"))
    if isinstance(body.get("path"), str):
        body = {**body, "path": body["path"].replace("HERE", str(tmp_path))}
    answer = post(api, "/api/libraries/", body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert all(isinstance(text, str) for text in answer.json()[field])
    assert Library.objects.count() == 1


def test_libraries_are_listed_with_their_comics_counted(
    api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("Books", "Albums"):
        library = Library.objects.create(name=name, path=f"/srv/{name}")
        comic(library, "a.cbz")
        comic(library, "b.cbz", present=False)
    with django_assert_num_queries(4):  # session, user, count, libraries
        page = api.get("/api/libraries/").json()
    assert [(shown["name"], shown["comic_count"]) for shown in page["results"]] == [
        ("Albums", 1),
        ("Books", 1),
    ]


def test_a_librarys_rules_can_be_changed(api: Client, library: Library) -> None:
    answer = patch(api, f"/api/libraries/{library.pk}/", {"template": "{title}", "strict": True})
    assert (answer.status_code, answer.json()["template"]) == (200, "{title}")
    library.refresh_from_db()
    assert (library.name, library.template, library.strict) == ("Books", "{title}", True)


def test_a_librarys_watching_and_times_can_be_changed(api: Client, library: Library) -> None:
    given = {"watch": "process", "scan_times": "6h", "verify_days": 30, "verify_time": "04:15"}
    shown = patch(api, f"/api/libraries/{library.pk}/", given).json()
    assert {name: shown[name] for name in given} == given | {"scan_times": "every 6 hours"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"path": "/srv/other"}, "path"),
        ({"id": 5}, "id"),
        ({"name": ""}, "name"),
        ({"name": "Other"}, "name"),
        ({"template": "{"}, "template"),
        ({"strict": None}, "strict"),
        ({"watch": "always"}, "watch"),
        ({"scan_times": "at noon"}, "scan_times"),
        ({"verify_days": -1}, "verify_days"),
        ({"verify_days": "30"}, "verify_days"),
        ({"fill_titles": 0.0}, "fill_titles"),
        ({"strict": "yes"}, "strict"),
        ({"name": 5}, "name"),
        ({"verify_days": 4000}, "verify_days"),
        ({"verify_time": "25:00"}, "verify_time"),
    ],
)
def test_a_bad_change_of_a_library_is_refused(
    api: Client, library: Library, body: dict[str, Any], field: str
) -> None:
    Library.objects.create(name="Other", path="/srv/other")
    answer = patch(api, f"/api/libraries/{library.pk}/", body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert Library.objects.get(pk=library.pk).name == "Books"


def test_a_forgotten_librarys_files_stay(api: Client, tmp_path: Path) -> None:
    (tmp_path / "a.cbz").write_bytes(b"a")
    library = Library.objects.create(name="Books", path=str(tmp_path))
    comic(library, "a.cbz")
    assert api.delete(f"/api/libraries/{library.pk}/").status_code == 204
    assert not Comic.objects.exists()
    assert (tmp_path / "a.cbz").read_bytes() == b"a"


def test_a_scan_answers_with_its_job(api: Client, library: Library) -> None:
    answer = post(api, f"/api/libraries/{library.pk}/scan/")
    job = Job.objects.get()
    assert (answer.status_code, answer.json()["job_id"]) == (201, str(job.pk))
    assert (job.operation, job.selection) == ("scan", {"library": library.pk})


@pytest.mark.parametrize("pk", ["0", "9999", "9" * 30, "9" * 5000, "x", "-1", "%00"])
def test_what_is_not_there_is_not_found(api: Client, pk: str) -> None:
    answers = [
        api.get(f"/api/libraries/{pk}/"),
        patch(api, f"/api/libraries/{pk}/", {}),
        api.delete(f"/api/libraries/{pk}/"),
        post(api, f"/api/libraries/{pk}/scan/"),
        api.get(f"/api/comics/{pk}/"),
    ]
    assert [(answer.status_code, list(answer.json())) for answer in answers] == [
        (404, ["detail"])
    ] * 5


def test_a_comic_is_shown_with_its_tags(api: Client, library: Library) -> None:
    row = comic(library, series="Ash", issue="1", tags={"Series": "Ash"}, size_bytes=7)
    shown = api.get(f"/api/comics/{row.pk}/").json()
    assert shown.pop("added_at") and shown.pop("updated_at")
    assert shown == {
        "id": row.pk,
        "library": library.pk,
        "path": "Ash/Ash 1.cbz",
        "name": "Ash 1.cbz",
        "folder": "Ash",
        "format": "cbz",
        "size_bytes": 7,
        "page_count": None,
        "version": "0-7",
        "state": "needs_work",
        "state_reason": "",
        "verdict": "unread",
        "verdict_reason": "",
        "present": True,
        "missing_since": None,
        "series": "Ash",
        "issue": "1",
        "tags": {"Series": "Ash"},
    }


def test_comics_are_paged(
    api: Client, library: Library, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        comic(library, f"Ash/{number}.cbz")
    with django_assert_num_queries(5):  # session, user, count, ids, comics
        page = api.get("/api/comics/?page=2&page_size=2").json()
    assert page["count"] == 5
    assert [shown["name"] for shown in page["results"]] == ["2.cbz", "3.cbz"]
    assert page["next"].endswith("?page=3&page_size=2")
    assert page["previous"].endswith("?page_size=2")


def test_comics_are_filtered_by_every_key(api: Client, library: Library) -> None:
    other = Library.objects.create(name="7", path="/srv/other")
    comic(library, "Ash/Ash 1.cbz", state="clean", verdict="ok", series="Ash", size_bytes=2)
    comic(library, "Ember/Ember 1.cbr", verdict="damaged", series="Ember", size_bytes=1)
    comic(other, "Ember/gone.cbz", present=False, size_bytes=3)
    queries = {
        "": ["Ash 1.cbz", "Ember 1.cbr", "gone.cbz"],
        f"library={library.pk}": ["Ash 1.cbz", "Ember 1.cbr"],
        "library=Books": ["Ash 1.cbz", "Ember 1.cbr"],
        "library=7": ["gone.cbz"],
        "state=clean": ["Ash 1.cbz"],
        "verdict=damaged": ["Ember 1.cbr"],
        "verdict=problems": ["Ember 1.cbr"],
        "series=ash": ["Ash 1.cbz"],
        "format=cbr": ["Ember 1.cbr"],
        "search=1 ember": ["Ember 1.cbr"],
        "search=1%25": ["Ash 1.cbz", "Ember 1.cbr"],
        "search=2": [],
        "present=false": ["gone.cbz"],
        "ordering=-size": ["gone.cbz", "Ash 1.cbz", "Ember 1.cbr"],
        "path=*.cbz": ["Ash 1.cbz", "gone.cbz"],
        "path=Ember/*": ["Ember 1.cbr", "gone.cbz"],
        "path=*/[!e]* 1.cb?": ["Ash 1.cbz", "Ember 1.cbr"],
    }
    assert {query: names(api, query) for query in queries} == queries


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("library=99", 400),
        ("library=" + "9" * 30, 400),
        ("library=" + "9" * 5000, 400),
        ("library=%00", 400),
        ("library=x", 400),
        ("library=100%25", 400),
        ("state=%25s", 400),
        ("state=odd", 400),
        ("verdict=odd", 400),
        ("format=pdf", 400),
        ("ordering=tags", 400),
        ("series=%00", 400),
        ("search=%00", 400),
        ("search=" + "a " * 1000, 400),
        ("search=" + "a+" * 99, 200),
        ("search=%FF%FE", 200),
        ("path=%00", 400),
        ("path=" + "*a" * 100, 200),
        ("path=[", 200),
        ("path=[]", 200),
        ("present=perhaps", 400),
        ("changed_since=2262-01-01", 400),
        ("changed_since=9999-12-31", 400),
        ("changed_since=2261-12-31", 200),
        ("added_since=0001-01-01", 400),
        ("added_since=1970-01-01", 200),
        ("page=0", 404),
        ("page=-1", 404),
        ("page=x", 404),
        ("page=" + "9" * 5000, 404),
        ("page_size=" + "9" * 5000, 200),
        ("page_size=-1", 400),
        ("page_size=%00", 400),
    ],
)
def test_a_bad_query_is_no_server_error(
    api: Client, library: Library, query: str, status: int
) -> None:
    comic(library, "Ash/" + "a" * 250 + ".cbz")
    answer = api.get(f"/api/comics/?{query}")
    assert answer.status_code == status
    assert answer.json()


def test_no_page_has_more_than_200_comics(api: Client, library: Library) -> None:
    Comic.objects.bulk_create(
        Comic(library=library, path=f"{number}.cbz", name="x", format="cbz")
        for number in range(201)
    )
    assert len(api.get("/api/comics/?page_size=1000").json()["results"]) == 200


@pytest.mark.parametrize(
    "selection",
    [
        {"comics": []},
        {"comics": [9999]},
        {"comics": [2**63 - 1]},
        {"comics": list(range(1, 20_000))},
        {"filter": {"odd": 1}},
        {"filter": {"page": 2}},
        {"filter": {"state": ["clean"]}},
        {"filter": {"state": None}},
        {"filter": {"present": {}}},
        {"filter": {"library": 10**30}},
        {"filter": {"library": "nowhere"}},
        {"filter": {"path": "x" * 300}},
        {"filter": {"state": "odd"}},
        {"filter": {"changed_since": "2300-01-01"}},
        {"filter": {"added_since": "0001-01-01"}},
        {"filter": {"state": "duplicate"}},
        {"library": 1},
    ],
)
def test_a_selection_of_nothing_makes_no_job(
    api: Client, library: Library, selection: dict[str, Any]
) -> None:
    comic(library)
    answer = post(api, "/api/jobs/", {"operation": "process", **selection})
    assert (answer.status_code, list(answer.json())) == (400, ["selection"])
    assert not Job.objects.exists()


def test_a_scan_of_no_library_makes_no_job(api: Client) -> None:
    selections: list[dict[str, Any]]
    selections = [{"library": 99}, {"comics": [1]}, {"filter": {}}, {"all": True}]
    for selection in selections:
        answer = post(api, "/api/jobs/", {"operation": "scan", **selection})
        assert (answer.status_code, list(answer.json())) == (400, ["selection"])


def test_a_filter_selects_what_the_list_shows(api: Client, library: Library) -> None:
    comic(library, "Ash/1.cbz")
    comic(library, "Ember/1.cbz")
    comic(library, "Ember/gone.cbz", present=False)
    chosen = {"library": "Books", "path": "Ember/*", "present": True, "ordering": "-size"}
    answer = post(api, "/api/jobs/", {"operation": "process", "filter": chosen})
    assert answer.status_code == 201
    assert list(Job.objects.get().items.values_list("path", flat=True)) == ["Ember/1.cbz"]


def test_an_items_comic_is_named_by_its_id(api: Client, library: Library) -> None:
    row = comic(library)
    job = post(api, "/api/jobs/", {"operation": "process", "comics": [row.pk]}).json()
    Job.objects.get().items.update(outcome="skipped", n=1)
    page = api.get(f"/api/jobs/{job['job_id']}/items/").json()
    assert page["results"][0]["comic_id"] == row.pk

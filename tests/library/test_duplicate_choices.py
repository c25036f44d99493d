"""Groups in the API and on the page: another keeper, no duplicates, and the others to the trash."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.lifecycle import NotAllowed
from jobs.models import Job
from library import duplicate_choices
from library.duplicate_models import DuplicateGroup, DuplicateSearch
from library.duplicate_storing import Found, store
from library.duplicates import Relation, Way
from library.models import Comic, Library

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS: dict[Way, str] = {"equal": "The same pages", "name": "The same series and number"}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.objects.create(name="Books", path=str(tmp_path))


@pytest.fixture
def site(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def comic(library: Library, path: str, **values: Any) -> Comic:
    file = library.root / path
    file.write_bytes(b"a comic")
    usual = {"format": "cbz", "verdict": "ok", "page_count": 20, "state_reason": "Title missing"}
    return Comic.objects.create(
        library=library, path=path, name=file.name, size_bytes=7,
        tags={"Series": "Ash"}, **(usual | values),
    )  # fmt: skip


def grouped(*comics: Comic, way: Way = "equal", is_certain: bool = True) -> DuplicateGroup:
    keeper, *others = comics
    relation = Relation(way, is_certain=is_certain, text=TEXTS[way])
    before = set(DuplicateGroup.objects.values_list("pk", flat=True))
    store_all([*stored(), Found(keeper, dict.fromkeys(others, relation), is_chosen=False)])
    return DuplicateGroup.objects.exclude(pk__in=before).get()


def store_all(found: list[Found]) -> None:
    store([each.ids for each in found], found)


def stored() -> list[Found]:
    """What a search finds again."""
    found = []
    for group in DuplicateGroup.objects.open():
        keeper, *others = duplicate_choices.standing(group).members
        relation = Relation(group.way, is_certain=group.is_certain, text=TEXTS[group.way])
        members = {member.comic: relation for member in others}
        found.append(Found(keeper.comic, members, is_chosen=group.is_chosen))
    return found


def three(library: Library) -> list[Comic]:
    return [comic(library, f"{letter}.cbz") for letter in "abc"]


def marked() -> dict[str, str]:
    found = Comic.objects.filter(state=Comic.State.DUPLICATE)
    return dict(found.order_by("path").values_list("path", "state_reason"))


def post(site: Client, path: str, data: object = None) -> Any:
    return site.post(f"/api/duplicates/{path}", data or {}, content_type="application/json")


def in_trash_job(job_id: str) -> Sequence[str]:
    return list(
        Job.objects.get(pk=job_id).items.order_by("position").values_list("path", flat=True)
    )


def test_the_list_has_each_group_with_its_keeper_reason_and_facts(
    site: Client, library: Library
) -> None:
    a, b, _c = three(library)
    grouped(a, b)
    page = site.get("/api/duplicates/").json()
    assert (page["count"], page["next"], page["previous"]) == (1, None, None)
    [group] = page["results"]
    assert (group["keeper"], group["reason"], group["way"]) == (
        a.pk, "Nothing tells them apart; this one comes first.", "equal",
    )  # fmt: skip
    assert [(m["comic_id"], m["is_keeper"], m["detail"]) for m in group["members"]] == [
        (a.pk, True, ""), (b.pk, False, "The same pages"),
    ]  # fmt: skip
    assert (group["members"][0]["page_count"], group["members"][0]["tag_count"]) == (20, 1)
    assert site.get(f"/api/duplicates/{group['id']}/").json() == group


def test_the_list_is_narrowed_by_library_way_and_certainty(
    site: Client, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Library.objects.create(name="Else", path=str(tmp_path_factory.mktemp("else")))
    first = grouped(*three(library)[:2])
    second = grouped(comic(other, "x.cbz"), comic(other, "y.cbz"), way="name", is_certain=False)
    for query, expected in {
        "": [first.pk, second.pk],
        "?library=Else": [second.pk],
        "?way=equal": [first.pk],
        "?certain=false": [second.pk],
        "?dismissed=true": [],
    }.items():
        found = site.get(f"/api/duplicates/{query}").json()["results"]
        assert [group["id"] for group in found] == expected, query
    assert site.get("/api/duplicates/?way=magic").status_code == 400


def test_the_page_counts_the_groups_that_two_comics_or_more_are_left_of(
    site: Client, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Library.objects.create(name="Else", path=str(tmp_path_factory.mktemp("else")))
    a, b, c = three(library)
    grouped(a, b, c)
    x, y = comic(other, "x.cbz"), comic(library, "y.cbz")
    grouped(x, y, way="name", is_certain=False)
    DuplicateSearch.objects.create(job=UUID(int=1), comics=5, groups=2, seconds=1)

    def counted(query: str) -> tuple[list[int], int, int]:
        found = site.get(f"/duplicates/{query}").context
        tabs = [count for _label, count, _is_current, _href in found["tabs"]]
        return tabs, found["page"].paginator.count, found["totals"]["comics"]

    assert counted("") == ([2, 1, 1, 0, 1], 2, 3)
    assert counted("?certain=true") == ([2, 1, 1, 0, 1], 1, 3)
    assert counted("?way=alike") == ([2, 1, 1, 0, 1], 0, 3)
    assert counted(f"?library={other.pk}&way=name") == ([1, 0, 0, 0, 1], 1, 3)
    assert counted("?dismissed=true")[1] == 0
    Comic.objects.filter(pk=a.pk).update(present=False)
    assert counted("") == ([2, 1, 1, 0, 1], 2, 3)
    c.delete()
    assert counted("") == ([1, 0, 0, 0, 1], 1, 1)
    Comic.objects.filter(pk=x.pk).update(present=False)
    assert counted(f"?library={library.pk}") == ([0, 0, 0, 0, 0], 0, 0)


def test_another_keeper_is_chosen_and_stays_chosen(site: Client, library: Library) -> None:
    a, b, c = three(library)
    group = grouped(a, b, c)
    assert marked() == dict.fromkeys(("b.cbz", "c.cbz"), "The same pages: “a.cbz”.")
    answer = post(site, f"{group.pk}/keep/", {"comic": b.pk}).json()
    assert (answer["keeper"], answer["reason"]) == (b.pk, "You chose this one.")
    assert marked() == dict.fromkeys(("a.cbz", "c.cbz"), "The same pages: “b.cbz”.")
    b.refresh_from_db()
    assert (b.state, b.state_reason) == (Comic.State.NEEDS_WORK, "Issue number missing")
    post(site, f"{group.pk}/keep/", {"comic": a.pk})
    store_all(stored())
    assert DuplicateGroup.objects.get().pk == group.pk
    assert marked() == dict.fromkeys(("b.cbz", "c.cbz"), "The same pages: “a.cbz”.")


def test_the_suggestion_and_its_reason_are_those_of_now(site: Client, library: Library) -> None:
    a, b, c = three(library)
    group = grouped(a, b, c)

    def said() -> tuple[int, str, list[str]]:
        found = site.get(f"/api/duplicates/{group.pk}/").json()
        details = [member["detail"] for member in found["members"]]
        return found["keeper"], found["reason"], details

    same = ["", "The same pages", "The same pages"]
    assert said() == (a.pk, "Nothing tells them apart; this one comes first.", same)
    Comic.objects.filter(pk=b.pk).update(tags={"Series": "Ash", "Writer": "A. Lark"})
    assert said() == (b.pk, "Better tags.", same)
    Comic.objects.filter(pk=b.pk).update(verdict=Comic.Verdict.DAMAGED)
    assert said() == (a.pk, "The archive is sound.", same)
    # What is resolved is what is shown.
    for stored in (a, b):
        Comic.objects.filter(pk=stored.pk).update(verdict=Comic.Verdict.DAMAGED)
    job = post(site, "resolve/", {"groups": [group.pk], "dry_run": True}).json()
    assert in_trash_job(job["job_id"]) == ["a.cbz", "b.cbz"]
    page = site.get("/duplicates/").content.decode()
    assert "The archive is sound." in page
    post(site, f"{group.pk}/keep/", {"comic": b.pk})
    assert said()[:2] == (b.pk, "You chose this one.")


def test_only_one_of_the_group_that_is_there_can_be_kept(site: Client, library: Library) -> None:
    a, b, c = three(library)
    group = grouped(a, b)
    assert post(site, f"{group.pk}/keep/", {"comic": c.pk}).status_code == 409
    assert post(site, f"{group.pk}/keep/", {"comic": "x"}).status_code == 400
    Comic.objects.filter(pk=b.pk).update(present=False)
    assert post(site, f"{group.pk}/keep/", {"comic": b.pk}).status_code == 409


def test_no_duplicates_are_marked_no_more_and_can_be_asked_about_again(
    site: Client, library: Library
) -> None:
    group = grouped(*three(library))
    assert post(site, f"{group.pk}/dismiss/").json()["dismissed_at"]
    assert marked() == {}
    assert site.get("/api/duplicates/").json()["count"] == 0
    assert site.get("/api/duplicates/?dismissed=true").json()["count"] == 1
    assert post(site, f"{group.pk}/reopen/").status_code == 204
    assert list(marked()) == ["b.cbz", "c.cbz"]


def test_what_is_asked_again_and_is_in_another_group_now_waits_for_the_next_search(
    library: Library,
) -> None:
    a, b, c = three(library)
    group = grouped(a, b)
    duplicate_choices.dismiss(group)
    other = grouped(a, c)
    duplicate_choices.reopen(group)
    assert list(DuplicateGroup.objects.all()) == [other]


def test_the_others_go_to_the_trash_by_a_job_and_its_preview(
    site: Client, library: Library
) -> None:
    a, b, c = three(library)
    x, y = comic(library, "x.cbz"), comic(library, "y.cbz")
    group = grouped(a, b, c)
    grouped(x, y, way="name", is_certain=False)
    job = post(site, "resolve/", {"groups": [group.pk], "dry_run": True})
    assert job.status_code == 201
    assert (job.json()["operation"], job.json()["dry_run"]) == ("trash", True)
    assert in_trash_job(job.json()["job_id"]) == ["b.cbz", "c.cbz"]
    certain = post(site, "resolve/", {"certain": True}).json()
    assert (certain["dry_run"], in_trash_job(certain["job_id"])) == (False, ["b.cbz", "c.cbz"])
    for wrong in ({}, {"groups": [group.pk], "certain": True}, {"groups": ["x"]}):
        assert post(site, "resolve/", wrong).status_code == 400
    assert post(site, "resolve/", {"groups": [4711]}).status_code == 409


def test_nothing_goes_where_the_keeper_is_not_on_the_disk(library: Library) -> None:
    a, b, _c = three(library)
    group = grouped(a, b)
    a.file.unlink()
    with pytest.raises(NotAllowed, match="Nothing is left"):
        duplicate_choices.resolve(DuplicateGroup.objects.filter(pk=group.pk), dry_run=False)
    assert not Job.objects.exists()


def test_where_the_keeper_is_gone_another_one_is_suggested(site: Client, library: Library) -> None:
    a, b, c = (
        comic(library, "a.cbz"),
        comic(library, "b.cbz", verdict="damaged"),
        comic(library, "c.cbz"),
    )
    group = grouped(a, b, c)
    Comic.objects.filter(pk=a.pk).update(present=False)
    assert site.get("/api/duplicates/").json()["results"][0]["keeper"] == c.pk
    job = post(site, "resolve/", {"groups": [group.pk], "dry_run": True}).json()
    assert in_trash_job(job["job_id"]) == ["b.cbz"]


def test_where_the_chosen_keeper_is_gone_nobody_is_said_to_have_chosen(
    site: Client, library: Library
) -> None:
    a, b, c = three(library)
    group = grouped(a, b, c)
    post(site, f"{group.pk}/keep/", {"comic": b.pk})
    Comic.objects.filter(pk=b.pk).update(present=False)
    expected = "Nothing tells them apart; this one comes first."
    [found] = site.get("/api/duplicates/").json()["results"]
    assert (found["keeper"], found["reason"]) == (a.pk, expected)
    assert [(m["comic_id"], m["is_keeper"]) for m in found["members"]] == [
        (a.pk, True), (c.pk, False),
    ]  # fmt: skip
    page = site.get("/duplicates/")
    [shown] = page.context["shown"]
    assert (shown.keeper.comic_id, shown.reason) == (a.pk, expected)
    assert "You chose this one." not in page.content.decode()


def test_a_group_of_which_one_is_left_is_resolved(site: Client, library: Library) -> None:
    a, b, _c = three(library)
    grouped(a, b)
    Comic.objects.filter(pk=b.pk).update(present=False)
    assert site.get("/api/duplicates/").json()["count"] == 0


def test_the_page_has_its_states(site: Client, library: Library) -> None:
    assert "Not looked for yet" in site.get("/duplicates/").content.decode()
    job = Job.objects.create(operation="find_duplicates", revision=1, total=1)
    assert "Comics are being read" in site.get("/duplicates/").content.decode()
    Job.objects.update(status=Job.Status.COMPLETED)
    assert "They are being compared" in site.get("/duplicates/").content.decode()
    DuplicateSearch.objects.create(job=job.pk, comics=3, groups=0, seconds=0.1)
    assert "3 comics were compared" in site.get("/duplicates/").content.decode()
    assert "Nothing matches" in site.get("/duplicates/?way=name").content.decode()


def test_the_page_shows_the_copies_side_by_side_with_their_differences(
    site: Client, library: Library
) -> None:
    grouped(comic(library, "a.cbz", page_count=26), comic(library, "b.cbz", verdict="damaged"))
    context = site.get("/duplicates/").context
    [group] = context["shown"]
    [keeper, other] = [
        [(f.label, f.differs, f.is_best) for f in facts] for _m, facts in group.copies
    ]
    assert keeper[0] == ("Pages", True, True)
    assert other[0] == ("Pages", True, False)
    assert keeper[3] == ("Format", False, False)
    assert [(label, count) for label, count, *_rest in context["tabs"]] == [
        ("All", 1), ("Certain", 1), ("Same pages", 1), ("Pages look alike", 0),
        ("Same series and number", 0),
    ]  # fmt: skip


def test_a_form_of_the_page_chooses_and_leads_to_the_preview(
    site: Client, library: Library
) -> None:
    a, b, _c = three(library)
    group = grouped(a, b)
    answer = site.post(f"/duplicates/{group.pk}/", {"keeper": b.pk})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert job.dry_run
    assert in_trash_job(str(job.pk)) == ["a.cbz"]
    answer = site.post(f"/duplicates/{group.pk}/", {"move": "dismiss", "query": "way=equal&page=2"})
    assert answer.headers["Location"] == "/duplicates/?way=equal&page=2"
    assert DuplicateGroup.objects.dismissed().count() == 1
    assert site.post(f"/duplicates/{group.pk}/", {"keeper": "x"}).status_code == 302


def test_the_suggestions_of_a_page_or_all_certain_ones_are_accepted(
    site: Client, library: Library
) -> None:
    sure = grouped(*three(library)[:2])
    unsure = grouped(comic(library, "x.cbz"), comic(library, "y.cbz"), is_certain=False)
    site.post("/duplicates/resolve/", {"groups": [sure.pk, unsure.pk]})
    assert in_trash_job(str(Job.objects.get().pk)) == ["b.cbz", "y.cbz"]
    Job.objects.all().delete()
    site.post("/duplicates/resolve/", {"scope": "certain"})
    assert in_trash_job(str(Job.objects.get().pk)) == ["b.cbz"]


def test_all_certain_ones_are_those_of_the_library_that_is_shown(
    site: Client, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Library.objects.create(name="Else", path=str(tmp_path_factory.mktemp("else")))
    grouped(*three(library)[:2])
    grouped(comic(other, "x.cbz"), comic(other, "y.cbz"))
    query = f"library={other.pk}"
    assert site.get(f"/duplicates/?{query}").context["tabs"][1][1] == 1
    site.post("/duplicates/resolve/", {"scope": "certain", "query": query})
    assert in_trash_job(str(Job.objects.get().pk)) == ["y.cbz"]


def test_the_page_starts_a_search(site: Client, library: Library) -> None:
    three(library)
    options = {"find_duplicates-equal": "on", "find_duplicates-likeness": "strict"}
    assert site.post("/duplicates/find/", options).headers["Location"] == "/duplicates/"
    job = Job.objects.get()
    assert job.options == {"name": False, "equal": True, "alike": False, "likeness": "strict"}
    site.post("/duplicates/find/", {"find_duplicates-likeness": "strict"})
    assert Job.objects.count() == 1


def test_strangers_see_nothing(client: Client) -> None:
    assert client.get("/api/duplicates/").status_code == 401
    assert client.get("/duplicates/").status_code == 302

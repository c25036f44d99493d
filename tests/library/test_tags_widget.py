"""Edit many comics' tags on a page: what they share is shown, what was touched is written."""

from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from jobs.models import Job
from library import tags_widget
from library.metadata.editing import EDITABLE
from library.models import Comic
from library.operations.edit_tags import EditTagsOptions
from library.tag_values import LABELS
from library.tags_widget import shared_of
from tests.library.shelving import Shelf


def options(**given: str) -> Any:
    data = QueryDict(mutable=True)
    data.update({"action": "set", **given})
    form = EditTagsOptions(data)
    assert form.is_valid(), form.errors
    return form.cleaned_data["tags"]


def test_only_what_was_touched_counts() -> None:
    touched = options(
        **{
            "tags-Series": " Ember ",
            "tags-Series-was": "Ash",
            "tags-Title": "",
            "tags-Title-was": "Smoke",
            "tags-Genre": "",
            "tags-Genre-was": "",
        }
    )
    assert touched == {"Series": "Ember", "Title": None}


def test_programs_give_it_as_they_did() -> None:
    form = EditTagsOptions({"action": "set", "tags": {"Series": "Ash"}})
    assert form.is_valid() and form.cleaned_data["tags"] == {"Series": "Ash"}


def test_what_differs_is_told_from_what_all_say() -> None:
    found = shared_of([{"Series": "Ash", "Title": "a"}, {"Series": "Ash"}, {"Series": "Ash"}])
    assert (found["Series"], found["Title"], found["Genre"]) == ("Ash", None, "")
    assert shared_of([]) == {}


def test_every_field_has_a_name_in_words() -> None:
    assert set(EDITABLE) <= set(LABELS)


@pytest.mark.django_db
def test_the_page_shows_what_the_chosen_comics_say(
    admin_client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path)
    for n in range(2):
        comic = shelf.comic(f"Ash/{n}.cbz")
        Comic.objects.filter(pk=comic.pk).update(tags={"Series": "Ash", "Number": str(n)})
    page = admin_client.get("/preview/edit_tags/").content.decode()
    assert 'name="options-tags-Series" value="Ash"' in page
    assert 'name="options-tags-Number" value="" autocomplete="off" placeholder="(several)"' in page
    monkeypatch.setattr(tags_widget, "MOST_COMICS", 1)
    page = admin_client.get("/preview/edit_tags/").content.decode()
    assert 'name="options-tags-Series" value="" autocomplete="off" placeholder="(several)"' in page
    answer = admin_client.post(
        "/preview/edit_tags/",
        {
            "scope": "all",
            "make": "preview",
            "options-action": "set",
            "options-tags-Series": "Ember",
            "options-tags-Series-was": "Ash",
            "options-tags-Number": "",
            "options-tags-Number-was": "",
        },
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.dry_run, job.options["tags"]) == (True, {"Series": "Ember"})
    Job.objects.update(status="completed")
    page = admin_client.get(f"/jobs/{job.pk}/").content.decode()
    assert 'name="options-tags-Series" value="Ember"' in page
    assert 'name="options-tags-Series-was" value="*"' in page

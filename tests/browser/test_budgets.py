"""What a page costs: bytes, requests, shifts of its layout; and that it asks nobody else."""

import gzip
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser import shifts
from tests.browser.conftest import OpenPage
from tests.browser.test_pace import cancel, paused_job
from tests.serving import Site
from tests.waiting import until

KILOBYTE = 1000
BUDGETS = {"js": 15 * KILOBYTE, "css": 8 * KILOBYTE, "svg": 4 * KILOBYTE}
"""Compressed. The SVG is the sprite of icons."""
WHOLE = 60 * KILOBYTE
REQUESTS = 12
DATA = "/api/"


def kind(url: str) -> str:
    return url.partition("?")[0].rpartition(".")[2]


def compressed(answers: list[Response], suffix: str = "") -> int:
    """Of the page's own files of a kind; without one, of the page and all of them."""
    found = {answer.url: answer for answer in own(answers) if suffix in ("", kind(answer.url))}
    return sum(len(gzip.compress(answer.body())) for answer in found.values())


@pytest.fixture(scope="module")
def found(site: Site) -> dict[str, str]:
    """The pages of jobs that have ended, and of a comic."""
    preview = site.submit("rename", options={"template": "{series} v {issue:4}"}, dry_run=True)
    job = site.submit("count", options={"count": 150, "broken": 3})
    for each in (preview, job):
        until(lambda each=each: site.job(each["job_id"])["status"] == "completed", "the job")
    with site.client() as client:
        comic = client.get("/api/comics/?verdict=ok").json()["results"][0]
    return {
        "preview": f"/jobs/{preview['job_id']}/",
        "job": f"/jobs/{job['job_id']}/",
        "comic": f"/comics/{comic['id']}/",
    }


def own(answers: list[Response]) -> list[Response]:
    """All but the live data and the comics' pictures."""
    return [answer for answer in answers if DATA not in answer.url]


def names(answers: list[Response]) -> str:
    """What came out of the cache once more counts once."""
    urls = sorted({answer.url for answer in own(answers)})
    return " ".join(url.partition("://")[2].partition("/")[2] or "/" for url in urls)


def load(page: Page, address: str) -> list[Response]:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)  # what moves late is to be seen too
    return answers


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/jobs/", "/history/", "/trash/", "/settings/", "/duplicates/", "/preview/rename/"),
        *("job", "preview", "comic"),
    ],
)
def test_a_page_stays_within_its_budget(
    site: Site, open_page: OpenPage, signed_in: Any, found: dict[str, str], path: str
) -> None:
    page = open_page(storage_state=signed_in)
    shifts.observe(page)
    answers = load(page, site.address + found.get(path, path))
    urls = [answer.url for answer in answers]
    assert all(url.startswith((site.address, "data:")) for url in urls), urls
    assert len(names(answers).split()) <= REQUESTS, names(answers)
    for suffix, budget in BUDGETS.items():
        assert 0 < compressed(answers, suffix) <= budget, suffix
    assert compressed(answers) <= WHOLE
    assert not shifts.seen(page)


def test_a_job_on_its_way_stays_within_it_too(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    # Paused: what comes while the page loads is asked for besides.
    job = paused_job(site, 300)
    page = open_page(storage_state=signed_in)
    answers = load(page, f"{site.address}/jobs/{job}/")
    assert len(names(answers).split()) <= REQUESTS, names(answers)
    assert compressed(answers, "js") <= BUDGETS["js"]
    cancel(site, job)

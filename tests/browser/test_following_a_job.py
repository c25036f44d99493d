"""One job in one, two and interrupted browsers."""

import re
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import COMICS, OpenPage
from tests.serving import Site

# Keeps every text that the figure shows, from the first paint on; the end replaces the figure.
RECORD = """
addEventListener("DOMContentLoaded", () => {
  window.seen = [];
  const note = () => {
    const figure = document.querySelector('.progress-card [data-field="count"]');
    if (figure) window.seen.push(parseInt(figure.textContent.replace(/,/g, "")));
  };
  note();
  const all = {childList: true, characterData: true, subtree: true};
  new MutationObserver(note).observe(document.body, all);
});
"""


def count(site: Site, items: int, *, pause_ms: int = 100, broken: int = 0) -> str:
    """Start a job of `items` items; the path of its page."""
    options = {"count": items, "pause_ms": pause_ms, "broken": broken}
    return f"/jobs/{site.submit('count', options=options)['job_id']}/"


def finished(page: Page, text: str = "Finished.") -> None:
    expect(page.locator("#job-head .notice").last).to_contain_text(text)


def figure(page: Page, name: str) -> Any:
    return page.locator(f'.progress-card [data-field="{name}"]')


def counter(page: Page, name: str) -> Any:
    return page.locator(f'.counters [data-counter="{name}"] strong')


def test_the_sample_library_is_processed_item_by_item(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.add_init_script(RECORD)
    page.goto(f"{site.address}/")
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.get_by_role("button", name="Process all").click()
    finished(page)
    expect(page.locator("#rows tr")).to_have_count(COMICS)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert seen[-1] == COMICS
    numbers = page.locator("#rows tr").evaluate_all("rows => rows.map(row => +row.dataset.n)")
    assert numbers == list(range(COMICS, 0, -1))
    expect(page.locator("#rows details:visible").first).to_be_visible()
    expect(page.locator("#badge")).to_contain_text("need attention")


def test_every_item_is_counted_and_listed_as_it_comes(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.add_init_script(RECORD)
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(site.address + count(site, 40, pause_ms=250, broken=2))
    expect(figure(page, "left")).to_have_text(re.compile(r"about \d+ s left"))
    finished(page, "Finished. 38 changed, 2 failed.")
    expect(counter(page, "changed")).to_have_text("38")
    expect(counter(page, "failed")).to_have_text("2")
    expect(counter(page, "left")).to_have_text("0")
    expect(page.locator("#rows tr")).to_have_count(40)
    expect(page.get_by_role("button", name="Retry failed")).to_be_visible()
    # One each 125 ms, painted at most each 200 ms.
    assert len(set(page.evaluate("window.seen"))) >= 12
    calls = [request.url for request in requests if "/api/" in request.url]
    assert len([url for url in calls if "/api/events/stream" in url]) == 1
    assert len(calls) <= 3, calls


def test_a_page_loaded_anew_in_the_middle_goes_on(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(site.address + count(site, 60))
    expect(page.locator("#rows tr").nth(9)).to_be_visible()
    page.reload()
    assert page.locator("#rows tr").count() >= 10
    finished(page)
    expect(page.locator("#rows tr")).to_have_count(60)
    expect(figure(page, "count")).to_have_text("60 of 60")


def test_without_the_stream_the_page_asks_every_five_seconds_and_recovers(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, expected="net::ERR_FAILED")
    page.route("**/api/events/stream*", lambda route: route.abort())
    path = count(site, 200)
    page.goto(site.address + path)
    notice = page.get_by_text("Checking every 5 s. Your job goes on.")
    expect(notice).to_be_visible()
    job = re.compile(rf"/api{path}$")
    first = page.wait_for_event("response", lambda answer: bool(job.search(answer.url))).json()
    expect(counter(page, "changed")).to_have_text(str(first["outcomes"]["changed"]))
    second = page.wait_for_event("response", lambda answer: bool(job.search(answer.url))).json()
    assert second["progress"]["processed"] > first["progress"]["processed"]
    page.unroute("**/api/events/stream*")
    expect(notice).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    finished(page)
    expect(counter(page, "changed")).to_have_text("200")
    expect(page.locator("#rows tr").first).to_have_attribute("data-n", "200")
    numbers = page.locator("#rows tr").evaluate_all("rows => rows.map(row => +row.dataset.n)")
    assert numbers == list(range(200, 100, -1))


def test_two_people_follow_one_job_and_either_may_cancel_it(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    path = count(site, 400)
    first, second = open_page(storage_state=signed_in), open_page(storage_state=signed_in)
    for page in (first, second):
        page.goto(site.address + path)
        expect(page.locator("#rows tr").nth(5)).to_be_visible()
    first.get_by_role("button", name="Cancel").click()
    dialog = first.get_by_role("dialog")
    expect(dialog).to_contain_text("What is done stays done.")
    dialog.get_by_role("button", name="Let it go on").click()
    expect(dialog).to_be_hidden()
    first.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Cancel the job").click()
    for page in (first, second):
        finished(page, "Cancelled after")
    said = first.locator("#job-head .notice").last.inner_text()
    for page in (first, second):
        finished(page, said)
        expect(figure(page, "count")).to_have_text(said.split("after ")[1].split(".")[0])


def test_a_paused_job_waits_until_it_is_resumed(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(site.address + count(site, 60, broken=50))
    failed = page.locator("#rows tr.result-failed")
    expect(failed.nth(failed.count() + 3)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    finished(page, "Paused.")
    # Those that came live too, and not only at the job's end.
    for row in failed.all():
        expect(row.locator(".advice")).to_have_text("Count it by hand.")
    page.get_by_role("button", name="Resume").click()
    finished(page)
    expect(page.locator("#rows tr")).to_have_count(60)


def test_a_filtered_page_offers_what_is_new(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(site.address + count(site, 80, broken=40) + "?outcome=failed")
    offer = page.get_by_role("link", name=re.compile(r"\d+ new results?. Show"))
    expect(offer).to_be_visible()
    offer.click()
    expect(page.locator("#rows tr.result-failed").first).to_be_visible()
    expect(page.locator("#rows tr.result-changed")).to_have_count(0)
    finished(page)


def test_other_pages_show_the_job_too(site: Site, open_page: OpenPage, signed_in: Any) -> None:
    library, activity = open_page(storage_state=signed_in), open_page(storage_state=signed_in)
    library.goto(f"{site.address}/")
    activity.goto(f"{site.address}/jobs/")
    for page in (library, activity):
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
    place = library.locator("#results").bounding_box()
    path = count(site, 60, pause_ms=200)
    expect(library.locator("#strip")).to_contain_text("Running")
    assert library.locator("#results").bounding_box() == place
    expect(library.locator("#strip a")).to_have_attribute("href", path)
    expect(library.locator("#badge")).to_contain_text("running")
    card = activity.locator(f'.job-card:has(a[href="{path}"])')
    expect(card).to_contain_text("Running")
    expect(card).to_contain_text(re.compile("about .* left"))
    expect(library.locator("#strip")).to_contain_text("Finished")
    expect(card).to_be_hidden()
    expect(activity.locator(f'.history a[href="{path}"]')).to_be_visible()


def test_signing_out_elsewhere_ends_the_page_calmly(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, expected="401|net::ERR_FAILED")
    page.route("**/api/events/stream*", lambda route: route.abort())
    page.goto(f"{site.address}/jobs/")
    page.context.clear_cookies()
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()

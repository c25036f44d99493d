"""From a preview to its result and back again, on the jobs' pages."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_following_a_job import figure, finished
from tests.serving import Site


def test_a_preview_is_applied_and_the_result_undone(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    # A template of its own, so that there is something to do whatever other tests have done.
    options = {"template": "{series} no. {issue:5}"}
    job = site.submit("rename", options=options, dry_run=True)
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/jobs/{job['job_id']}/")
    finished(page)
    page.get_by_role("button", name="Apply").click()
    dialog = page.locator("#apply-dialog")
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Apply").click()
    dialog.get_by_role("button", name="Apply it").click()
    expect(page.locator("#job-head")).to_contain_text("applies a preview")
    finished(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    page.locator("#undo-dialog").get_by_role("button", name="Undo the job").click()
    expect(page.locator("#job-head")).to_contain_text("undoes an earlier job")
    finished(page)
    expect(figure(page, "percent")).to_have_text("100")

"""A site that has only a part of its host, as behind a proxy with other sites."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, OpenPage, is_scanned
from tests.serving import Site, make_data_folder, serving
from tests.waiting import until


@pytest.fixture(scope="module")
def part_of_a_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("part")
    data = make_data_folder(
        folder / "data", COMICS=str(folder / "comics"), WORKERS="2", BASE_PATH="/comics/"
    )
    data.manage("makesamples", str(folder / "comics"), "--count", "5")
    with serving(data) as site:
        until(lambda: is_scanned(site), "the scan")
        yield site


def test_everything_is_below_the_base_path(part_of_a_host: Site, open_page: OpenPage) -> None:
    site = part_of_a_host
    page = open_page()
    answers: list[tuple[str, int]] = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"{site.address}/comics")
    expect(page).to_have_url(f"{site.address}/comics/login/?next=/comics/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.address}/comics/")
    assert {cookie.get("path") for cookie in page.context.cookies()} == {"/comics/"}
    expect(page.locator("body")).to_have_attribute("data-connection", "live")

    job = site.submit("count", options={"count": 30, "pause_ms": 100, "broken": 0})
    page.goto(f"{site.address}/comics/jobs/{job['job_id']}/")
    expect(page.locator("#rows tr").nth(3)).to_be_visible()
    expect(page.locator("#job-head .notice").last).to_contain_text("Finished.")
    expect(page.locator("#rows tr")).to_have_count(30)

    page.get_by_role("button", name="Dark").click()
    page.get_by_role("link", name="Settings").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="About").click()
    page.get_by_role("link", name="Administration").click()
    expect(page).to_have_url(f"{site.address}/comics/admin/")
    page.goto(f"{site.address}/comics/api/docs/")
    expect(page.get_by_text("/api/jobs/{job_id}/cancel/")).to_be_visible()

    urls = [url for url, _status in answers]
    assert [url for url in urls if not re.match(rf"{site.address}/comics(/|$)", url)] == []
    assert [answer for answer in answers if answer[1] >= 400] == []
    assert any("/comics/api/events/stream" in url for url in urls)
    with site.client() as client:
        manifest = re.search(r'href="(\S+webmanifest)"', client.get("/comics/login/").text)
        assert manifest
        assert client.get(manifest[1]).json()["start_url"] == "../../"
        schema = client.get("/comics/api/schema/").json()
    assert schema["servers"] == [{"url": "/comics"}]

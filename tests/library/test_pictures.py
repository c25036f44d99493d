"""Covers and pages over HTTP, made by real children."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from comicmaintainer.models import ApiToken
from jobs.errands import Busy
from library import pictures, showing
from library.models import Comic
from library.work.show import COVER
from tests.library.archives.making import FIXTURES, zip_bytes
from tests.library.archives.rar_making import rar5_bytes
from tests.library.painting import measures, picture, png_bomb
from tests.library.shelving import Shelf

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def shelf(db: None, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


@pytest.fixture
def api(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def comic_of(shelf: Shelf, *pages: bytes, suffix: str = "jpg") -> Comic:
    members = {f"{n:03}.{suffix}": page for n, page in enumerate(pages, start=1)}
    return shelf.comic(data=zip_bytes(members))


def kept(data_dir: Path) -> list[str]:
    return sorted(file.name for file in data_dir.glob("thumbnails/*/*"))


@pytest.mark.parametrize(("query", "width"), [("", 240), ("?size=120", 120), ("?size=480", 300)])
def test_the_cover_is_a_small_webp(api: Client, shelf: Shelf, query: str, width: int) -> None:
    comic = comic_of(shelf, picture(), picture(colour="red"))
    answer = api.get(f"/api/comics/{comic.pk}/cover{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert measures(answer.content) == (width, width * 3 // 2)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("tag", "page"),
    [
        ('<Page Image="0"/><Page Type="FrontCover" Image="1"/>', 1),
        ('<Page Image="2" Type="FrontCover"/>', 0),
        ('<Page Type="FrontCover"/>', 0),
        ("<", 0),
    ],
)
def test_the_cover_is_the_page_that_is_called_so(
    api: Client, shelf: Shelf, tag: str, page: int
) -> None:
    pages = [picture(colour="red"), picture(colour="blue")]
    xml = f"<ComicInfo><Pages>{tag}</Pages></ComicInfo>"
    members = {"ComicInfo.xml": xml.encode(), "1.jpg": pages[0], "2.jpg": pages[1]}
    comic = shelf.comic(data=zip_bytes(members))
    cover = api.get(f"/api/comics/{comic.pk}/cover?size=480").content
    shown = [api.get(f"/api/comics/{comic.pk}/pages/{n}?width=480").content for n in (1, 2)]
    assert [each == cover for each in shown] == [page == 0, page == 1]


def test_it_is_made_once_and_then_lies_in_the_cache(
    api: Client, shelf: Shelf, data_dir: Path
) -> None:
    comic = comic_of(shelf, picture())
    url = f"/api/comics/{comic.pk}/cover"
    first = api.get(url)
    comic.file.unlink()
    assert kept(data_dir) == [f"{comic.pk}.{comic.version}.{COVER}.240"]
    assert api.get(url).content == first.content
    assert api.get(f"{url}?size=480").status_code == 404


@pytest.mark.parametrize(("query", "keeps"), [("", "no-cache"), ("?v={}", "immutable")])
def test_browsers_ask_whether_it_has_changed_or_know_by_the_address(
    api: Client, shelf: Shelf, query: str, keeps: str
) -> None:
    comic = comic_of(shelf, picture())
    url = f"/api/comics/{comic.pk}/cover{query.format(comic.version)}"
    answer = api.get(url)
    etag = answer.headers["ETag"]
    assert not etag.startswith("W/")
    assert keeps in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    again = api.get(url, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    Comic.objects.update(size_bytes=1)
    changed = api.get(url, headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert "immutable" not in changed.headers["Cache-Control"]


def test_a_file_that_no_scan_has_seen_yet_is_shown_and_not_kept(
    api: Client, shelf: Shelf, data_dir: Path
) -> None:
    comic = comic_of(shelf, picture())
    comic.file.write_bytes(zip_bytes({"001.jpg": picture(size=(100, 100))}))
    for what, size in (("cover", (100, 100)), ("pages/1", (100, 100))):
        answer = api.get(f"/api/comics/{comic.pk}/{what}?v={comic.version}")
        assert measures(answer.content) == size
        assert "no-store" in answer.headers["Cache-Control"]
        assert "ETag" not in answer.headers
    assert kept(data_dir) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_a_page_is_as_it_is_in_the_file_and_named_by_its_content(
    api: Client, shelf: Shelf, kind: str
) -> None:
    page = picture(kind)
    comic = comic_of(shelf, picture(), page, suffix="png")
    answer = api.get(f"/api/comics/{comic.pk}/pages/2")
    assert (answer.content, answer.headers["Content-Type"]) == (page, f"image/{kind.lower()}")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", ["BMP", "TIFF"])
def test_what_browsers_cannot_show_is_webp(api: Client, shelf: Shelf, kind: str) -> None:
    answer = api.get(f"/api/comics/{comic_of(shelf, picture(kind)).pk}/pages/1")
    assert (answer.headers["Content-Type"], measures(answer.content)) == ("image/webp", (300, 450))


def test_pages_of_a_strip_are_made_several_at_a_time(
    api: Client, shelf: Shelf, data_dir: Path
) -> None:
    comic = comic_of(shelf, picture(), SVG, *[picture(size=(n, n)) for n in range(203, 213)])
    assert measures(api.get(f"/api/comics/{comic.pk}/pages/3?width=160").content) == (160, 160)
    assert {name.split(".")[2] for name in kept(data_dir)} == {str(n) for n in range(1, 9)}
    assert api.get(f"/api/comics/{comic.pk}/pages/2?width=160").status_code == 404
    assert measures(api.get(f"/api/comics/{comic.pk}/pages/12?width=480").content) == (212, 212)


@pytest.mark.parametrize(
    "page",
    [SVG, b"<html><script>alert(1)</script>", picture()[:300], png_bomb(10_001, 10_001), b""],
)
def test_what_is_no_picture_is_404_and_is_tried_once(
    api: Client, shelf: Shelf, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    comic = comic_of(shelf, page)
    url = f"/api/comics/{comic.pk}/cover"
    first = api.get(url)
    assert (first.status_code, list(first.json())) == (404, ["detail"])
    assert first.headers["Cache-Control"] == "private, max-age=300"
    monkeypatch.setattr(showing.errands, "run", None)
    assert api.get(url).json() == first.json()


@pytest.mark.parametrize("page", [SVG, b"<html>", b"", png_bomb(20_000, 20_000)])
def test_a_page_that_is_none_is_never_handed_out(api: Client, shelf: Shelf, page: bytes) -> None:
    answer = api.get(f"/api/comics/{comic_of(shelf, page).pk}/pages/1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize(
    "number", ["0", "3", "9" * 25, "9" * 4000, "9" * 5000, "-1", "1/", "..%2f1", "a"]
)
def test_there_is_no_other_page(api: Client, shelf: Shelf, number: str) -> None:
    comic = comic_of(shelf, picture(), picture())
    for query in ("", "?width=160", "?width=480"):
        answer = api.get(f"/api/comics/{comic.pk}/pages/{number}{query}")
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


@pytest.mark.parametrize("query", ["cover?size=121", "cover?size=-1", "pages/1?width=5000"])
def test_there_are_only_some_widths(api: Client, shelf: Shelf, query: str) -> None:
    answer = api.get(f"/api/comics/{comic_of(shelf, picture()).pk}/{query}")
    assert answer.status_code == 400
    assert list(answer.json()) in (["size"], ["width"])


def test_other_containers_have_covers_too(api: Client, shelf: Shelf) -> None:
    pages = {"b.jpg": picture(colour="red"), "a.jpg": picture(size=(200, 200))}
    comic = shelf.comic("Ash/one.cbr", data=rar5_bytes(pages))
    assert measures(api.get(f"/api/comics/{comic.pk}/cover").content) == (200, 200)
    broken = shelf.comic("Ash/two.cb7", data=(FIXTURES / "made/lzma2.cb7").read_bytes())
    assert api.get(f"/api/comics/{broken.pk}/cover").status_code in (200, 404)


@pytest.mark.parametrize("verdict", ["encrypted", "refused", "not_a_comic"])
def test_what_is_refused_is_not_opened_for_a_cover(
    api: Client, shelf: Shelf, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing.errands, "run", None)
    comic = comic_of(shelf, picture())
    Comic.objects.update(verdict=verdict, verdict_reason="It is suspicious.")
    answer = api.get(f"/api/comics/{comic.pk}/cover")
    assert (answer.status_code, answer.json()) == (404, {"detail": "It is suspicious."})


def test_nothing_outside_of_the_library_is_read(api: Client, shelf: Shelf, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "old.cbz").write_bytes(zip_bytes({"001.jpg": picture()}))
    comic = comic_of(shelf, picture())
    comic.file.unlink()
    comic.file.symlink_to(secret / "old.cbz")
    url = f"/api/comics/{comic.pk}/cover"
    assert "links are not followed" in api.get(url).json()["detail"]
    comic.file.unlink()
    comic.file.parent.rmdir()
    comic.file.parent.symlink_to(secret)
    assert "links are not followed" in api.get(url).json()["detail"]
    Comic.objects.update(folder="../secret")
    assert api.get(url).status_code == 404
    Comic.objects.update(folder="..")
    assert api.get(url.replace("cover", "pages/1")).status_code == 404


def test_one_who_comes_when_all_are_busy_is_told_when_to_come_again(
    api: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: Any, **kwargs: Any) -> None:
        raise Busy

    monkeypatch.setattr(showing.errands, "run", busy)
    answer = api.get(f"/api/comics/{comic_of(shelf, picture()).pk}/cover")
    assert (answer.status_code, list(answer.json())) == (503, ["detail"])
    assert answer.headers["Retry-After"] == str(pictures.RETRY_SECONDS)


def test_pages_ask_for_a_blank_in_place_of_what_there_is_not(api: Client, shelf: Shelf) -> None:
    url = f"/api/comics/{comic_of(shelf, SVG).pk}/cover?blank=1"
    for keeping in ("private, max-age=300", "private, no-store"):
        answer = api.get(url)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/gif")
        assert (measures(answer.content), answer.headers["Cache-Control"]) == ((1, 1), keeping)
        Comic.objects.update(present=False, size_bytes=1)


def test_strangers_get_nothing_and_tokens_do(client: Client, admin: User, shelf: Shelf) -> None:
    comic = comic_of(shelf, picture())
    token = {"authorization": f"Token {ApiToken.objects.issue(admin, 'for tests')}"}
    for what in ("cover", "pages/1"):
        url = f"/api/comics/{comic.pk}/{what}"
        answer = client.get(url)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/json")
        assert client.get(url, headers=token | {"accept": "image/png"}).status_code == 200
        assert client.post(url, headers=token).status_code == 405

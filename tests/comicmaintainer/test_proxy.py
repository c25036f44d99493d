"""What a request says of itself is believed only from a proxy that was set up."""

import asyncio
from typing import Any

import pytest
from django.conf import settings as product
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from comicmaintainer import env
from comicmaintainer.middleware import security_headers
from comicmaintainer.proxy import as_reached


def seen(
    path: str = "/jobs/", *, base_path: str = "", proxies: int = 0, **headers: str
) -> dict[str, Any]:
    """The scope that the application gets."""
    found: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found.append(scope)

    names = {name: name.replace("_", "-").encode() for name in headers}
    sent = [(b"host", b"inside:8000")]
    sent += [(names[name], value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "path": path,
        "root_path": "/chosen/by/the/client",
        "scheme": "http",
        "client": ["192.0.2.1", 5000],
        "headers": sent,
    }
    reached = as_reached(application, base_path=base_path, proxies=proxies)
    asyncio.run(reached(scope, None, None))
    return found[0]


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/comics/jobs/", "/comics/jobs/"),
        ("/jobs/", "/comics/jobs/"),
        ("/", "/comics/"),
        ("/comics", "/comics"),
        ("/comicsandmore/", "/comics/comicsandmore/"),
    ],
)
def test_a_proxy_may_keep_the_base_path_or_take_it_away(path: str, whole: str) -> None:
    scope = seen(path, base_path="/comics")
    assert (scope["path"], scope["root_path"]) == (whole, "/comics")


def test_no_client_chooses_the_base_path() -> None:
    assert seen()["root_path"] == ""


def test_without_a_proxy_nobody_is_believed() -> None:
    scope = seen(
        x_forwarded_for="198.51.100.9", x_forwarded_proto="https", x_forwarded_host="evil.example"
    )
    assert (scope["client"][0], scope["scheme"]) == ("192.0.2.1", "http")
    assert dict(scope["headers"])[b"host"] == b"inside:8000"


def test_behind_a_proxy_its_word_counts() -> None:
    scope = seen(
        proxies=1,
        x_forwarded_for="198.51.100.9",
        x_forwarded_proto="https",
        x_forwarded_host="comics.example",
    )
    assert (scope["client"][0], scope["scheme"]) == ("198.51.100.9", "https")
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"comics.example"]


@pytest.mark.parametrize(
    ("proxies", "sent", "client"),
    [
        (1, "1.1.1.1, 198.51.100.9", "198.51.100.9"),
        (2, "1.1.1.1, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (2, "198.51.100.9", "198.51.100.9"),
        (1, "198.51.100.9:4711", "198.51.100.9"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "unknown", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_a_client_cannot_add_addresses_before_the_proxys(
    proxies: int, sent: str, client: str
) -> None:
    assert seen(proxies=proxies, x_forwarded_for=sent)["client"][0] == client


def test_a_scheme_that_is_none_is_not_taken() -> None:
    assert seen(proxies=1, x_forwarded_proto="javascript")["scheme"] == "http"


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_secure_wherever_the_site_is_reached_by_https(secure: bool) -> None:
    def answer(request: Any) -> HttpResponse:
        response = HttpResponse()
        response.set_cookie("theme", "dark")
        return response

    response = security_headers(answer)(RequestFactory().get("/", secure=secure))
    assert bool(response.cookies["theme"]["secure"]) is secure


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ""), ("/", ""), ("comics", "/comics"), ("/comics/", "/comics"), ("/a/b-c", "/a/b-c")],
)
def test_a_base_path_is_read(text: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_PATH", text)
    assert env.base_path("BASE_PATH") == found


@pytest.mark.parametrize("text", ["/a//b", "/..", "/a?b", "http://host/a", "/ä"])
def test_a_base_path_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_PATH", text)
    with pytest.raises(ImproperlyConfigured, match="BASE_PATH must be a path like /comics"):
        env.base_path("BASE_PATH")


@pytest.mark.parametrize(("text", "found"), [("", 0), ("no", 0), ("yes", 1), ("true", 1), ("2", 2)])
def test_the_number_of_proxies_is_read(
    text: str, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEHIND_PROXY", text)
    assert env.count("BEHIND_PROXY") == found


@pytest.mark.parametrize("text", ["perhaps", "-1", "11"])
def test_a_number_of_proxies_that_is_none_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEHIND_PROXY", text)
    with pytest.raises(ImproperlyConfigured, match="BEHIND_PROXY"):
        env.count("BEHIND_PROXY")


def test_as_delivered_the_site_has_the_host_for_itself() -> None:
    assert (product.BASE_PATH, product.BEHIND_PROXY, product.HTTPS_ONLY) == ("", 0, False)

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from comicmaintainer.webhooks.targets import Refused, Target, Unknown, addresses_of, check_url


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def answer(host: str, port: int, **kwargs: Any) -> list[Any]:
        return [(0, socket.SOCK_STREAM, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("http://example.org:8080/a?b=c#d", Target("http", "example.org", 8080, "/a?b=c")),
        (
            "https://[2606:4700::1111]/x",
            Target("https", "2606:4700::1111", 443, "/x"),
        ),
    ],
)
def test_an_address_is_taken_apart(url: str, target: Target) -> None:
    assert check_url(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://name:password@example.org/",
        "https://example.org:99999/",
        "https://exam ple.org/",
        "https://example.org/\r\nX: y",
        "https://bücher.example/",
        "http://[::1/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_a_private_address_is_refused_by_itself_and_behind_a_name(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused, match="WEBHOOK_NETWORKS"):
        check_url(f"http://{literal}/")
    resolving(monkeypatch, "93.184.216.34", address)
    with pytest.raises(Refused, match="WEBHOOK_NETWORKS"):
        addresses_of(check_url("http://example.org/"))


def test_a_public_address_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.216.34", "2606:4700::1111")
    assert addresses_of(check_url("http://example.org/")) == ["93.184.216.34", "2606:4700::1111"]


def test_a_network_that_the_setting_names_is_allowed_and_no_other(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network("192.168.1.0/24")]
    assert addresses_of(check_url("http://192.168.1.7/")) == ["192.168.1.7"]
    assert check_url("http://[::ffff:192.168.1.7]/")
    with pytest.raises(Refused):
        check_url("http://192.168.2.7/")


def test_numbers_that_mean_an_address_are_looked_up_and_checked() -> None:
    for host in ("2130706433", "127.1", "0x7f.1"):
        with pytest.raises((Refused, Unknown)):
            addresses_of(check_url(f"http://{host}/"))


def test_a_name_without_an_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unknown, match=r"example\.org"):
        addresses_of(check_url("http://example.org/"))

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from comicmaintainer.intake import MOST_BYTES
from tests.serving import Site, make_data_folder, serving

HUGE_BYTES = 96 * 1024**2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(tmp_path_factory.mktemp("intake") / "data")
    with serving(data, "--no-worker") as site:
        yield site


def ask(site: Site, head: str, body: Iterator[bytes]) -> tuple[int, str]:
    """Send a whole request, then read; the status of the answer, and its body."""
    host, _colon, port = site.address.removeprefix("http://").rpartition(":")
    with closing(socket.create_connection((host, int(port)), timeout=60)) as connection:
        connection.sendall(f"{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        for part in body:
            connection.sendall(part)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


def parts(size: int) -> Iterator[bytes]:
    for start in range(0, size, 65536):
        yield b"x" * min(65536, size - start)


def chunks(size: int) -> Iterator[bytes]:
    for part in parts(size):
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def most_memory_bytes(site: Site) -> int:
    status = Path(f"/proc/{site.piece('web')}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


def test_a_huge_body_is_refused_and_not_kept(site: Site) -> None:
    before = most_memory_bytes(site)
    announced = f"POST /login/ HTTP/1.1\r\nContent-Length: {HUGE_BYTES}"
    for head, body in (
        (announced, parts(HUGE_BYTES)),
        ("POST /api/jobs/ HTTP/1.1\r\nTransfer-Encoding: chunked", chunks(HUGE_BYTES)),
    ):
        status, text = ask(site, head, body)
        assert (status, json.loads(text)) == (413, {"detail": "The request is too large."})
    assert most_memory_bytes(site) - before < HUGE_BYTES / 4


def test_a_body_as_large_as_may_be_goes_on_to_the_site(site: Site) -> None:
    head = f"POST /api/jobs/ HTTP/1.1\r\nContent-Length: {MOST_BYTES}"
    assert ask(site, head, parts(MOST_BYTES))[0] == 401


@pytest.mark.parametrize(
    "head",
    [
        f"GET /{'a' * 30_000} HTTP/1.1",
        f"GET / HTTP/1.1\r\nX-Long: {'a' * 30_000}",
        "GET / HTTP/1.1\r\n" + "\r\n".join(f"X-{n}: {n}" for n in range(1000)),
        "POST / HTTP/1.1\r\nContent-Length: -5",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "no request at all",
    ],
)
def test_a_request_that_is_none_is_said_to_be_bad(site: Site, head: str) -> None:
    assert ask(site, head, iter(()))[0] == 400

"""Clients that do not read what a real server sends them."""

import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.listening import Received, parse
from tests.serving import Site, make_data_folder, serving
from tests.waiting import LIMIT_SECONDS, until

CLIENTS = 40
ITEMS = 3500
"""Of 8 kB each: far more than the kernel takes for a client, and than the hub keeps."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(tmp_path_factory.mktemp("slow") / "data", WORKERS="2")
    with serving(data) as site:
        yield site


def connect(site: Site) -> socket.socket:
    """Ask for the stream and see that it comes, but read nothing."""
    address = urlsplit(site.address)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(LIMIT_SECONDS)
    client.connect((address.hostname, address.port))
    client.sendall(
        f"GET /api/events/stream HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Token {site.data.key}\r\n\r\n".encode()
    )
    assert client.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
    return client


def memory_bytes(site: Site) -> int:
    """Of its own: without the database's file, of which SQLite maps into memory what it reads."""
    status = Path(f"/proc/{site.piece('web')}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def events(client: socket.socket) -> Iterator[Received]:
    response = HTTPResponse(client)
    response.begin()
    yield from parse(line.decode().rstrip("\n") for line in response)


def is_done(site: Site, job: str) -> bool:
    return bool(site.job(job)["status"] == "completed")


def test_who_never_reads_costs_little_and_then_gets_the_newest_state(site: Site) -> None:
    clients = [connect(site)]
    warm_up = site.submit("wide", options={"count": ITEMS})["job_id"]
    until(lambda: is_done(site, warm_up), "the end of the job")
    before = memory_bytes(site)
    clients += [connect(site) for _ in range(CLIENTS)]
    job = site.submit("wide", options={"count": ITEMS})["job_id"]
    until(lambda: is_done(site, job), "the end of the job")
    assert memory_bytes(site) - before < CLIENTS * 2**20
    mine = []
    for event in events(clients[-1]):
        if event.type == "job_updated" and event.data["data"]["job_id"] == job:
            mine.append(event.data["data"])
            if mine[-1]["status"] == "completed":
                break
    assert len(mine) < ITEMS / 2
    processed = [update["progress"]["processed"] for update in mine]
    assert processed == sorted(processed)
    assert processed[-1] == ITEMS
    for client in clients:
        client.close()


def test_a_server_with_clients_that_never_read_can_be_stopped(site: Site) -> None:
    """The last one here: the server is that of the others."""
    clients = [connect(site) for _ in range(3)]
    job = site.submit("wide", options={"count": ITEMS})["job_id"]
    until(lambda: is_done(site, job), "the end of the job")
    assert site.terminate() == 0
    for client in clients:
        client.close()

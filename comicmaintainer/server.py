"""The web server: daphne in this process, its streams ended first at a stop."""

import asyncio
from collections.abc import Callable
from functools import partial
from socket import socket
from threading import Timer
from typing import Any

import daphne.server
from twisted.internet import reactor
from twisted.internet.endpoints import AdoptedStreamServerEndpoint
from twisted.web.http import toChunk

from comicmaintainer.intake import BoundedFactory
from comicmaintainer.supervisor import leave
from jobs.link import Link
from jobs.stream import stream
from jobs.stream_client import WRITE_NOW

EXIT_SECONDS = 2
"""What requests on their way get at a stop."""


def _endpoint(reactor: Any, description: str) -> Any:
    number, family = description.split()
    adopt: Any = AdoptedStreamServerEndpoint
    return adopt(reactor, int(number), int(family))


# The server makes both itself, and offers no way to choose others.
daphne.server.HTTPFactory = BoundedFactory
daphne.server.serverFromString = _endpoint


class Flow:
    """What Twisted tells a producer: stop while the client does not read, and go on."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self._is_open.set()
        self.wait = self._is_open.wait
        self.pauseProducing = self._is_open.clear
        self.resumeProducing = self._is_open.set
        self.stopProducing = self._is_open.set


class PacedServer(daphne.server.Server):  # type: ignore[misc]
    """Daphne takes whatever an application sends, and keeps it until the client reads.

    Here `send` waits meanwhile, so a client that never reads costs one buffer and no more.
    """

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        extension = {WRITE_NOW: partial(_write_now, protocol)}
        return super().create_application(protocol, {**scope, "extensions": extension})

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        is_part = message["type"] == "http.response.body" and protocol.channel is not None
        goes_on = is_part and message.get("more_body")
        if goes_on and protocol.producer is None:
            protocol.registerProducer(Flow(), streaming=True)
        flow = protocol.producer if is_part else None
        if flow and not goes_on:
            protocol.unregisterProducer()
        if not (goes_on and _write_now(protocol, message.get("body", b""))):
            await super().handle_reply(protocol, message)
        if flow:
            await flow.wait()


def _stop() -> None:
    """Requests that go on get a moment, whatever keeps them."""
    end = Timer(EXIT_SECONDS, leave, [0])
    end.daemon = True
    end.start()
    stream.close()


def _write_now(protocol: Any, body: bytes) -> bool:
    """Write a part of a stream past the reactor, which would take two more system calls and an
    extra turn for it; whether that could be done.

    It cannot before the headers are out, while earlier bytes wait, or through TLS; and an empty
    chunk would be the last.
    """
    if protocol.channel is None:
        return False
    transport = protocol.channel.transport
    is_waiting = transport.dataBuffer or transport._tempDataBuffer
    is_plain = transport.connected and not transport.TLS
    if is_waiting or not (body and protocol.startedWriting and is_plain):
        return False
    data = b"".join(toChunk(body)) if protocol.chunked else body
    written = transport.writeSomeData(data)
    if not isinstance(written, int):
        return False  # the connection is lost; the usual way notices and ends it
    if written < len(data):
        transport.write(data[written:])
    return True


def serve(
    application: Any, *, listener: socket, link: Link | None, on_ready: Callable[[], None]
) -> None:
    """Serve at a socket that listens, until SIGTERM. `link` leads to a worker of one's own."""
    server = PacedServer(
        application=application,
        endpoints=[f"{listener.detach()} {listener.family.value}"],
        ready_callable=on_ready,
        server_name="",
        verbosity=0,
    )
    running: Any = reactor
    running.callLater(0, stream.begin, link)
    running.addSystemEventTrigger("before", "shutdown", _stop)
    server.run()

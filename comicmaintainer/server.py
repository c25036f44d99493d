"""The web server: daphne in this process, its streams ended first at a stop."""

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor

from jobs.stream import stream


class Flow:
    """What Twisted tells a producer: stop while the client does not read, and go on."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self._is_open.set()
        self.wait = self._is_open.wait
        self.pauseProducing = self._is_open.clear
        self.resumeProducing = self._is_open.set
        self.stopProducing = self._is_open.set


class PacedServer(Server):  # type: ignore[misc]
    """Daphne takes whatever an application sends, and keeps it until the client reads.

    Here `send` waits meanwhile, so a client that never reads costs one buffer and no more.
    """

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        is_part = message["type"] == "http.response.body" and protocol.channel is not None
        if is_part and message.get("more_body") and protocol.producer is None:
            protocol.registerProducer(Flow(), streaming=True)
        flow = protocol.producer if is_part else None
        if is_part and flow and not message.get("more_body"):
            protocol.unregisterProducer()
        await super().handle_reply(protocol, message)
        if flow:
            await flow.wait()


def serve(
    application: Any,
    *,
    host: str,
    port: int,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], None],
) -> bool:
    """Serve until SIGTERM or SIGINT; whether it could listen at all.

    `on_ready` gets the port; `on_stop` is called at the signal, and must not wait for anything.
    """

    def ready() -> None:
        if server.listening_addresses:
            on_ready(server.listening_addresses[0][1])

    server = PacedServer(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        ready_callable=ready,
        server_name="",
        verbosity=0,
    )
    shutdown: Any = reactor
    for step in (stream.close, on_stop):
        shutdown.addSystemEventTrigger("before", "shutdown", step)
    server.run()
    return bool(server.listening_addresses)

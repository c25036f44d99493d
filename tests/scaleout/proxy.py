"""A way to Redis or PostgreSQL that can be cut and mended, without touching those of others."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any


class Proxy:
    """Passes on what comes to `port` of this machine, always the same one."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True).start()

    def open(self) -> None:
        """As if the service was started, or answered again."""
        self._do(self._open)

    def close(self) -> None:
        """As if the service was stopped: all connections end, new ones are refused."""
        self._do(self._close)

    def stall(self) -> None:
        """As if the service hung: connections are taken, and nothing is answered."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def end(self) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)

    async def _open(self) -> None:
        self._flowing.set()
        if not self._is_listening():
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def _is_listening(self) -> bool:
        return self.port != 0 and self._server.is_serving()

    async def _close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, back = await asyncio.open_connection("127.0.0.1", self.target_port)
        ends = {writer, back}
        self._writers |= ends
        with suppress(OSError):
            await asyncio.gather(self._pass(reader, back), self._pass(upstream, writer))
        self._writers -= ends
        for end in ends:
            end.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            await self._flowing.wait()
            target.write(data)
            await target.drain()
        target.close()

"""The limit: a bare asyncio server that tells all its clients the same.

`python -m benchmarks.bare`: for how many clients it waits, and for how many seconds it then sends.
"""

import asyncio
import json
import socket
import sys
from time import monotonic
from typing import Any

from benchmarks.processes import allow_many_files

PER_SECOND = 20
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: stream-open\ndata: \n\n"


class Told(asyncio.Protocol):
    everybody: "set[asyncio.WriteTransport]" = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(_HEAD)
        self.everybody.add(self._transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.everybody.discard(self._transport)


def event(number: int, status: str) -> bytes:
    """As long as one of ours."""
    item = {"n": number, "path": f"folder/item {number}", "message": f"at={monotonic():.6f};"}
    data = {"status": status, "operation": "tell", "item": item, "filler": "x" * 250}
    text = json.dumps({"type": "job_updated", "data": data})
    return f"event: job_updated\nid: jobs:{number}\ndata: {text}\n\n".encode()


async def main(clients: int, seconds: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Told, "127.0.0.1", 0, family=socket.AF_INET, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while len(Told.everybody) < clients:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    total = PER_SECOND * seconds
    for number in range(1, total + 1):
        await asyncio.sleep(1 / PER_SECOND - monotonic() % (1 / PER_SECOND))
        text = event(number, "completed" if number == total else "processing")
        for transport in tuple(Told.everybody):
            transport.write(text)
    await asyncio.sleep(60)  # whoever started it ends it


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))

import asyncio
import threading
from typing import Any

import pytest

from jobs import courtesy
from jobs.courtesy import Courtesy


def working() -> threading.Thread:
    work = threading.Thread(target=Courtesy().give_way)
    work.start()
    work.join(0.1)
    return work


async def test_work_gives_way_until_the_last_answer_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 60)
    ready, read = [asyncio.Event(), asyncio.Event()], asyncio.Event()

    async def answer(scope: int, receive: None, send: Any) -> None:
        await ready[scope].wait()
        if scope:
            raise ValueError
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})

    async def send(message: dict[str, str]) -> None:
        if message["type"] == "http.response.body":
            await read.wait()

    application = courtesy.counted(answer)
    slow, failing = (asyncio.create_task(application(n, None, send)) for n in range(2))
    await asyncio.sleep(0)  # both have begun
    work = working()
    ready[0].set()
    await asyncio.sleep(0)  # its client does not read
    work.join(0.1)
    assert work.is_alive()
    ready[1].set()
    with pytest.raises(ValueError):
        await failing
    work.join(60)
    assert not work.is_alive() and not slow.done()
    read.set()
    await slow
    assert courtesy._in_progress == 0


def test_work_goes_on_where_nobody_asks_and_for_half_of_the_time_where_all_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 60)
    assert not working().is_alive()
    request = courtesy.counted(lambda *_: asyncio.sleep(0))(None, None, None)
    request.send(None)
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 0.001)
    work = Courtesy()
    work.give_way()
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 60)
    work._goes_on_until += 60
    work.give_way()  # else it would take a minute
    request.close()
    assert courtesy._in_progress == 0

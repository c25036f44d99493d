import asyncio
import threading

import pytest

from jobs import courtesy


async def test_work_gives_way_until_the_last_request_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 60)
    answers = [asyncio.Event(), asyncio.Event()]

    async def answer(scope: int, receive: None, send: None) -> None:
        await answers[scope].wait()
        if scope:
            raise ValueError

    application = courtesy.counted(answer)
    requests = [asyncio.create_task(application(n, None, None)) for n in range(2)]
    await asyncio.sleep(0)  # both have begun
    work = threading.Thread(target=courtesy.give_way)
    work.start()
    answers[0].set()
    await requests[0]
    work.join(0.1)
    assert work.is_alive()
    answers[1].set()
    with pytest.raises(ValueError):
        await requests[1]
    work.join(60)
    assert not work.is_alive()


def test_work_goes_on_where_nobody_asks_or_all_ask_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    courtesy.give_way()
    monkeypatch.setattr(courtesy, "MOST_SECONDS", 0.001)
    request = courtesy.counted(lambda *_: asyncio.sleep(0))(None, None, None)
    request.send(None)
    courtesy.give_way()
    request.close()
    assert courtesy._in_progress == 0

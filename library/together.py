"""Items whose comics change places: done as one by whichever of them comes first.

The journal has a change for each of the items, so each has its own result when its turn comes.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from jobs import lifecycle
from jobs.operations import Result, Task
from library import journal
from library.changing import abandon_unit, units
from library.exceptions import ComicError
from library.models import Change

WAIT_SECONDS = 60
LOOK_SECONDS = 0.02

_alone = threading.Lock()
_here: set[tuple[str, int]] = set()
"""Items that this process has come to."""


def do_together(
    task: Task, positions: Collection[int], do: Callable[[list[Task]], Result]
) -> Change | Result:
    """The task's change, where another of the items has brought it about; else what `do` gives.

    `do` gets the tasks at these positions. It may raise ComicError where another process has the
    same comics just now: that one's end is waited for. What it returns is the end.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    with _by_ourselves(task):
        while True:
            before = journal.recorded(task.job_id, positions)
            mine = before.get(task.position)
            if mine is not None and mine.state == Change.State.DONE:
                return mine
            opened = [change for change in before.values() if change.is_open]
            is_waiting = _others_at_it(task, positions) and time.monotonic() < deadline
            if not (opened and is_waiting):
                for unit in units(opened):  # a worker died over it
                    abandon_unit(unit)
                try:
                    result = do(lifecycle.tasks_of(UUID(task.job_id), positions))
                except ComicError:
                    if not is_waiting:
                        raise
                else:
                    if not (is_waiting and _is_begun(task)):
                        return result
            time.sleep(LOOK_SECONDS)


@contextmanager
def _by_ourselves(task: Task) -> Iterator[None]:
    me = (task.job_id, task.position)
    _here.add(me)
    try:
        with _alone:
            yield
    finally:
        _here.discard(me)


def _is_begun(task: Task) -> bool:
    """Or done: perhaps by another process, just when `do` looked at it."""
    mine = journal.recorded(task.job_id, [task.position]).get(task.position)
    return mine is not None and mine.state != Change.State.TAKEN_BACK


def _others_at_it(task: Task, positions: Collection[int]) -> bool:
    job = UUID(task.job_id)
    in_work = lifecycle.in_work({job})
    return any(
        (job, position) in in_work and (task.job_id, position) not in _here
        for position in positions
    )

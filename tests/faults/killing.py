"""Kill -9 a process that rewrites and renames comics, and the one that recovers, at random times.

`python -m tests.faults.killing FOLDER ROUNDS SEED` works in the new folder, with a journal of its
own on the disk, and prints what it found as JSON. Children are forked, because a process that
starts anew for each round would spend its time on imports.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

COMICS = 3


def main(folder: Path, rounds: int, seed: int) -> dict[str, object]:
    from tests.faults.murder import Ground

    chance = random.Random(seed)
    ground = Ground(folder)
    killed = recoveries_killed = 0
    broken: list[str] = []
    endings: dict[str, int] = {}
    ground.lay_out()
    whole_seconds = timed(ground.work)
    recovery_seconds = timed(ground.recover)
    for number in range(rounds):
        ground.lay_out()
        killed += run_and_kill(ground.work, chance.uniform(0, whole_seconds))
        if number % 3 == 0:
            recoveries_killed += run_and_kill(
                ground.recover, chance.uniform(0.2, 1.1) * recovery_seconds
            )
        run_and_kill(ground.recover, None)
        for state in ground.states():
            endings[state] = endings.get(state, 0) + 1
        broken += [f"round {number}: {what}" for what in ground.faults()]
    return {
        "rounds": rounds,
        "killed": killed,
        "recoveries_killed": recoveries_killed,
        "endings": endings,
        "broken": broken,
        "whole_seconds": whole_seconds,
        "recovery_seconds": recovery_seconds,
    }


def timed(work: Callable[[], None]) -> float:
    started = time.monotonic()
    run_and_kill(work, None)
    return time.monotonic() - started


def run_and_kill(work: Callable[[], None], after_seconds: float | None) -> bool:
    """Whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if after_seconds is not None:
        time.sleep(after_seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if after_seconds is None and os.WEXITSTATUS(status):
        raise SystemExit("recovery failed")
    return False


if __name__ == "__main__":
    root = Path(sys.argv[1])
    os.environ["DATA_DIR"] = str(root / "data")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(json.dumps(main(root, int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201

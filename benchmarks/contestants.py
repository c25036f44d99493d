"""Our side of the talk with a contestant's process, which lives as long as the benchmark."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from benchmarks.environments import ROOT, NotInstalled, interpreter, program

OURS, LIMIT = "ours", "cp + fsync"
PEERS = ("comicapi", "comicbox", "darkseid", "ComicTagger", "zip")
_TIMEOUT_SECONDS = 120


class Unable(Exception):
    """Why there is no figure, in a few words."""


class Contestant:
    """Starts at once, so that its imports are over before the first round."""

    def __init__(self, name: str, python: Path, driver: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.peers.{driver}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.operations: list[str] = self._answer()

    def ask(self, operation: str, paths: Sequence[Path], tags: Mapping[str, str]) -> float:
        """Milliseconds for each path. Raises Unable."""
        asked = {"operation": operation, "paths": [*map(str, paths)], "tags": dict(tags)}
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Unable("ended") from error
        answer = self._answer()
        if "error" in answer:
            raise Unable(f"failed: {answer['error']}")
        return float(answer["ms"])

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout
        timer = Timer(_TIMEOUT_SECONDS, self._process.kill)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        if not line:
            raise Unable("ended")
        return json.loads(line)


@contextmanager
def contestants() -> Iterator[tuple[list[Contestant], dict[str, str]]]:
    """Those that can take part, and why the others cannot."""
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        started: list[Contestant] = []
        for name in (OURS, LIMIT, *PEERS):
            try:
                contestant = Contestant(name, *_python_and_driver(name))
            except (NotInstalled, Unable) as error:
                missing[name] = str(error)
                continue
            stack.callback(contestant.stop)
            started.append(contestant)
        yield started, missing


def _python_and_driver(name: str) -> tuple[Path, str]:
    here = Path(sys.executable)
    if name == "zip":
        program("zip", package="zip")
        program("unzip", package="unzip")
    special = {OURS: "ours", LIMIT: "limit", "comicapi": "comicapi", "zip": "zip"}
    if name in special:
        return here, special[name]
    driver = "comicapi" if name == "ComicTagger" else name
    return interpreter(name.lower()), driver

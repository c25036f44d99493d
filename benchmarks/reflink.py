"""A file system whose files can share their blocks: XFS in a loop device, where we may mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environments import NotInstalled, program

_BYTES = 2**30


class CannotMount(Exception):
    """With the reason as a person says it."""


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Raises CannotMount."""
    if os.geteuid() != 0:
        raise CannotMount("only root can mount")
    image, place = folder / "xfs.img", folder / "xfs"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(_BYTES)
    try:
        mkfs = program("mkfs.xfs", package="xfsprogs")
        _run(str(mkfs), "-q", "-m", "reflink=1", str(image))
        _run("mount", "-o", "loop", str(image), str(place))
    except NotInstalled as error:
        raise CannotMount("no mkfs.xfs") from error
    try:
        yield place
    finally:
        _run("umount", str(place))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except subprocess.CalledProcessError as error:
        raise CannotMount(f"{command[0]}: {error.stderr.strip()}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotMount(f"{command[0]}: {error}") from error

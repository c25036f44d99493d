"""The other tools' environments: their requirements contradict each other's and ours."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".venv-bench"
_INSTALL_SECONDS = 300


class NotInstalled(Exception):
    """Why a peer cannot take part, in a few words."""


def requirements() -> dict[str, str]:
    """What to install, by the peer's name."""
    lines = Path(__file__).with_name("peers.txt").read_text().splitlines()
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {re.split(r"[\[=]", line)[0]: line for line in wanted}


def interpreter(peer: str) -> Path:
    """The Python of the peer's environment, which is made when it is not there yet.

    Raises:
        NotInstalled: it could not be made here.
    """
    requirement = requirements()[peer]
    folder = PLACE / peer
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not (stamp.is_file() and stamp.read_text() == requirement and python.exists()):
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", requirement)
        stamp.write_text(requirement)
    return python


def program(name: str, *, package: str) -> Path:
    """A program of the system, installed where we may.

    Raises:
        NotInstalled: it is not there, and could not be had.
    """
    if not shutil.which(name) and os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", package)
    found = shutil.which(name)
    if not found:
        raise NotInstalled("not installed")
    return Path(found)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled("not installed") from error

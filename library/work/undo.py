"""Bring back the files that comics had: out of the trash, or from what a rewrite has left."""

import os
from collections.abc import Callable, Sequence

from library.archives import building
from library.archives.constructions import BuiltFile, Construction, Workplace, temporary_name
from library.exceptions import ComicError, FileChanged
from library.files import opened_beneath, plain_errors, try_each
from library.trash import Removed, bring_out, digest

Built = BuiltFile | Removed | None
Step = Construction | Callable[[], Built] | None
"""What gives one comic its former file; None where that is the present one."""


def bring_back_all(steps: Sequence[Step]) -> list[Built | ComicError]:
    """What goes wrong with one of them is its own result."""
    building_steps = [step for step in steps if isinstance(step, Construction)]
    built = iter(building.build_all(building_steps) if building_steps else ())
    found: dict[int, Built | ComicError] = {}
    problems: dict[int, ComicError] = {}

    def take(n: int) -> None:
        step = steps[n]
        found[n] = next(built) if isinstance(step, Construction) else step and step()

    try_each(range(len(steps)), take, problems)
    return [problems.get(n) or found[n] for n in range(len(steps))]


def out_of_trash(
    root: str,
    kept_as: str,
    folder: str,
    place: Workplace,
    *,
    sha256: str,
    leaving: tuple[str, str] | None = None,
) -> BuiltFile:
    """A second name for a file in the trash, in that folder, which is made anew where it is gone.

    `sha256`: what it has to be; empty where nobody knows. `leaving`: folder and name of the file
    that goes to the trash for it.

    Raises: FileChanged, FileProblem.
    """
    name = temporary_name(place.token)
    with plain_errors(), opened_beneath(root, folder, make=True) as opened:
        identity = bring_out(root, kept_as, opened, name)
        if sha256 and digest(opened, name) != sha256:
            os.unlink(name, dir_fd=opened)
            raise FileChanged("The original in the trash is not the file that was put there.")
    return BuiltFile(name, identity, _digest(root, *leaving) if leaving else "")


def _digest(root: str, folder: str, name: str) -> str:
    with plain_errors(), opened_beneath(root, folder) as opened:
        return digest(opened, name)

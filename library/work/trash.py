"""Move one comic to the trash: know the file, whatever is in it, and read it once as a whole."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from library.exceptions import ComicError, FileProblem
from library.files import identity_at, opened_beneath, plain_errors, try_each
from library.trash import Removed, removed
from library.work.process import Plan
from library.work.rules import Change


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """`data`: `path` and `root`, the library's folder. No archive is opened.

    Raises FileProblem where there is no such file.
    """
    path, root = Path(data["path"]), data["root"]
    with plain_errors(), opened_beneath(root, os.path.relpath(path.parent, root)) as folder:
        identity = identity_at(folder, path.name)
    if identity is None:
        raise FileProblem("The file is no longer there, or it is no regular file.")
    change = Change(field="path", before=os.path.relpath(path, root), after="")
    return Plan(data["path"], "changed", identity=identity, changes=(change,))


def read_all(plans: Sequence[Plan]) -> list[Removed | ComicError]:
    """What stands for the new file of each."""
    found: dict[int, Removed] = {}
    problems: dict[int, ComicError] = {}

    def step(n: int) -> None:
        found[n] = _read(plans[n])

    try_each(range(len(plans)), step, problems)
    return [problems.get(n) or found[n] for n in range(len(plans))]


def _read(plan: Plan) -> Removed:
    assert plan.place and plan.place.root and plan.identity  # noqa: S101 - it was examined
    path = Path(plan.path)
    folder = os.path.relpath(path.parent, plan.place.root)
    return removed(plan.place.root, folder, path.name, plan.identity)

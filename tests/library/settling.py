"""What a job does with a built file, without a journal."""

from pathlib import Path

from library import replacing
from library.archives.constructions import BuiltFile, new_token
from library.files import FileIdentity
from library.place import Replacement


def replacement(
    path: Path,
    expected: FileIdentity,
    *,
    built: BuiltFile | None,
    new_name: str | None,
    keeps_original: bool = False,
) -> Replacement:
    return Replacement(
        root=str(path.parent),
        folder="",
        name=path.name,
        new_name=new_name or "",
        token=built.name[len(".cm-") : -len(".tmp")] if built else new_token(),
        former=expected,
        result=built.identity if built else expected,
        keeps_original=keeps_original,
    )


def settle(
    path: Path, expected: FileIdentity, *, built: BuiltFile | None, new_name: str | None
) -> None:
    replacing.settle(replacement(path, expected, built=built, new_name=new_name))

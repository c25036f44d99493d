"""The engine through its public functions, with everything that a job has it do for a file."""

from pathlib import Path

from benchmarks.peers.serving import Tags, serve
from library.archives.constructions import BuiltFile
from library.archives.converting import convert as convert_archive
from library.archives.opening import inspect
from library.archives.rewriting import rewrite
from library.archives.verifying import verify as verify_archive
from library.files import FileIdentity
from library.metadata.comicinfo import patch
from library.metadata.reading import read_tags
from library.place import Replacement
from library.replacing import settle


def read(path: Path, _: Tags) -> object:
    inspection = inspect(path)
    return inspection.pages, read_tags(inspection.comicinfo, inspection.other_tags).merged


def write(path: Path, tags: Tags) -> None:
    inspection = inspect(path)
    assert inspection.identity, inspection.reason
    read_tags(inspection.comicinfo, inspection.other_tags)
    xml = patch(inspection.comicinfo, tags)
    built = rewrite(path, xml, expected=inspection.identity)
    _settle(path, inspection.identity, built, keeps_original=built.patch is None)


def convert(path: Path, _: Tags) -> None:
    inspection = inspect(path)
    assert inspection.identity, inspection.reason
    built = convert_archive(path, expected=inspection.identity)
    new_name = path.with_suffix(".cbz").name
    _settle(path, inspection.identity, built, new_name=new_name, keeps_original=True)


def verify(path: Path, _: Tags) -> None:
    inspection = verify_archive(path).inspection
    if inspection.verdict != "ok":
        raise ValueError(inspection.reason)


def _settle(
    path: Path,
    former: FileIdentity,
    built: BuiltFile,
    *,
    keeps_original: bool,
    new_name: str = "",
) -> None:
    settle(
        Replacement(
            root=str(path.parent),
            folder="",
            name=path.name,
            new_name=new_name,
            token=built.name.removeprefix(".cm-").removesuffix(".tmp"),
            former=former,
            result=built.identity,
            keeps_original=keeps_original,
        )
    )


if __name__ == "__main__":
    serve(add=write, replace=write, read=read, verify=verify, convert=convert)

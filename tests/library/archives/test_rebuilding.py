import hashlib
import io
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.archives.building import build
from library.archives.exceptions import ArchiveError
from library.archives.patching import Patch, unpack
from library.archives.rebuilding import Former, rebuilt
from library.archives.rewriting import rewrite
from library.files import FileIdentity
from tests.library.archives.making import PAGE, leftovers, zip_bytes
from tests.library.archives.test_cbt import tar_bytes

XML = b"<ComicInfo><Series>Moss</Series></ComicInfo>"
OLD_XML = b"<ComicInfo><Series>Ash</Series></ComicInfo>"
MEMBERS = {"ComicInfo.xml": OLD_XML, "1.jpg": PAGE, "2.jpg": PAGE * 2}

DEFLATED_COMMENT = b"deflated"
FORMERS = {
    "stored": zip_bytes(MEMBERS),
    "deflated": zip_bytes(MEMBERS, compression=zipfile.ZIP_DEFLATED, comment=DEFLATED_COMMENT),
    "lzma": zip_bytes(MEMBERS, compression=zipfile.ZIP_LZMA),
    "tar": tar_bytes(MEMBERS),
}


class Retagged:
    """A comic that was rewritten, and what its journal holds of the former file."""

    def __init__(self, folder: Path, former: bytes) -> None:
        self._folder, self.former = folder, former
        original = folder / "former"
        original.write_bytes(former)
        built = rewrite(original, XML, expected=_identity(original))
        self.patch, self.sha256 = built.patch or b"", built.former_sha256
        self.present = (folder / built.name).read_bytes()
        (folder / built.name).unlink()

    def rebuilt(self, present: bytes, patch: bytes) -> bytes | None:
        """None where it is refused."""
        path = self._folder / "present"
        path.write_bytes(present)
        try:
            built = build(rebuilt(path, Former(patch, self.sha256), _identity(path)))
        except ArchiveError:
            assert leftovers(self._folder) == []
            return None
        new = self._folder / built.name
        data = new.read_bytes()
        new.unlink()
        return data


def _identity(path: Path) -> FileIdentity:
    return FileIdentity.of(path.lstat())


@pytest.fixture(params=FORMERS)
def comic(tmp_path: Path, request: pytest.FixtureRequest, no_syncs: None) -> Retagged:
    return Retagged(tmp_path, FORMERS[request.param])


@pytest.fixture
def no_syncs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of files are built here."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


def test_the_former_file_comes_back_to_the_byte(comic: Retagged) -> None:
    assert comic.present != comic.former
    assert comic.rebuilt(comic.present, comic.patch) == comic.former


def test_whatever_byte_of_the_present_file_is_wrong_no_other_file_is_built(
    comic: Retagged,
) -> None:
    refused = 0
    for present in _damaged(comic.present):
        rebuilt = comic.rebuilt(present, comic.patch)
        assert rebuilt is None or _unpacked(rebuilt) == _unpacked(comic.former)
        refused += rebuilt is None
    assert refused > 10


def test_whatever_byte_of_the_patch_is_wrong_no_other_file_is_built(comic: Retagged) -> None:
    whole = unpack(comic.patch)
    for rest in _damaged(whole.rest):
        patch = Patch(whole.size, whole.spans, rest, whole.frame)
        assert comic.rebuilt(comic.present, patch.packed()) is None
    for packed in _damaged(comic.patch):
        assert comic.rebuilt(comic.present, packed) in (None, comic.former)
    assert comic.rebuilt(comic.present, b"") is None


def test_only_a_zip_whose_members_have_sums_does_without_the_sha256(tmp_path: Path) -> None:
    found = {}
    for name, former in FORMERS.items():
        folder = tmp_path / name
        folder.mkdir()
        comic = Retagged(folder, former)
        found[name] = (bool(comic.sha256), len(unpack(comic.patch).frame))
    assert found == {
        "stored": (False, 32),
        "deflated": (False, 32),
        "lzma": (True, 0),
        "tar": (True, 0),
    }


def test_a_patch_of_an_earlier_version_is_proved_by_the_sha256(tmp_path: Path) -> None:
    comic = Retagged(tmp_path, FORMERS["stored"])
    whole = unpack(comic.patch)
    earlier = Patch(whole.size, whole.spans, whole.rest).packed()
    assert comic.rebuilt(comic.present, earlier) is None
    comic.sha256 = hashlib.sha256(comic.former).hexdigest()
    assert comic.rebuilt(comic.present, earlier) == comic.former


def _unpacked(comic: bytes) -> object:
    """Where it is deflated, other bits may hold the same."""
    if not comic.endswith(DEFLATED_COMMENT):
        return comic
    with zipfile.ZipFile(io.BytesIO(comic)) as archive:
        return [(member.filename, archive.read(member)) for member in archive.infolist()]


def _damaged(data: bytes) -> Iterator[bytes]:
    """With one byte wrong, at many places."""
    chance = random.Random(7)
    places = range(len(data)) if len(data) < 80 else sorted(chance.sample(range(len(data)), 80))
    for place in places:
        wrong = data[place] ^ chance.randrange(1, 256)
        yield data[:place] + bytes([wrong]) + data[place + 1 :]

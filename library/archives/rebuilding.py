"""Build a comic's former file from the present one and the reverse patch that its rewrite left."""

import os
from pathlib import Path

from library.archives.building import (
    BuiltFile,
    Construction,
    Workplace,
    build,
    copy_range,
    sha256_of,
    write_all,
)
from library.archives.exceptions import DamagedArchive
from library.archives.opening import container_of
from library.archives.patching import Span, unpack
from library.archives.proving import frame_of, not_rebuilt, prove
from library.archives.zipdirectory import read_directory
from library.files import FileIdentity


def rebuild(
    path: Path, patch: bytes, sha256: str, expected: FileIdentity, place: Workplace | None = None
) -> BuiltFile:
    """The built file carries a patch of its own, so that this can be undone in its turn.

    Raises:
        DamagedArchive: what came out is not the former file, to the byte.
        FileChanged: the present file is not the expected one.
        FileProblem: no permission, no room and the like.
    """
    return build(Construction(path, lambda file: _Rebuild(file, patch, sha256), expected, place))


class _Rebuild:
    """Proved by what the patch holds of the former file, or else by its SHA-256."""

    def __init__(self, original: int, patch: bytes, sha256: str) -> None:
        self._original, self._sha256 = original, sha256
        is_zip = container_of(original) == "cbz"
        self.frame = frame_of(original, read_directory(original)) if is_zip else None
        try:
            self._patch = unpack(patch)
        except ValueError as error:
            raise DamagedArchive(str(error)) from error
        spans = (Span(s.to, s.to + s.stop - s.start, s.start) for s in self._patch.spans)
        self.shared = tuple(sorted(spans, key=lambda span: span.start))

    def write(self, new: int) -> None:
        for span in self.shared:
            copy_range(self._original, new, span.start, span.stop, to=span.to)
        for offset, data in self._patch.pieces():
            write_all(new, data, offset)

    def read_back(self, new: int) -> None:
        if os.fstat(new).st_size != self._patch.size:
            raise not_rebuilt()
        if self._patch.frame:
            prove(new, self._patch.frame)
        elif sha256_of(new) != self._sha256:
            raise not_rebuilt()

"""Build a comic's former file from the present one and the reverse patch that its rewrite left."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from library.archives.constructions import Construction, Workplace
from library.archives.exceptions import DamagedArchive
from library.archives.filebytes import copy_range, sha256_of, write_all
from library.archives.opening import container_of
from library.archives.patching import Span, unpack
from library.archives.proving import frame_of, not_rebuilt, prove
from library.archives.zipdirectory import read_directory
from library.files import FileIdentity


@dataclass(frozen=True, slots=True)
class Former:
    """What the journal holds of the file that is to come back."""

    patch: bytes
    sha256: str
    """Of all of it; empty where the patch has another proof."""
    is_damaged: bool = False
    """Pages of it are known to be, and stay as they are."""


def rebuilt(
    path: Path, former: Former, expected: FileIdentity, place: Workplace | None = None
) -> Construction:
    """The built file carries a patch of its own, so that this can be undone in its turn.

    Building it raises DamagedArchive where what comes out is not the former file, to the byte.
    """
    return Construction(path, partial(_Rebuild, former=former), expected, place)


class _Rebuild:
    """Proved by what the patch holds of the former file, or else by its SHA-256."""

    def __init__(self, original: int, *, former: Former) -> None:
        self._original, self._former = original, former
        is_zip = container_of(original) == "cbz"
        self.frame = frame_of(original, read_directory(original)) if is_zip else None
        try:
            self._patch = unpack(former.patch)
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
            prove(new, self._patch.frame, is_damaged=self._former.is_damaged)
        elif sha256_of(new) != self._former.sha256:
            raise not_rebuilt()

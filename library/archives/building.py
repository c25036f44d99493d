"""A new file beside a comic: made, synced and proved before anything can rely on it.

It keeps mode, owner and extended attributes as far as the system lets us. Taking the comic's
name is `library.replacing`'s part.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

from library.archives.constructions import (
    BuiltFile,
    Construction,
    Workplace,
    new_token,
    temporary_name,
)
from library.archives.exceptions import DamagedArchive
from library.archives.extents import unshared
from library.archives.filebytes import chunks, sha256_of
from library.archives.patching import Span, capture
from library.exceptions import ComicError, FileChanged
from library.files import (
    FileIdentity,
    opened_beneath,
    opened_folder,
    opened_for_reading,
    try_each,
)

_SMALL_BYTES = 2**20
_THREADS = 8
"""They wait for the disk, which commits what is synced at the same time together, or hash."""


T = TypeVar("T")


def build(construction: Construction) -> BuiltFile:
    """On any error the temporary file is removed again.

    Raises:
        ArchiveError: what the plan and its builder raise.
        FileChanged: the original is not the expected file.
        FileProblem: no permission, no room and the like.
    """
    [built] = build_all([construction])
    if isinstance(built, ComicError):
        raise built
    return built


def build_all(constructions: Sequence[Construction]) -> list[BuiltFile | ComicError]:
    """Build several in one go, because the disk syncs many files as fast as one.

    What goes wrong with one of them is its own result. All are held open meanwhile.
    """
    problems: dict[_Site, ComicError] = {}
    # The threads end before the files are closed that they use.
    with ExitStack() as opened, _pool_for(constructions) as pool:
        sites = [_Site(construction, opened, pool) for construction in constructions]
        try_each(sites, _Site.write, problems)
        try_each(sites, _Site.begin_sync, problems)
        try_each(sites, _Site.prove, problems)
        try_each(sites, _Site.finish, problems)
        return [problems.get(site) or site.built for site in sites]


def _pool_for(
    constructions: Sequence[Construction],
) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """None for a single small file, which is on the disk before a thread has begun."""
    if len(constructions) == 1 and constructions[0].expected.size < _SMALL_BYTES:
        return nullcontext()
    return ThreadPoolExecutor(_THREADS, "build")


class _Site:
    """One new file, from its creation to its proof; gone again unless it was finished."""

    def __init__(
        self, construction: Construction, opened: ExitStack, pool: ThreadPoolExecutor | None
    ) -> None:
        self._it, self._opened, self._pool = construction, opened, pool
        self._is_finished = False

    def write(self) -> None:
        it, opened = self._it, self._opened
        self._folder = opened.enter_context(_folder_of(it.path, it.place))
        self._new_folder = self._folder
        if it.place and it.place.root and it.place.folder is not None:
            there = opened_beneath(it.place.root, it.place.folder, make=True)
            self._new_folder = opened.enter_context(there)
        original = opened_for_reading(it.path.name, folder=self._folder)
        self._original = opened.enter_context(original)
        self._status = os.fstat(self._original)
        self._check_original()
        self._builder = it.plan(self._original)
        self._capture()
        self._create(temporary_name(it.place.token if it.place else new_token()))
        self._builder.write(self._new)
        copy_attributes(self._original, self._new, self._status)
        if it.keeps_times:
            os.utime(self._new, ns=(self._status.st_atime_ns, self._status.st_mtime_ns))

    def _capture(self) -> None:
        """What leads back to the original, and proves it then."""
        builder, place = self._builder, self._it.place
        is_kept = place is not None and place.keeps_original
        spans = () if is_kept else builder.shared
        self._patch = capture(self._original, spans, builder.frame or b"")
        self._digest: Callable[[], str] = str
        if self._patch is None or builder.frame is None:
            self._digest = self._begin(sha256_of, self._original)

    def _create(self, name: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._new, self._name = os.open(name, flags, 0o600, dir_fd=self._new_folder), name
        self._opened.callback(self._leave)

    def begin_sync(self) -> None:
        """What is read back comes from memory either way, so it need not wait for the disk."""
        self._synced = self._begin(_sync, self._new)

    def _begin(self, work: Callable[[int], T], file: int) -> Callable[[], T]:
        """What waits for its end, and gives its result."""
        if self._pool is not None:
            return self._pool.submit(work, file).result
        result = work(file)
        return lambda: result

    def prove(self) -> None:
        self._builder.read_back(self._new)
        _compare_shared(self._original, self._new, self._builder.shared)

    def finish(self) -> None:
        """After the sync, because some network shares give a file its time only then."""
        self._synced()
        digest = self._digest()
        self._check_original()
        identity = FileIdentity.of(os.fstat(self._new))
        self.built = BuiltFile(self._name, identity, digest, self._patch)
        self._is_finished = True

    def _check_original(self) -> None:
        if FileIdentity.of(os.fstat(self._original)) != self._it.expected:
            raise FileChanged

    def _leave(self) -> None:
        os.close(self._new)
        if not self._is_finished:
            with suppress(OSError):
                os.unlink(self._name, dir_fd=self._new_folder)


def _folder_of(path: Path, place: Workplace | None) -> AbstractContextManager[int]:
    if place is None or place.root is None:
        return opened_folder(path.parent)
    return opened_beneath(place.root, str(path.parent.relative_to(place.root)))


def _sync(file: int) -> None:
    os.fsync(file)


def _compare_shared(original: int, new: int, shared: Sequence[Span]) -> None:
    for span in unshared(original, new, shared):
        for offset, chunk in chunks(original, span.start, span.stop):
            if os.pread(new, len(chunk), offset - span.start + span.to) != chunk:
                raise DamagedArchive("The new file's pages did not read back as they were copied.")


def copy_attributes(original: int, new: int, status: os.stat_result) -> None:
    """Each as far as the system lets us: only root gives files away, some shares fix the mode."""
    ours = os.fstat(new)
    if ours.st_gid != status.st_gid:
        with suppress(OSError):
            os.fchown(new, -1, status.st_gid)
    if ours.st_uid != status.st_uid:
        with suppress(OSError):
            os.fchown(new, status.st_uid, -1)
    with suppress(OSError):
        os.fchmod(new, status.st_mode & 0o7777)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for attribute in os.listxattr(original):
                with suppress(OSError):
                    os.setxattr(new, attribute, os.getxattr(original, attribute))

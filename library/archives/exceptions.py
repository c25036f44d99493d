from typing import ClassVar, Literal

from library.exceptions import ComicError

Verdict = Literal["ok", "warn", "damaged", "encrypted", "refused", "not_a_comic", "unread"]


class ArchiveError(ComicError):
    """The archive cannot be used as a comic; `verdict` says in which way."""

    verdict: ClassVar[Verdict]


class DamagedArchive(ArchiveError):
    verdict = "damaged"


class EncryptedArchive(ArchiveError):
    verdict = "encrypted"


class RefusedArchive(ArchiveError):
    """Suspicious, or beyond the limits that keep a hostile file from doing harm."""

    verdict = "refused"


class NotAComic(ArchiveError):
    verdict = "not_a_comic"


class UnreadFormat(ArchiveError):
    """A comic in a container that we cannot read yet."""

    verdict = "unread"
    outcome = "skipped"

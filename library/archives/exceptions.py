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
    """Nothing that is installed here can unpack it."""

    verdict = "unread"
    outcome = "skipped"


class UnwritableFormat(ArchiveError):
    """Tags cannot be written into this container; the comic can be converted first."""

    verdict = "warn"
    outcome = "skipped"


class NoPicture(ComicError):
    """There is no such page, or it is nothing that can be shown; the rest may be sound."""

from typing import ClassVar, Literal

Outcome = Literal["skipped", "conflict", "failed"]


class ComicError(Exception):
    """One comic cannot be worked on; `str()` is a sentence for a person.

    Whoever reports an item's outcome catches it, once per item.
    """

    outcome: ClassVar[Outcome] = "failed"


class FileProblem(ComicError):
    """The file system refused: no permission, no room, no such file."""


class FileChanged(ComicError):
    """The file is not the one that was read; it stays as it is."""

    outcome = "conflict"

    def __init__(self, message: str = "The file was changed by someone else meanwhile.") -> None:
        super().__init__(message)


class NameInUse(ComicError):
    """Another comic is just being given the name, or giving it up: soon it is another matter."""

    outcome = "conflict"


class NameTaken(ComicError):
    """Another file has the name already; both stay as they are."""

    outcome = "conflict"

"""Comics get former files back, each by a change of its own: what undo and restore share."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Protocol
from uuid import UUID

from jobs.operations import Child, FieldChange
from library import originals
from library.archives.constructions import Workplace
from library.changing import Built, carry_out_all
from library.exceptions import ComicError
from library.journal import Intent
from library.models import Change, TrashedFile
from library.place import FolderGone
from library.work.undo import Step

_BRING_BACK = "library.work.undo:bring_back_all"


@dataclass(frozen=True)
class Author:
    """On whose behalf, as `Intent` has it."""

    job: UUID | str | None = None
    position: int | None = None
    user_id: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        return asdict(self)


class Return(Protocol):
    """One comic's, as far as could be seen without doing it."""

    @property
    def changes(self) -> list[FieldChange]:
        """What would differ."""

    @property
    def kept(self) -> Collection[TrashedFile]:
        """What the trash need not keep any longer once it is done."""

    def intent(self, author: Author) -> Intent: ...

    def step(self, place: Workplace) -> Step: ...


def called(function: str, /, *args: Any) -> Any:
    """Where no pool is at hand."""
    module, _colon, name = function.partition(":")
    return getattr(import_module(module), name)(*args)


def bring_back(
    returns: Sequence[tuple[Return, Author]], child: Child = called
) -> list[Change | ComicError]:
    """The changes that did so; the files are read and built by `child`.

    Raises ComicError where one of several is concerned: done alone, it is found.
    """
    if not returns:
        return []
    done = _carry_out(returns, child)
    for n, change in enumerate(done):
        if isinstance(change, FolderGone):  # the job that emptied it has just cleared it away
            [done[n]] = _carry_out([returns[n]], child)
    originals.let_go(
        [
            file
            for (each, _), change in zip(returns, done, strict=True)
            if isinstance(change, Change)
            for file in each.kept
        ]
    )
    return done


def _carry_out(returns: Sequence[tuple[Return, Author]], child: Child) -> list[Change | ComicError]:
    def build(places: Sequence[Workplace]) -> Sequence[Built | ComicError]:
        steps = [each.step(place) for (each, _), place in zip(returns, places, strict=True)]
        if not any(steps):
            return [None for _ in steps]
        built: list[Built | ComicError] = child(_BRING_BACK, steps)
        return built

    try:
        return carry_out_all([each.intent(author) for each, author in returns], build)
    except ComicError as error:
        if len(returns) > 1:
            raise
        return [error]

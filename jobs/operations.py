"""What a batch job can do: operations register here; so do a worker host's services and chores.

This module imports no model, so that any app may import it at any time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, ClassVar, Protocol, TypedDict

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Selection = Mapping[str, Any]
Options = Mapping[str, Any]


class Outcome(TextChoices):
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("already right")
    SKIPPED = "skipped", _("skipped")
    CONFLICT = "conflict", _("conflict")
    FAILED = "failed", _("failed")


ERRORS = (Outcome.CONFLICT, Outcome.FAILED)


class ItemError(Exception):
    """This item fails; the message tells the user why and what to do."""


class SelectionError(ValueError):
    """The selection names nothing that can be worked on; shown to whoever submits the job."""


class JobError(Exception):
    """The job itself cannot go on; its message becomes the job's `error`."""


class FieldChange(TypedDict):
    field: str
    before: str
    after: str


class Abandoned(Exception):
    """Listing the targets was given up, because the worker stops or the job was called off."""


Check = Callable[[], None]
"""Raises Abandoned; to be called often in the course of long listings."""


def go_on() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Target:
    key: str
    """What only the operation understands."""
    path: str
    """What people see of it."""
    shown: str = ""
    """What the preview that is applied showed of it: see `Result.shown`."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What `Operation.arrange` has found of one item; kept with the item until it is done."""

    position: int
    note: str = ""
    """What only the operation understands: `Task.note`."""
    turn: int = 0
    """Items are begun in the order of their turns, then of their positions."""


@dataclass(frozen=True)
class Task:
    """One item, as an operation gets it."""

    job_id: str
    position: int
    key: str
    path: str
    options: Options
    dry_run: bool
    user_id: int | None = None
    """Who submitted the job."""
    shown: str = ""
    """Where a preview is applied: what it showed of this item. What would become of the item now
    has to be just that, or it ends as a conflict."""
    note: str = ""
    """What `Operation.arrange` has found of this item."""


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    message: str = ""
    changes: list[FieldChange] = field(default_factory=list)
    shown: str = ""
    """Of a preview: a digest of what it shows of this item and of the file that it read."""


class Child(Protocol):
    """A child process that runs pure functions; hostile and slow work goes there."""

    def __call__(self, function: str, /, *args: Any) -> Any:
        """Call `function` ("package.module:name") there; arguments and answer are pickled.

        Raises whatever the function raises, or ItemError where the child died, hung or used
        up its memory over it.
        """


class Operation:
    """One kind of job. Subclasses set the attributes and override `targets` and `perform`."""

    name: ClassVar[str]
    label: ClassVar[Any]
    summary: ClassVar[Any]
    """One sentence: what it does to a file."""
    changed_word: ClassVar[Any] = _("changed")
    """What became of an item with the outcome "changed"."""
    call: ClassVar[Any] = ""
    """What the button says that does it, with "%s" for “12 files”; empty where that is the label
    and the files."""
    form: ClassVar[type[forms.Form]] = forms.Form
    """Its options; validates page, API and command alike."""
    lists_at_start: ClassVar[bool] = False
    """Targets are listed by the worker when the job starts, not when it is created."""
    arranges: ClassVar[bool] = False
    """The worker calls `arrange` before a job's first item."""
    child_modules: ClassVar[Sequence[str]] = ()
    """What its functions in the child need: imported before the first item comes."""
    group_size: ClassVar[int] = 1
    """How many items `perform_group` may get; 1 where there is only `perform`."""
    usual_timeout_seconds: ClassVar[float | None] = None
    """Its own, where ITEM_TIMEOUT_SECONDS does not suit it."""
    undone_by: ClassVar[str] = ""
    """The operation that undoes a job of this one, given `{"job": id}`; empty where none can."""
    is_repeatable: ClassVar[bool] = True
    """Whether doing it once more to the same items may change something."""
    applies_previews: ClassVar[bool] = False
    """Its previews have `Result.shown`, and it heeds `Task.shown`."""

    @property
    def timeout_seconds(self) -> float:
        """How long a call into the child may take."""
        usual = self.usual_timeout_seconds or settings.ITEM_TIMEOUT_SECONDS
        return float(settings.ITEM_TIMEOUTS.get(self.name, usual))

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        """Raises SelectionError (at creation), or JobError (at the start).

        Items are written as they come, so none of its queries may be open while it yields: on
        SQLite the next write would fail at once, without waiting, when another process wrote
        since such a query began.
        """
        raise NotImplementedError

    def again(self, targets: Iterable[Target], options: Options) -> Iterable[Target]:
        """What an earlier job worked on, as it is now, for another one with these options."""
        return targets

    def arrange(
        self, items: Iterable[tuple[int, str]], options: Options, check: Check = go_on
    ) -> Iterable[Arrangement]:
        """Look at all items together (positions and keys, in order) before the first one begins.

        Only those of which there is something to say are returned; a worker that dies over it is
        followed by another one that does it anew. As with `targets`, no query may be open while
        it yields.
        """
        return ()

    def scope(self, selection: Selection) -> str:
        """Which items, in words, for the job's page."""
        return ""

    def perform(self, task: Task, child: Child) -> Result:
        """Runs in a worker thread with the ORM. Raises ItemError for an expected failure."""
        raise NotImplementedError

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        """Perform several items in one go, where `group_size` says that this is cheaper.

        Returns the results of the first of them, in order: at least one, and no more than are
        done in a moment. Where it raises, each item is performed alone, also those that were
        done already.
        """
        raise NotImplementedError

    def ended(self, job_id: str, selection: Selection, status: str) -> None:
        """Called in the transaction that records the end of a job, with its last status.

        What it writes stands or falls with that, also where the server is killed; others wait for
        it, so slow things are for `finished`.
        """

    def finished(self, job_id: str, selection: Selection) -> None:
        """Called after the end of a job was recorded, unless the server is killed just then."""

    def advice(self, message: str) -> str:
        """What to do about an item that says this; "" where there is nothing to say."""
        return ""

    def report(self, job_id: str) -> Mapping[str, Any]:
        """What a command says of a finished job beyond what every job knows; may wait for it."""
        return {}

    def item_facts(self, key: str) -> dict[str, Any]:
        """What the API says of an item beyond what every job knows."""
        return {}


_operations: dict[str, Operation] = {}


def register(operation: type[Operation]) -> type[Operation]:
    _operations[operation.name] = operation()
    return operation


def get(name: str) -> Operation:
    """Raises KeyError for an unknown name."""
    return _operations[name]


def registered() -> list[Operation]:
    return list(_operations.values())


def child_modules() -> list[str]:
    return sorted({module for operation in registered() for module in operation.child_modules})


services: list[Callable[[], None]] = []
"""Called once, in order, when a worker host starts and before it takes its first item."""


def service(start: Callable[[], None]) -> Callable[[], None]:
    services.append(start)
    return start


Chore = Callable[[Check], object]

chores: list[Chore] = []
"""Called about once an hour by each worker host, so perhaps by several at the same time."""


def chore(function: Chore) -> Chore:
    chores.append(function)
    return function


ticks: list[Chore] = []
"""Called every few seconds by each worker host, each in a thread of its own."""


def tick(function: Chore) -> Chore:
    ticks.append(function)
    return function


class Station(Protocol):
    """A worker host, as what runs beside its work sees it."""

    stopping: Event

    def has(self, duty: str) -> bool:
        """Whether this host does that for all of them; from now on, where nobody did."""

    def let_go(self, duty: str) -> None:
        """Another host may take it."""


class Companion(Protocol):
    """Runs in a thread of its own until `station.stopping`; is called again where it ends."""

    __name__: str

    def __call__(self, station: Station, /) -> None: ...


companions: list[Companion] = []
"""Started by each worker host."""


def companion(function: Companion) -> Companion:
    companions.append(function)
    return function

"""What is known of the watching of each library: stored, announced, and put into words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs import duties
from jobs.events import announce
from library.models import Library, Watch

LibraryQuery = QuerySet[Library]
OFF = Library.Watching.OFF
DUTY = "watch:"
MOST = 300


def duty(library: int) -> str:
    return f"{DUTY}{library}"


def of(library: Library) -> Watch:
    return Watch.objects.get_or_create(library=library)[0]


def tell(library: Library, **values: Any) -> None:
    """Store what is another than before, and tell every open page."""
    watch = of(library)
    values = {n: v[:MOST] if isinstance(v, str) else v for n, v in values.items()}
    values = {n: v for n, v in values.items() if getattr(watch, n) != v}
    if "method" in values:
        values["since"] = now() if values["method"] else None
    if values and Watch.objects.filter(pk=library.pk).update(**values):
        announce_status(library.pk)


def announce_status(library: int) -> None:
    status = Status(watched(Library.objects.all()).get(pk=library))
    announce(
        "watcher_status",
        {
            "library_id": library,
            "running": status.is_running,
            "enabled": status.is_enabled,
            "text": status.text,
        },
    )


@dataclass(frozen=True)
class Status:
    """Of a library that `watched` has given."""

    library: Library

    @property
    def watch(self) -> Watch:
        """One that nobody has begun to watch has no row."""
        return getattr(self.library, "watching", None) or Watch(library=self.library)

    @property
    def is_held(self) -> bool:
        """A worker host does it."""
        return bool(self.library.is_held)  # type: ignore[attr-defined]

    @property
    def is_enabled(self) -> bool:
        return self.library.watch != OFF

    @property
    def is_waiting(self) -> bool:
        """New files are told apart from the old ones by the first scan."""
        return self.is_enabled and self.library.scanned_at is None

    @property
    def is_running(self) -> bool:
        return self.is_enabled and self.is_held and bool(self.watch.method)

    @property
    def is_well(self) -> bool:
        return not self.is_enabled or self.is_waiting or (self.is_running and not self.problem)

    @property
    def problem(self) -> str:
        if not self.is_enabled or self.is_waiting:
            return ""
        if not self.is_held:
            return _("Nobody watches it: no worker runs.")
        return self.watch.problem

    @property
    def text(self) -> str:
        """In a few words."""
        if not self.is_enabled:
            return _("Not watched.")
        if self.is_waiting:
            return _("Is watched once it has been scanned.")
        if self.problem:
            return self.problem
        if not self.watch.method:
            return _("Begins to watch.")
        if self.watch.method == Watch.Method.EVENTS:
            return _("Watched: what changes is noticed at once.")
        return _("Watched by looking now and then.")


def watched(libraries: LibraryQuery) -> LibraryQuery:
    """With what a `Status` needs; no further query."""
    return libraries.select_related("watching").annotate(is_held=duties.is_held(DUTY))


def overall(*, worker_starts: bool = False) -> str:
    """off, running, starting, or problem where a library that is to be watched is not.

    `worker_starts`: that nobody watches it yet is no problem.
    """
    statuses = [Status(each) for each in watched(Library.objects.exclude(watch=OFF))]
    if not statuses:
        return "off"
    waiting = [status for status in statuses if not status.is_well]
    if not waiting:
        return "running"
    begins = all(s.is_held or worker_starts for s in waiting)
    return "starting" if begins and not any(s.watch.problem for s in waiting) else "problem"

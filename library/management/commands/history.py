from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs import lifecycle
from jobs.command_line import CommandError, add_limit
from jobs.foreground import JobCommand
from library.history import ChangeFilter, ChangeSerializer, changes_shown

FILTERS = ("library", "comic", "job", "operation")


class Command(JobCommand):
    help = "Lists what was changed, and undoes it."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "changes to comics' files, the newest first")
        for name in FILTERS:
            listing.add_argument(f"--{name}", help=f"only of this {name}")
        add_limit(listing)
        undoing = add("undo", "a job that takes changes back; --job of runjob does so with a job's")
        undoing.add_argument("changes", metavar="ID", type=int, nargs="+")
        undoing.add_argument("--dry-run", action="store_true", help="only say what would change")
        self.add_wait(undoing)

    def do_list(self, *, limit: int, **given: Any) -> None:
        filters = {name: given[name] for name in FILTERS if given[name] is not None}
        found = ChangeFilter(filters, queryset=changes_shown())
        if not found.is_valid():
            raise CommandError("; ".join(f"{k}: {t}" for k, ts in found.errors.items() for t in ts))
        shown = (ChangeSerializer(change).data for change in found.qs[: max(0, limit)])
        self.tell_each(shown, in_words, none="Nothing was changed.")

    def do_undo(self, *, changes: list[int], dry_run: bool, wait: bool, **_: Any) -> None:
        job = lifecycle.submit("undo", {"changes": changes}, dry_run=dry_run)
        self.begun(job, wait=wait)


def in_words(change: Any) -> str:
    undone = " (undone)" if change["undone_at"] else ""
    fields = ", ".join(each["field"] for each in change["changes"])
    what = f": {fields}" if fields else ""
    when, operation, path = change["when"][:16], change["operation"], change["path"]
    return f"{change['id']}  {when}  {operation}  {path}{what}{undone}"

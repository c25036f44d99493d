import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.template.defaultfilters import filesizeformat

from jobs import lifecycle
from jobs.command_line import SOME_FAILED, CommandError, add_limit
from jobs.foreground import JobCommand
from library.filters import find_library
from library.history import TrashedFileSerializer, TrashView
from library.models import TrashedFile
from library.purging import delete


class Command(JobCommand):
    help = "Lists what lies in the trash, and gives it its place again."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "whole originals, the newest first")
        listing.add_argument("--library", metavar="NAME", help="only of this library")
        add_limit(listing)
        restoring = add("restore", "a job that gives files their place again")
        restoring.add_argument("files", metavar="ID", type=int, nargs="*")
        restoring.add_argument("--all", action="store_true", dest="everything")
        restoring.add_argument("--dry-run", action="store_true", help="only say what would change")
        self.add_wait(restoring)
        deleting = add("delete", "deletes files before their time is over")
        deleting.add_argument("files", metavar="ID", type=int, nargs="+")
        deleting.add_argument("--yes", action="store_true", help="really")

    def do_list(self, *, library: str | None, limit: int, **_: Any) -> None:
        files = TrashView.queryset.all()
        if library is not None:
            files = files.filter(library=find_library(library))
        shown = (TrashedFileSerializer(file).data for file in files[: max(0, limit)])
        self.tell_each(shown, in_words, none="The trash is empty.")

    def do_restore(
        self, *, files: list[int], everything: bool, dry_run: bool, wait: bool, **_: Any
    ) -> None:
        if bool(files) == everything:
            raise CommandError("Give the ids of files in the trash, or --all.")
        chosen = files or list(TrashedFile.objects.values_list("pk", flat=True))
        job = lifecycle.submit("restore", {"trashed": chosen}, dry_run=dry_run)
        self.begun(job, wait=wait)

    def do_delete(self, *, files: list[int], yes: bool, **_: Any) -> None:
        found = list(TrashedFile.objects.filter(pk__in=files).select_related("library"))
        if missing := set(files) - {file.pk for file in found}:
            raise CommandError(f"There is no file {min(missing)} in the trash.")
        if not yes:
            raise CommandError("They cannot be restored afterwards: say --yes.")
        deleted = delete(found)
        self.tell({"deleted": deleted, "left": len(found) - deleted}, f"Deleted: {deleted}")
        if deleted < len(found):
            left = len(found) - deleted
            self.stderr.write(f"Still there, in use or out of reach: {left}")
            sys.exit(SOME_FAILED)


def in_words(file: Any) -> str:
    size = filesizeformat(file["size"]).replace("\N{NO-BREAK SPACE}", " ")
    return f"{file['id']}  {file['path']}  {size}  until {file['expires_at'].date()}"

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs.command_line import CommandError, add_limit
from jobs.foreground import JobCommand
from library import duplicate_choices
from library.duplicate_api import DuplicateFilter, DuplicateGroupSerializer, groups_shown
from library.duplicate_models import DuplicateGroup
from library.filters import LARGEST_ID


class Command(JobCommand):
    help = (
        "Lists groups of duplicates, chooses which comic to keep, and moves the others to the "
        "trash; `runjob find_duplicates` looks for them."
    )

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "the surest first, each with the one to keep")
        listing.add_argument("--library", metavar="NAME")
        listing.add_argument("--way", choices=DuplicateGroup.Way.values)
        listing.add_argument("--certain", action="store_const", const="true")
        listing.add_argument("--dismissed", action="store_const", const="true")
        add_limit(listing)
        keeping = add("keep", "makes a comic the one to keep")
        keeping.add_argument("group", metavar="GROUP", type=int)
        keeping.add_argument("comic", metavar="COMIC", type=int)
        for name, help in {
            "dismiss": "says that they are no duplicates",
            "reopen": "asks about them again",
        }.items():
            add(name, help).add_argument("group", metavar="GROUP", type=int)
        resolving = add("resolve", "a job that moves all but the ones to keep to the trash")
        resolving.add_argument("groups", metavar="GROUP", type=int, nargs="*")
        resolving.add_argument("--certain", action="store_true", help="all that are certain")
        resolving.add_argument("--dry-run", action="store_true", help="only say what would change")
        self.add_wait(resolving)

    def do_list(self, *, limit: int, **given: Any) -> None:
        names = ("library", "way", "certain", "dismissed")
        chosen = {name: given[name] for name in names if given[name] is not None}
        found = DuplicateFilter(chosen, queryset=groups_shown())
        if not found.is_valid():
            texts = [f"{name}: {text}" for name, ts in found.errors.items() for text in ts]
            raise CommandError("; ".join(texts))
        groups = (DuplicateGroupSerializer(group).data for group in found.qs[: max(0, limit)])
        self.tell_each(groups, in_words, none="There are no duplicates.")

    def do_keep(self, *, group: int, comic: int, **_: Any) -> None:
        duplicate_choices.keep(group_of(group), comic)
        self._tell(group)

    def do_dismiss(self, *, group: int, **_: Any) -> None:
        duplicate_choices.dismiss(group_of(group))
        self._tell(group)

    def do_reopen(self, *, group: int, **_: Any) -> None:
        duplicate_choices.reopen(group_of(group))
        if groups_shown().filter(pk=group).exists():
            self._tell(group)
        else:
            words = "A comic of it is in another group: the next search looks at it again."
            self.tell({"id": group, "removed": True}, words)

    def do_resolve(
        self, *, groups: list[int], certain: bool, dry_run: bool, wait: bool, **_: Any
    ) -> None:
        if bool(groups) == certain:
            raise CommandError("Give the ids of groups, or --certain.")
        wanted = {"is_certain": True} if certain else {"pk__in": groups}
        chosen = DuplicateGroup.objects.filter(**wanted)
        self.begun(duplicate_choices.resolve(chosen, dry_run=dry_run), wait=wait)

    def _tell(self, group: int) -> None:
        shown = DuplicateGroupSerializer(groups_shown().get(pk=group)).data
        self.tell(shown, in_words(shown))


def group_of(pk: int) -> DuplicateGroup:
    """Raises CommandError."""
    group = DuplicateGroup.objects.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if group is None:
        raise CommandError(f"There is no group {pk}.")
    return group


def in_words(group: Any) -> str:
    kept, *others = [f"{each['comic_id']} {each['path']}" for each in group["members"]] or [
        "nothing"
    ]
    sure = "certain" if group["is_certain"] else DuplicateGroup.Way(group["way"]).label
    state = ", dismissed" if group["dismissed_at"] else ""
    return f"{group['id']}  {sure}{state}  keep {kept}, not {', '.join(others)}"

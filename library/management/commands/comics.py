from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs.command_line import ActionCommand, CommandError, add_limit
from library.api import ComicSerializer
from library.filters import LARGEST_ID, ComicFilter, selected
from library.models import Comic

FILTERS = ("library", "state", "verdict", "series", "format", "search", "path")


class Command(ActionCommand):
    help = "Lists comics, and shows one with its tags."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "comics whose files are there, by folder and name")
        for name in FILTERS:
            text = str(ComicFilter.base_filters[name].label or "")
            listing.add_argument(f"--{name}", help=text or f"only this {name}")
        add_limit(listing, default=50)
        add("show", "one comic with its tags").add_argument("comic", metavar="ID", type=int)

    def do_list(self, *, limit: int, **given: Any) -> None:
        filters = {name: given[name] for name in FILTERS if given[name] is not None}
        comics = selected({"filter": filters}).order_by("folder", "name", "pk")
        shown = (ComicSerializer(comic).data for comic in comics[: max(0, limit)])
        self.tell_each(shown, in_words, none="No comic matches.")

    def do_show(self, *, comic: int, **_: Any) -> None:
        found = Comic.objects.filter(pk=comic).first() if 0 < comic <= LARGEST_ID else None
        if found is None:
            raise CommandError(f"There is no comic {comic}.")
        shown = ComicSerializer(found).data
        tags = [f"  {name}: {value}" for name, value in shown["tags"].items()]
        if self.as_json:
            self.tell(shown, "")
        else:
            for line in (in_words(shown), *tags):
                self.tell({}, line)


def in_words(comic: Any) -> str:
    state = Comic.State(comic["state"]).label
    why = f" ({comic['state_reason'].rstrip('.')})" if comic["state_reason"] else ""
    verdict = Comic.Verdict(comic["verdict"])
    read = "" if verdict in (Comic.Verdict.OK, Comic.Verdict.UNREAD) else f", {verdict.label}"
    return f"{comic['id']}  {comic['path']}  {state}{why}{read}"

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from jobs import lifecycle
from jobs.command_line import CommandError, assigned
from jobs.foreground import JobCommand
from library import registering
from library.api import LibrarySerializer, LibraryViewSet
from library.filters import find_library
from library.forms import CareForm, RulesForm
from library.models import Library

FORMS: tuple[type[RulesForm | CareForm], ...] = (RulesForm, CareForm)
RULES = [name for form in FORMS for name in form.base_fields]


class Command(JobCommand):
    help = "Lists libraries, adds, changes, scans and removes them. No file is touched."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        add("list", "all libraries with their rules")
        adding = add("add", "makes a folder a library, and has it scanned")
        adding.add_argument("path")
        adding.add_argument("--name", default="", help="default: the folder's name")
        changing = add("change", "gives a library another name or other rules")
        changing.add_argument("library", metavar="NAME")
        changing.add_argument("--name", dest="new_name", help="its new name")
        for parser in (adding, changing):
            parser.add_argument(
                "--set",
                metavar="rule=value",
                dest="rules",
                action="append",
                default=[],
                help=f"one of: {', '.join(RULES)}",
            )
            parser.add_argument(
                "--watch", choices=Library.Watching.values, help="what is done about new files"
            )
        scanning = add("scan", "has a library scanned")
        scanning.add_argument("library", metavar="NAME")
        for parser in (adding, scanning):
            self.add_wait(parser)
        removing = add("remove", "forgets a library and what is known of its comics")
        removing.add_argument("library", metavar="NAME")
        removing.add_argument("--yes", action="store_true", help="really")

    def do_list(self, **_: Any) -> None:
        libraries = LibraryViewSet.queryset.all()
        shown = (LibrarySerializer(library).data for library in libraries)
        self.tell_each(shown, in_words, none="There is no library yet.")

    def do_add(
        self, *, path: str, name: str, rules: list[str], watch: str | None, wait: bool, **_: Any
    ) -> None:
        # Unlike a path that the server is sent, this one may be seen from the shell's folder.
        is_short = path.strip() and not path.startswith("~")
        whole = str(Path(path).absolute()) if is_short else path
        values = cleaned(registering.draft(whole, name=name), rules)
        values = {"watch": watch or Library.Watching.LIST, **values}
        library = registering.register(whole, name=name, **values)
        job = lifecycle.submit("scan", {"library": library.pk})
        if wait:
            self.begun(job, wait=True)
        self._tell(library)

    def do_change(
        self,
        *,
        library: str,
        new_name: str | None,
        rules: list[str],
        watch: str | None,
        **_: Any,
    ) -> None:
        found = find_library(library)
        given = {"name": new_name, "watch": watch}
        values = cleaned(found, rules) | {name: each for name, each in given.items() if each}
        if not values:
            raise CommandError("Say what to change: --name, --watch, or --set rule=value.")
        registering.change(found, **values)
        self._tell(found)

    def do_scan(self, *, library: str, wait: bool, **_: Any) -> None:
        job = lifecycle.submit("scan", {"library": find_library(library).pk})
        self.begun(job, wait=wait)

    def do_remove(self, *, library: str, yes: bool, **_: Any) -> None:
        found = find_library(library)
        if not yes:
            text = f"All that is known of the comics of “{found}” is forgotten: say --yes."
            raise CommandError(text)
        told = {"id": found.pk, "name": found.name, "removed": True}
        registering.remove(found)
        self.tell(told, f"“{told['name']}” is removed. Its files are untouched.")

    def _tell(self, library: Library) -> None:
        shown = LibrarySerializer(LibraryViewSet.queryset.get(pk=library.pk)).data
        self.tell(shown, in_words(shown))


def cleaned(library: Library, rules: list[str]) -> dict[str, Any]:
    """The rules given, checked as the page's form does. Raises ValidationError, or CommandError."""
    given: dict[str, Any] = {**assigned(rules)}
    if unknown := sorted(given.keys() - set(RULES)):
        text = f"There is no rule “{unknown[0]}”. There are: {', '.join(RULES)}."
        raise CommandError(text)
    values: dict[str, Any] = {}
    for form_class in FORMS:
        present = {name: each.initial for name, each in _bound_fields(form_class(instance=library))}
        form = form_class({**present, **given}, instance=library)
        if not form.is_valid():
            raise ValidationError(
                [f"{name}: {text}" for name, texts in form.errors.items() for text in texts]
            )
        values |= {name: form.cleaned_data[name] for name in form.fields if name in given}
    return values


def _bound_fields(form: RulesForm | CareForm) -> list[tuple[str, Any]]:
    return [(name, form[name]) for name in form.fields]


def in_words(library: Any) -> str:
    rules = library["template"] + (", strict" if library["strict"] else "")
    rules += f", watched: {library['watch']}" if library["watch"] != Library.Watching.OFF else ""
    return f"{library['name']}  {library['path']}  {library['comic_count']} comics  {rules}"

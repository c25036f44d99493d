"""Every address of the site, with things that exist in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from comicmaintainer.models import ApiToken
from jobs.models import Job
from library.models import Comic, Library


def make_things(folder: Path) -> dict[str, Any]:
    """A library, a comic, a job, a person and a token: what the parts of addresses name."""
    library = Library.objects.create(name="Comics", path=str(folder))
    comic = Comic.objects.create(
        library=library, path="a.cbz", name="a.cbz", size_bytes=1, mtime_ns=0
    )
    job = Job.objects.create(operation="scan", status="completed", total=1, revision=1)
    person = User.objects.create_user("somebody")
    ApiToken.objects.issue(person, "theirs")
    return {"library": library.pk, "comic": comic.pk, "job": job.pk, "person": person.pk}


def addresses(things: dict[str, Any]) -> Iterator[str]:
    yield from _walk(get_resolver().url_patterns, "/", things)


def _walk(patterns: Any, before: str, things: dict[str, Any]) -> Iterator[str]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue  # The API's and the admin's answers to what is not there.
        route = before + _filled(pattern, before, things)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route, things)
        elif isinstance(pattern, URLPattern):
            yield route


def _filled(pattern: Any, before: str, things: dict[str, Any]) -> str:
    route = str(pattern.pattern)
    whole = before + route
    for name in pattern.pattern.converters:
        start, end = route.index("<"), route.index(">") + 1
        route = route[:start] + str(_value(name, whole, things)) + route[end:]
    return route


def _value(name: str, route: str, things: dict[str, Any]) -> Any:
    kinds = {"/jobs/": "job", "/people/": "person", "/comics/": "comic", "/libraries/": "library"}
    for part, kind in kinds.items():
        if part in route and name in ("pk", "job_id"):
            return things[kind]
    return {"name": "process", "job_id": things["job"]}.get(name, 1)

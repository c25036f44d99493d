"""The names beside a comic mean the same to every item of a job, whoever performs it and when."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from jobs import lifecycle, operations
from jobs.models import Job
from library.company import company_in
from library.models import Comic
from library.registering import register
from tests.library.archives.making import make_comic

NAMES = ["Moth 2003.cbz", "Moth 2004.cbz", "Moth 2005.cbz"]


def child(function: str, /, *args: Any) -> Any:
    module, _colon, name = function.partition(":")
    called: Callable[..., Any] = getattr(import_module(module), name)
    return called(*args)


def performed(*, dry_run: bool = False, **options: object) -> dict[str, str]:
    """What each item says, one after the other."""
    operation = operations.get("process")
    cleaned = lifecycle.clean_options(operation, options)
    job = Job.objects.create(operation="process", options=cleaned, dry_run=dry_run)
    lifecycle.write_items(job, operation.targets({"all": True}, cleaned))
    items = job.items.order_by("position")
    messages = {}
    for item in items:
        company_in.cache_clear()  # as in a worker that has just been started
        messages[item.path] = operation.perform(item.task(job), child).message
    return messages


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tags", [{}, {"Number": "2004"}])
def test_the_last_comic_of_a_folder_is_read_in_the_company_of_the_first(
    tmp_path: Path, tags: dict[str, str]
) -> None:
    library = register(str(tmp_path))
    for name in NAMES:
        make_comic(tmp_path / "a" / name, tags)
        Comic.objects.create(
            library=library, path=f"a/{name}", folder="a", name=name, tags=tags, format="cbz",
            verdict="ok",
        )  # fmt: skip
    template = "{series}/[{count}]{original}"
    preview = performed(dry_run=True, template=template)
    assert all("Moved to “Moth/" in message for message in preview.values())
    assert performed(template=template) == preview

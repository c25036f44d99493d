"""How long a job that renames 100,000 comics thinks before its first one: all names, from the rows.

Each library is made anew in a data folder of its own, by a process of its own.
"""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.apart import cost, measured
from benchmarks.table import Report, number

COUNT = 100_000
KINDS = {
    "clean": "all have their names",
    "tagged": "all get other names",
    "shift": "each gets the next one's name",
    "folders": "all move into folders",
    "untagged": "none has tags: all their names are taken apart",
}
_A_SERIES = 100


def run(folder: Path, *, rounds: int) -> Report:
    found: dict[str, list[dict[str, float]]] = {}
    for kind in KINDS:
        data = folder / kind
        data.mkdir()
        found[kind] = [measured("benchmarks.plans", data, kind) for _ in range(min(rounds, 3))]
    return Report(
        title=f"Plans: the names of {COUNT:,} comics, before the first one is renamed",
        columns=("comics", "seconds", "of the processor", "MiB more", "notes"),
        rows=[
            (KINDS[kind], *(number(median(r[key] for r in each)) for key in _KEYS))
            for kind, each in found.items()
        ],
        goals=[],
        data=dict(found),
    )


_KEYS = ("seconds", "cpu_seconds", "mib", "notes")


def _comics(library: Any, kind: str) -> Any:
    from library.models import Comic

    for n in range(COUNT):
        series, issue = f"Series {n // _A_SERIES}", n % _A_SERIES
        name = f"{series} {issue:03} (2016).cbz"
        if kind in ("clean", "shift"):
            name = f"{series} - Chapter {issue:04}.cbz"
        tags = {"Series": series, "Number": str(issue + (kind == "shift")), "Title": "Roots"}
        yield Comic(
            library=library, path=f"{series}/{name}", folder=series, name=name, format="cbz",
            verdict="ok", tags={} if kind == "untagged" else tags,
        )  # fmt: skip


def _arrange(kind: str) -> dict[str, float]:
    """In this process, whose data folder is empty or that of the last round."""
    from django.core.management import call_command

    from jobs import arranging, lifecycle, operations
    from jobs.models import Job
    from library.models import Comic, Library

    call_command("migrate", verbosity=0)
    library, is_new = Library.objects.get_or_create(name="Comics", path="/nowhere")
    if is_new:
        Comic.objects.bulk_create(_comics(library, kind), batch_size=2000)
    operation = operations.get("process")
    template = "{series|initial}/{series}/{series} {issue:3}" if kind == "folders" else None
    options = lifecycle.clean_options(operation, {"template": template} if template else {})
    job = Job.objects.create(operation="process", options=options, dry_run=True)
    lifecycle.write_items(job, operation.targets({"all": True}, options))
    found = cost(lambda: arranging.arrange(job, operation, lambda: None))
    return found | {"notes": job.items.exclude(note="").count()}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(_arrange(sys.argv[1])))  # noqa: T201

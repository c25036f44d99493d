"""Comics that a scan found, told to whoever listens (`jobs.listeners`)."""

from collections.abc import Iterable

from jobs import lifecycle, listeners
from library.models import Comic, Library

SHOWN = 50


def tell_of_arrivals(job_id: str, libraries: Iterable[Library]) -> None:
    """What was added since the job began, for each library that got something."""
    began = lifecycle.Job.objects.filter(pk=job_id).values_list("started_at", flat=True).first()
    if began is None:
        return
    for library in libraries:
        added = Comic.objects.filter(library=library, added_at__gte=began)
        if count := added.count():
            shown = added.order_by("pk").values("id", "path")[:SHOWN]
            listeners.tell(
                "comics.added",
                {
                    "job_id": job_id,
                    "library_id": library.pk,
                    "library": library.name,
                    "count": count,
                    "comics": list(shown),
                },
            )

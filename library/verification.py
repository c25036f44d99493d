"""Which comics are verified next: a share of them, those first that were not for the longest."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db.models import Case, DateTimeField, F, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.timezone import now

from library.models import Comic, Library

NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())


def longest_unverified(library: Library, within_days: int) -> Iterator[tuple[int, str]]:
    """Ids and paths of so many that, done every day, all are within so many days.

    A file that is another than the one that was verified never was. One that could not be looked
    into waits like the others for its next turn, else it would always be the first.
    """
    comics = library.comics.present()
    total = comics.aggregate(bytes=Sum("size_bytes", default=0))["bytes"]
    same = When(
        verified_size_bytes=F("size_bytes"),
        verified_mtime_ns=F("mtime_ns"),
        then=Coalesce("verified_at", NEVER),
    )
    looked_at = Greatest(
        Case(same, default=NEVER, output_field=DateTimeField()), Coalesce("verify_tried_at", NEVER)
    )
    share = total / within_days
    rows = comics.order_by(looked_at, "pk").values_list("pk", "path", "size_bytes")
    # In a list: no query may be open while items are written.
    for pk, path, size in list(rows):
        yield pk, path
        share -= size
        if share <= 0:
            return


def note_tried(comics: Sequence[Comic]) -> None:
    """That they could not be looked into."""
    if comics:
        Comic.objects.filter(pk__in=[c.pk for c in comics]).update(verify_tried_at=now())

"""Edit one comic's tags while somebody waits: a job of one item."""

import time
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from jobs import lifecycle
from jobs.lifecycle import Job
from jobs.operations import Outcome
from library.models import Comic
from library.operations.edit_tags import wrong_tag

WAIT_SECONDS = 10.0
_FIRST_LOOK_SECONDS = 0.02
_MOST_SECONDS = 0.25


class TagsSerializer(serializers.Serializer[Any]):
    """`tags`: ComicInfo's element names with their texts, null to clear one."""

    tags = serializers.DictField(child=serializers.CharField(allow_null=True, allow_blank=True))

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # Not as the fields would: they take numbers for texts, and cut white space off.
        data = data if isinstance(data, dict) else {}
        tags = data.get("tags")
        wrong = {key: [_("This cannot be set.")] for key in set(data) - {"tags"}}
        if not isinstance(tags, dict) or not tags:
            wrong["tags"] = [_("Give an object of fields with their texts, null to clear one.")]
        elif texts := _wrong_tags(tags):
            wrong["tags"] = texts
        if wrong:
            raise serializers.ValidationError(wrong)
        return {"tags": tags}


def _wrong_tags(tags: dict[str, Any]) -> list[str]:
    told = ((name, wrong_tag(name, text)) for name, text in tags.items())
    return [f"{name[:100]}: {problem}" for name, problem in told if problem]


def edit_tags(comic: Comic, tags: dict[str, str | None], *, user: lifecycle.Somebody) -> Job:
    """The job, at its end unless it takes longer than 10 s. Raises NotAllowed."""
    if not comic.present:
        raise lifecycle.NotAllowed(_("The comic's file is missing."))
    return awaited(
        lifecycle.submit("edit_tags", {"comics": [comic.pk]}, options={"tags": tags}, user=user)
    )


def awaited(job: Job) -> Job:
    """The job, at its end unless it takes longer than 10 s."""
    deadline, pause_seconds = time.monotonic() + WAIT_SECONDS, _FIRST_LOOK_SECONDS
    while not job.is_finished and time.monotonic() < deadline:
        time.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, _MOST_SECONDS)
        job.refresh_from_db()
    return job


def why_not(job: Job) -> str:
    """Of an ended job of one item: why it did not do what was asked for; "" where it did."""
    item = job.items.exclude(outcome="").first()
    if item is None:
        return job.error or _("The job was cancelled.")
    return "" if item.outcome in (Outcome.CHANGED, Outcome.UNCHANGED) else item.message

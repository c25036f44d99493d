"""`Idempotency-Key`: a request that is repeated, because its answer was lost, makes no second job.

A key belongs to its user and holds for a day. It is reserved before the job is made, so of two
requests at the same time one is told to wait.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jobs.lifecycle import NotAllowed, Somebody
from jobs.models import Job, JobRequest
from jobs.operations import Check

LIFE = timedelta(days=1)
UNFINISHED_LIFE = timedelta(minutes=5)
"""Older ones without a job are of a server that died meanwhile."""
MAX_LENGTH = 200


def once(key: str, body: Any, submit: Callable[[], Job], *, user: Somebody) -> tuple[Job, bool]:
    """The job of this key, and whether it was made now. Raises ValidationError, NotAllowed."""
    if not (0 < len(key) <= MAX_LENGTH and key.isascii() and key.isprintable()):
        raise ValidationError(_("Idempotency-Key takes 1 to 200 visible ASCII characters."))
    if not isinstance(user, User):
        return submit(), True
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    mine = JobRequest.objects.filter(user=user, key=key)
    mine.outdated(life=LIFE, unfinished_life=UNFINISHED_LIFE).delete()
    if known := mine.select_related("job__created_by").first():
        return _made_before(known, digest), False
    try:
        with transaction.atomic():
            reserved = mine.create(user=user, key=key, digest=digest)
    except IntegrityError:
        raise NotAllowed(_still()) from None
    try:
        job = submit()
    except BaseException:
        reserved.delete()
        raise
    JobRequest.objects.filter(pk=reserved.pk).update(job=job)
    return job, True


def _made_before(known: JobRequest, digest: str) -> Job:
    if known.digest != digest:
        raise NotAllowed(_("This Idempotency-Key was used for another request."))
    if known.job is None:
        raise NotAllowed(_still())
    return known.job


def _still() -> str:
    return _("The first request with this Idempotency-Key is still being worked on.")


def forget_old(check: Check) -> None:
    JobRequest.objects.all().outdated(life=LIFE, unfinished_life=UNFINISHED_LIFE).delete()

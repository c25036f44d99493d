"""Set-ups in which jobs are lost, stand still or are seen late. docs/settings.md lists the ids."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from jobs import operations
from jobs.models import WorkerNode
from jobs.mounts import MOUNTS, file_system, is_remote

SET_UP = "set_up"
"""The tag of what is checked here."""
AT_START = [SET_UP, Tags.caches, Tags.files, Tags.models, Tags.security]
"""Of `check`, what a worker looks at. The rest cannot be wrong by a set-up alone, and imports all
pages, which takes as long and as much memory as all else of a start."""


@register(SET_UP)
def check_data_folder(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Files too: one start as root leaves some that nobody else may write."""
    folder = Path(settings.DATA_DIR)
    files = [folder, *folder.glob("*.sqlite3*"), *folder.glob("*.lock")]
    if locked := [str(file) for file in files if not os.access(file, os.W_OK)]:
        hint = f"Make them the property of the user that runs this (number {os.getuid()})."
        return [Error(f"Cannot be written: {', '.join(locked)}.", hint=hint, id="jobs.E001")]
    return []


@register(SET_UP)
def check_file_system(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    uses_sqlite = connection.vendor == "sqlite" or not settings.REDIS_URL
    kind = file_system(Path(settings.DATA_DIR), MOUNTS) if uses_sqlite else ""
    if is_remote(kind):
        text = f"DATA_DIR is on a file system of the kind {kind}, where SQLite's locks may fail."
        hint = "Use a folder on a local disk, or PostgreSQL and Redis (DATABASE_URL, REDIS_URL)."
        return [Warning(text, hint=hint, id="jobs.W001")]
    return []


@register(SET_UP)
def check_item_timeouts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    known = {operation.name for operation in operations.registered()}
    if unknown := sorted(set(settings.ITEM_TIMEOUTS) - known):
        text = f"ITEM_TIMEOUTS names “{unknown[0]}”, which is no operation."
        return [Error(text, hint=f"There are: {', '.join(sorted(known))}.", id="jobs.E004")]
    return []


@register(Tags.database)
def check_redis(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases or connection.vendor == "sqlite" or settings.REDIS_URL:
        return []
    others = WorkerNode.objects.exclude(host=socket.gethostname())
    try:
        hosts = sorted(set(others.values_list("host", flat=True)))
    except DatabaseError:
        return []  # not migrated yet
    text = "A worker on “%s” has this database too: its jobs begin late and are seen in steps."
    hint = "Set REDIS_URL on every machine."
    return [Warning(text % host, hint=hint, id="jobs.W002") for host in hosts]

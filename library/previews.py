"""What tells whether a preview still holds."""

import hashlib
import json
from collections.abc import Sequence

from jobs.operations import FieldChange
from library.files import FileIdentity


def preview_digest(
    outcome: str, key: str, identity: FileIdentity | None, changes: Sequence[FieldChange]
) -> str:
    """Of all that a preview shows of an item, and of the file that it read.

    Without the device: it gets another number when it is mounted again.
    """
    file = identity and (identity.inode, identity.size, identity.mtime_ns)
    shown = json.dumps([outcome, key, file, list(changes)], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()

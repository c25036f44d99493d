"""What the disk under a library can do."""

from pathlib import Path

from library.exceptions import FileProblem
from library.files import opened_beneath
from library.renaming import can_exchange
from library.trash import HIDDEN_FOLDER

_exchanges: dict[int, bool] = {}
"""By device."""


def exchanges_names(root: Path) -> bool | None:
    """Whether two files can swap names in one step; None where that cannot be tried now.

    It is tried once for each device, in our own folder. Nothing is made in an empty library:
    that may be the place of a disk that is away.
    """
    try:
        device = root.stat().st_dev
        if device not in _exchanges:
            with opened_beneath(root, HIDDEN_FOLDER, make=any(root.iterdir())) as folder:
                _exchanges[device] = can_exchange(folder)
        return _exchanges[device]
    except (OSError, FileProblem):
        return None

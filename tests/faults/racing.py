"""Two processes at the same comics at the same moment: one gets each, and nothing is lost.

`python -m tests.faults.racing FOLDER ROUNDS` works in the new folder, with a journal of its own
on the disk, and prints what it found as JSON.
"""

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    root = Path(sys.argv[1])
    os.environ["DATA_DIR"] = str(root / "data")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.faults.races import race_all

    print(json.dumps(race_all(root, int(sys.argv[2]))))  # noqa: T201

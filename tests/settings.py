"""The product's settings on a data folder of the tests' own, with operations for tests."""

import os
import tempfile
from pathlib import Path

# Servers and workers that tests start as processes inherit it.
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="comicmaintainer-test-"))

from comicmaintainer.settings import *  # noqa: E402, F403
from comicmaintainer.settings import DATA_DIR, DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs"]
DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ASGI_APPLICATION = "tests.counting.application"

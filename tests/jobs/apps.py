import os
from importlib import import_module

from django.apps import AppConfig


class TestOperationsConfig(AppConfig):
    name = "tests.jobs"
    label = "test_operations"

    def ready(self) -> None:
        import_module("tests.jobs.operations")
        if seconds := os.environ.get("TEST_DEAD_AFTER_SECONDS"):
            # Tests that kill would wait most of their time.
            import_module("jobs.recovery").DEAD_AFTER_SECONDS = int(seconds)

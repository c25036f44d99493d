from importlib import import_module

from django.apps import AppConfig


class TestOperationsConfig(AppConfig):
    name = "tests.jobs"
    label = "test_operations"

    def ready(self) -> None:
        import_module("tests.jobs.operations")

from importlib import import_module

from django.apps import AppConfig


class BenchmarkConfig(AppConfig):
    name = "benchmarks.server"
    label = "benchmarks"

    def ready(self) -> None:
        import_module("benchmarks.server.operations")

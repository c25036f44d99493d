"""Whether the database is of this version: nobody may work on one of another."""

from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from jobs.command_line import CommandError, refusals


def is_migrated() -> bool:
    """Raises DatabaseError where it does not answer."""
    return _on_disk() <= set(MigrationRecorder(connection).applied_migrations())


def check_migrated() -> None:
    """Raises CommandError."""
    with refusals():
        if not is_migrated():
            raise CommandError("The database is not of this version. Run: manage.py migrate")


def _on_disk() -> set[tuple[str, str]]:
    """By their names alone: Django's loader imports each, which takes a tenth of a second."""
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in iter_modules([str(Path(app.path) / "migrations")])
        if not module.name.startswith("_")
    }

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from jobs import migrated

pytestmark = pytest.mark.django_db


def test_the_migrations_are_the_ones_that_django_finds() -> None:
    assert migrated._on_disk() == set(MigrationLoader(connection).disk_migrations)
    assert migrated.is_migrated()


@pytest.mark.parametrize("command", ["serve", "jobworker"])
def test_nobody_begins_on_a_database_of_another_version(command: str) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="jobs").last()
    assert last
    last.delete()
    with pytest.raises(CommandError, match=r"Run: manage.py migrate") as refused:
        call_command(command)
    assert refused.value.returncode == 2


def test_a_database_that_has_no_table_yet_is_one_of_another_version() -> None:
    MigrationRecorder.Migration.objects.all().delete()
    assert not migrated.is_migrated()

from typing import Any

from django.db import migrations

from library.models import columns_of
from library.rows import update_each
from library.searching import words_of

CHUNK = 500


def fill(apps: Any, schema_editor: Any) -> None:
    """The new columns of the comics that are known already, and their words."""
    comics = apps.get_model("library", "Comic").objects
    words = apps.get_model("library", "ComicWords").objects
    keys = list(comics.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = list(comics.filter(pk__in=keys[start : start + CHUNK]).only("path", "tags"))
        for comic in chunk:
            for name, value in columns_of(comic.tags).items():
                setattr(comic, name, value)
        update_each(
            [comic for comic in chunk if comic.is_tagged], ["publisher", "year", "is_tagged"]
        )
        words.bulk_create(
            words.model(comic_id=comic.pk, words=words_of(comic.path, comic.tags))
            for comic in chunk
        )


class Migration(migrations.Migration):
    dependencies = [("library", "0005_listing")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

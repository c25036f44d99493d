from django.db import migrations, models
from django.db.models import F


def stay_in_their_folders(apps, schema_editor):
    apps.get_model("library", "Change").objects.update(new_folder=F("folder"))


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0002_verified"),
    ]

    operations = [
        migrations.AddField(
            model_name="change",
            name="new_folder",
            field=models.CharField(blank=True, max_length=4096, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="change",
            name="makes",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="change",
            name="crosses",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(stay_in_their_folders, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="change", name="change_name_reserved"),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["planned", "ready"]), models.Q(("new_name", ""), _negated=True)
                ),
                fields=("library", "new_folder", "new_name"),
                name="change_name_reserved",
            ),
        ),
    ]

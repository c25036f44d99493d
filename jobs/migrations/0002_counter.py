from django.db import migrations


def make_counter(apps, schema_editor):
    apps.get_model("jobs", "Revision").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [migrations.RunPython(make_counter, migrations.RunPython.noop)]

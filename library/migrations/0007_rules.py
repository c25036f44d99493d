from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0006_listing_values"),
    ]

    operations = [
        migrations.AddField(
            model_name="library",
            name=name,
            field=models.BooleanField(default=True),
        )
        for name in ("fill_from_names", "fill_titles", "use_folders", "rename_files")
    ]

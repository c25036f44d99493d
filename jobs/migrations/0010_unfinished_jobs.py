from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0009_job_attention"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="job", name="job_unfinished"),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(
                    ("status", "queued"),
                    ("status", "processing"),
                    ("status", "paused"),
                    _connector="OR",
                ),
                fields=["status"],
                name="job_unfinished",
            ),
        ),
    ]

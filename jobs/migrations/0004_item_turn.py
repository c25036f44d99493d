from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_duty")]

    operations = [
        migrations.AddField(
            model_name="jobitem",
            name="turn",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="jobitem",
            name="note",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RemoveIndex(model_name="jobitem", name="item_pending"),
        migrations.AddIndex(
            model_name="jobitem",
            index=models.Index(
                condition=Q(("outcome", ""), ("owner", "")),
                fields=["job", "turn", "position"],
                name="item_pending",
            ),
        ),
        migrations.AddIndex(
            model_name="jobitem",
            index=models.Index(
                condition=Q(("attempts__gt", 0), ("outcome", ""), ("owner", "")),
                fields=["job", "turn"],
                name="item_begun",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    """A migration of its own: PostgreSQL alters no table whose rows the same transaction has changed."""

    dependencies = [("submissions", "0002_order_of_the_queue")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="rank_at",
            field=models.DateTimeField(
                help_text="Its place in its course's queue, the earliest first; order.py says how."
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["state", "rank_at", "not_before"], name="runs_waiting"),
        ),
    ]

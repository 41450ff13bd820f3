from django.db import migrations, models
from django.db.models import F


def rank_by_arrival(apps, schema_editor):
    """Runs of before stand where they stood: in the order in which they were queued."""
    apps.get_model("submissions", "Run").objects.update(rank_at=F("queued_at"))


class Migration(migrations.Migration):
    dependencies = [("courses", "0010_queue_weight"), ("submissions", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="run", name="a_run_has_a_known_state"),
        migrations.RemoveIndex(model_name="run", name="runs_waiting"),
        migrations.AddField(
            model_name="run",
            name="expected_start_at",
            field=models.DateTimeField(
                blank=True,
                help_text="What its student was told when it was queued; to measure how wrong that is.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="handed_back",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="How many workers gave it back for reasons of their own, such as no sandbox; no try.",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="is_bulk",
            field=models.BooleanField(
                default=False, help_text="One of many regrades: it waits behind what students push."
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="rank_at",
            field=models.DateTimeField(
                null=True, help_text="Its place in its course's queue, the earliest first; order.py says how."
            ),
        ),
        migrations.RunPython(rank_by_arrival, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="run",
            name="not_before",
            field=models.DateTimeField(
                help_text="Not sent out earlier: the pause after a fault, or a student's limit."
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("dispatched", "dispatched"),
                    ("running", "running"),
                    ("graded", "graded"),
                    ("superseded", "superseded"),
                    ("cancelled", "cancelled"),
                    ("needs_attention", "needs attention"),
                ],
                default="queued",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "queued",
                            "dispatched",
                            "running",
                            "graded",
                            "superseded",
                            "cancelled",
                            "needs_attention",
                        ],
                    )
                ),
                name="a_run_has_a_known_state",
            ),
        ),
    ]

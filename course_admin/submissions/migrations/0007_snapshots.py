import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0004_release_limit_and_hidden_checks"),
        ("submissions", "0006_partners"),
    ]

    operations = [
        migrations.AddField(
            model_name="repository",
            name="asked_at",
            field=models.DateTimeField(
                blank=True, help_text="When its host was last asked what it holds, whatever came of it.", null=True
            ),
        ),
        migrations.AddField(
            model_name="repository",
            name="answered_at",
            field=models.DateTimeField(
                blank=True, help_text="The last of these times when there was an answer.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["asked_at"], name="repositories_by_question"),
        ),
        migrations.AddConstraint(
            model_name="repository",
            constraint=models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(asked_at__isnull=False, answered_at__lte=F("asked_at")),
                name="a_host_answers_when_it_is_asked",
            ),
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(help_text="The student's own due time, extra days included.")),
                (
                    "commit_id",
                    models.CharField(blank=True, help_text="Empty: the branch was not there.", max_length=64),
                ),
                ("taken_at", models.DateTimeField(help_text="When the host was asked.")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="assignments.assignment",
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="submissions.repository",
                    ),
                ),
            ],
            options={
                "ordering": ["-taken_at", "-id"],
                "indexes": [models.Index(fields=["-taken_at", "-id"], name="snapshots_newest_first")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repository", "assignment", "due_at"), name="one_snapshot_per_repository_and_due_time"
                    ),
                    models.CheckConstraint(
                        condition=Q(taken_at__gte=F("due_at")), name="a_snapshot_is_taken_once_its_due_time_has_passed"
                    ),
                ],
            },
        ),
    ]

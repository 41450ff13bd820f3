import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0008_found_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=255)),
                ("commit_id", models.CharField(max_length=64)),
                ("seen_at", models.DateTimeField(help_text="When the host was asked that told of it first.")),
                ("received_at", models.DateTimeField(help_text="From when it counts, should no announcement come.")),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sightings",
                        to="submissions.repository",
                    ),
                ),
            ],
            options={
                "ordering": ["seen_at", "id"],
                "indexes": [models.Index(fields=["seen_at"], name="sightings_oldest_first")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repository", "ref", "commit_id"), name="one_sighting_per_commit_of_a_branch"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seen_at__gte", models.F("received_at"))),
                        name="a_commit_is_seen_after_it_came",
                    ),
                ],
            },
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0013_group_hand_ins"),
        ("submissions", "0009_sightings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ParkedPush",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("delivery_id", models.CharField(max_length=64)),
                ("full_name", models.CharField(help_text="Owner and name of the repository.", max_length=200)),
                (
                    "login",
                    models.CharField(help_text="What stands in the name where the pattern has {login}.", max_length=39),
                ),
                ("announcement", models.JSONField()),
                ("received_at", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parked_pushes", to="courses.course"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "parked pushes",
                "ordering": ["received_at", "id"],
                "indexes": [models.Index(fields=["course", "login"], name="parked_pushes_by_login")],
                "constraints": [models.UniqueConstraint(fields=("delivery_id",), name="one_parked_push_per_delivery")],
            },
        ),
    ]

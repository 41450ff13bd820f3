import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("submissions", "0005_graded_last"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "test_id",
                    models.CharField(blank=True, help_text="Empty: about the attempt as a whole.", max_length=500),
                ),
                ("check_name", models.CharField(blank=True, max_length=500)),
                ("text", models.TextField(max_length=4000)),
                ("written_at", models.DateTimeField()),
                (
                    "released_at",
                    models.DateTimeField(blank=True, help_text="From then on its student reads it.", null=True),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="submissions.attempt"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["written_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="a_comment_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("check_name", ""), ("test_id", "")),
                            models.Q(
                                models.Q(("test_id", ""), _negated=True), models.Q(("check_name", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="a_comment_on_a_check_names_it",
                    ),
                ],
            },
        ),
    ]

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0003_checks_of_suites"),
        ("courses", "0011_audit_of_suites"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="attempt_limit",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Attempts of a student that are graded by themselves; later ones are kept. Empty: all.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="hidden_checks",
            field=models.CharField(
                choices=[
                    ("never", "never shown"),
                    ("due", "shown after the student's due time"),
                    ("close", "shown after the student's hard close"),
                ],
                default="never",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="releases_at",
            field=models.DateTimeField(
                blank=True,
                help_text="What is pushed earlier is kept, and graded from then on. Empty: at once.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("releases_at__isnull", True),
                    ("due_at__isnull", True),
                    ("releases_at__lte", models.F("due_at")),
                    _connector="OR",
                ),
                name="an_assignment_is_released_no_later_than_its_due_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempt_limit__isnull", True), ("attempt_limit__gte", 1), _connector="OR"),
                name="an_attempt_limit_leaves_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("hidden_checks__in", ["never", "due", "close"])),
                name="an_assignment_hides_checks_in_a_known_way",
            ),
        ),
    ]

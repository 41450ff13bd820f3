from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0011_audit_of_suites"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="auditevent",
            name="an_audit_event_has_a_known_kind",
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grade", "grade"),
                    ("deadline", "deadline"),
                    ("role", "role"),
                    ("suite", "suite"),
                    ("comment", "comment"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["grade", "deadline", "role", "suite", "comment"])),
                name="an_audit_event_has_a_known_kind",
            ),
        ),
    ]

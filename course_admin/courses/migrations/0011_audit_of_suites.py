import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0010_queue_weight"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="auditevent",
            name="an_audit_event_has_a_known_kind",
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="course",
            field=models.ForeignKey(
                help_text="Empty: of no course, as suites are.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="audit_events",
                to="courses.course",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="kind",
            field=models.CharField(
                choices=[("grade", "grade"), ("deadline", "deadline"), ("role", "role"), ("suite", "suite")],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["grade", "deadline", "role", "suite"])),
                name="an_audit_event_has_a_known_kind",
            ),
        ),
    ]

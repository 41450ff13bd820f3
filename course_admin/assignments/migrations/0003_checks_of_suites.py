import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def trust_what_is_in_use(apps, schema_editor):
    """A suite that an open assignment uses has graded students; to take it away now would help nobody."""
    used = apps.get_model("assignments", "SuiteVersion").objects.filter(assignments__is_draft=False)
    versions = apps.get_model("assignments", "SuiteVersion").objects.filter(pk__in=used.values("pk"))
    versions.update(check_state="trusted", trusted_reason="in use before suites were checked here")


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0002_late_policies_extensions_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="suiteversion",
            name="check_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="check_fault",
            field=models.TextField(blank=True, help_text="What kept us from checking it."),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="check_report",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="check_sha256",
            field=models.CharField(
                blank=True,
                help_text="The archive that a check needs: the suite, its mutants, its reference.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="check_state",
            field=models.CharField(
                choices=[
                    ("unchecked", "not checked"),
                    ("checking", "being checked"),
                    ("passed", "passed"),
                    ("failed", "failed"),
                    ("trusted", "trusted"),
                ],
                default="unchecked",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="check_token",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="trusted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="suiteversion",
            name="trusted_reason",
            field=models.TextField(blank=True),
        ),
        migrations.RunPython(trust_what_is_in_use, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="suiteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("check_state__in", ["unchecked", "checking", "passed", "failed", "trusted"])),
                name="a_suite_version_has_a_known_check_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="suiteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("check_state", "checking"), ("check_token", ""), _connector="XOR"),
                name="a_check_has_a_token_only_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="suiteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("check_state__in", ("passed", "failed")), _negated=True),
                    ("check_report__isnull", False),
                    _connector="OR",
                ),
                name="a_checked_suite_has_a_report",
            ),
        ),
        migrations.AddConstraint(
            model_name="suiteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("check_state", "trusted"), _negated=True),
                    models.Q(("trusted_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_trusted_suite_says_why",
            ),
        ),
    ]

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0003_checks_of_suites"),
        ("courses", "0011_audit_of_suites"),
        ("submissions", "0003_rank_is_required"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["-received_at", "-id"], name="attempts_newest_first"),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(fields=["-received_at", "-id"], name="pushes_newest_first"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(fields=["full_name"], name="repositories_by_name"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["-queued_at", "-id"], name="runs_newest_first"),
        ),
    ]

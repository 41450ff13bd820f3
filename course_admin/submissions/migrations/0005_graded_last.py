from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0004_release_limit_and_hidden_checks"),
        ("submissions", "0004_newest_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", "graded")), fields=["-finished_at"], name="runs_graded_last"
            ),
        ),
    ]

"""Which of several pushes of one second came first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the place of a push."""

    dependencies = [("submissions", "0007_repositories_that_are_nobodys")]

    operations = [
        migrations.AddField(
            model_name="push",
            name="place",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Among the pushes of one second of its host: how many came before it."
            ),
        ),
    ]

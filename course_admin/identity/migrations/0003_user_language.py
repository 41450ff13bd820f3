"""An account's own language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_lti_identities")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of pages and mails; empty: what the browser asks for.",
                max_length=16,
            ),
        ),
    ]

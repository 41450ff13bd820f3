from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="link",
            name="compared_at",
            field=models.DateTimeField(
                blank=True, help_text="When all of its grades were last compared with what it shows.", null=True
            ),
        ),
    ]

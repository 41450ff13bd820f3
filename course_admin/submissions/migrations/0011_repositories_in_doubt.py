from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0010_parked_pushes")]

    operations = [
        migrations.AddField(
            model_name="repository",
            name="is_in_doubt",
            field=models.BooleanField(
                default=False,
                help_text="Only its host can say whether what was announced is the newest: it is asked next.",
            ),
        ),
    ]

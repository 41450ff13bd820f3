from typing import Any

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Greatest


def note_when_found(apps: Any, schema_editor: Any) -> None:
    """Of what was found before, the time is when its first try was due."""
    found = apps.get_model("submissions", "Push").objects.filter(delivery_id__startswith="poll-")
    found.update(found_at=Greatest(F("received_at"), F("next_try_at")))


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_snapshots")]

    operations = [
        migrations.AddField(
            model_name="push",
            name="found_at",
            field=models.DateTimeField(
                blank=True, help_text="When its host was asked, if that is how it was found; it came before.", null=True
            ),
        ),
        migrations.RunPython(note_when_found, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="push",
            constraint=models.CheckConstraint(
                condition=Q(found_at__isnull=True) | Q(found_at__gte=F("received_at")),
                name="a_push_is_found_after_it_came",
            ),
        ),
    ]

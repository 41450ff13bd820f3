"""Sign: the last that was heard of a queue's worker, of beat, or of a regular task, on one machine."""

from datetime import datetime, timedelta

from django.db import models

SILENT_SECONDS = 120  # without a sign for so long, nobody is there; four signs are missing by then
FORGOTTEN_DAYS = 7  # a machine that was not heard of for so long is not coming back


class SignQuerySet(models.QuerySet["Sign"]):
    """Questions about signs."""

    def alive(self, at: datetime) -> "SignQuerySet":
        """Those heard of lately; one by a clock that was ahead counts as well."""
        return self.filter(seen_at__gte=at - timedelta(seconds=SILENT_SECONDS))


class Sign(models.Model):
    """When somebody who serves a queue was heard of, by the database's clock."""

    queue = models.CharField(max_length=100, help_text="A queue, beat, or the name of a regular task.")
    machine = models.CharField(max_length=200)
    seen_at = models.DateTimeField()
    clock_offset_seconds = models.FloatField(default=0, help_text="How far its clock is ahead; below 0: behind.")

    objects = SignQuerySet.as_manager()

    class Meta:
        ordering = ["queue", "machine"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "machine"], name="one_sign_per_queue_and_machine"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} on {self.machine}"

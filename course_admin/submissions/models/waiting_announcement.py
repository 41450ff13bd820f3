"""WaitingAnnouncement: what a host announced in a rush, proven and checked, and not yet looked at."""

from django.db import models


class WaitingAnnouncement(models.Model):
    """One announcement that was answered as soon as it was stored; it becomes a push as if it were received at its moment."""

    delivery_id = models.CharField(max_length=80, help_text="The host's number of the announcement.")
    announcement = models.TextField(help_text="As JSON: text, so that storing it costs no more than that.")
    received_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery_id"], name="one_waiting_announcement_per_delivery"),
        ]

    def __str__(self) -> str:
        return self.delivery_id

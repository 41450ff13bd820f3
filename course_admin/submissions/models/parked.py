"""ParkedPush: an announcement whose repository fits an assignment, of a login that is on no roster yet."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef

from course_admin.courses.models import Course, Student

KEPT_FOR = timedelta(days=30)


class ParkedPushQuerySet(models.QuerySet["ParkedPush"]):
    """Questions about parked pushes."""

    def of_known_students(self) -> "ParkedPushQuerySet":
        """Those whose login is on the roster of their course by now, oldest first."""
        student = Student.objects.active().filter(course=OuterRef("course"), github_login__iexact=OuterRef("login"))
        return self.filter(Exists(student)).order_by("received_at", "pk")

    def outdated(self, at: datetime) -> "ParkedPushQuerySet":
        """Those that nobody claimed for so long that nobody will."""
        return self.filter(received_at__lt=at - KEPT_FOR)


class ParkedPush(models.Model):
    """One announcement, checked already; it becomes a push that counts from when it arrived."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="parked_pushes")
    delivery_id = models.CharField(max_length=64)
    full_name = models.CharField(max_length=200, help_text="Owner and name of the repository.")
    login = models.CharField(max_length=39, help_text="What stands in the name where the pattern has {login}.")
    announcement = models.JSONField()
    received_at = models.DateTimeField()

    objects = ParkedPushQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "id"]
        verbose_name_plural = "parked pushes"
        constraints = [models.UniqueConstraint(fields=["delivery_id"], name="one_parked_push_per_delivery")]
        indexes = [models.Index(fields=["course", "login"], name="parked_pushes_by_login")]

    def __str__(self) -> str:
        return self.full_name

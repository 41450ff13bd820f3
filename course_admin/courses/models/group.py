"""Group and GroupMembership: who works together in a course."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models.course import Course
from course_admin.courses.models.roster import Enrollment
from course_admin.tracked import Tracked


class Group(Tracked):
    """Some students of a course who hand in together, or are given time together.

    Its extensions hold for those who are in it now: who leaves loses them, and who joins has them, for attempts of before too.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=100)
    hands_in_together = models.BooleanField(
        default=True, help_text=_("What one of them pushes counts for all, in assignments for groups.")
    )
    students = models.ManyToManyField(Enrollment, through="GroupMembership", related_name="groups")

    class Meta:
        ordering = ["course", "name"]
        constraints = [models.UniqueConstraint("course", Lower("name"), name="one_group_of_a_name_per_course")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse to hand in together while somebody who is in it does so with another group."""
        if not (self.pk and self.hands_in_together):
            return
        elsewhere = GroupMembership.objects.filter(student__groups=self, group__hands_in_together=True)
        if taken := elsewhere.exclude(group=self).select_related("group", "student").first():
            raise ValidationError(
                {
                    "hands_in_together": gettext(
                        "{student} hands in with {group} already: take them out of one of the two first."
                    ).format(student=taken.student, group=taken.group)
                }
            )


class GroupMembership(Tracked):
    """One student in one group."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    student = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        ordering = ["group", "student"]
        constraints = [models.UniqueConstraint(fields=["group", "student"], name="a_student_is_in_a_group_once")]

    def __str__(self) -> str:
        return f"{self.student} in {self.group}"

    def clean(self) -> None:
        """Refuse a student of another course, and a second group to hand in with."""
        if not (self.group_id and self.student_id):
            return
        if self.group.course_id != self.student.course_id:
            raise ValidationError(
                {
                    "student": gettext("{student} is not on the roster of {course}.").format(
                        student=self.student, course=self.group.course
                    )
                }
            )
        others = Group.objects.filter(students=self.student, hands_in_together=True).exclude(pk=self.group_id)
        if self.group.hands_in_together and (other := others.first()):
            raise ValidationError(
                {
                    "student": gettext("{student} hands in with {other} already: take them out there first.").format(
                        student=self.student, other=other
                    )
                }
            )

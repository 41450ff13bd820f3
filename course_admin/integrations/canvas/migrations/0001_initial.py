import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


def number(where: str) -> models.BigIntegerField:
    """Return the field of one of Canvas's numbers."""
    positive = [django.core.validators.MinValueValidator(1)]
    return models.BigIntegerField(help_text=where, validators=positive, verbose_name="Canvas's number")


def link(name: str) -> models.ForeignKey:
    """Return the field that leads to a Canvas course."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=name,
        to="canvas.canvascourse",
        verbose_name="course",
    )


def key() -> models.BigAutoField:
    """Return a table's own key."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("assignments", "0005_group_hand_ins"),
        ("courses", "0013_group_hand_ins"),
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CanvasCourse",
            fields=[
                (
                    "link_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="outbox.link",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        help_text="Such as https://canvas.example.edu; ASSAY_CANVAS_TOKENS must hold a token for this host.",
                        max_length=300,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?\\Z",
                                "Write https:// and the host, in lower case, without a path.",
                            )
                        ],
                    ),
                ),
                ("canvas_id", number("In the address of the course: /courses/NUMBER.")),
            ],
            options={
                "verbose_name": "Canvas course",
                "ordering": ["course"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(canvas_id__gte=1), name="a_canvas_course_has_a_positive_number"
                    )
                ],
            },
            bases=("outbox.link",),
        ),
        migrations.CreateModel(
            name="CanvasAssignment",
            fields=[
                ("id", key()),
                ("canvas_id", number("In its address: /assignments/NUMBER.")),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="in_canvas",
                        to="assignments.assignment",
                    ),
                ),
                ("link", link("assignments")),
            ],
            options={
                "verbose_name": "Canvas assignment",
                "ordering": ["link", "assignment"],
                "constraints": [
                    models.UniqueConstraint(fields=("link", "canvas_id"), name="one_assignment_per_canvas_assignment"),
                    models.CheckConstraint(
                        condition=models.Q(canvas_id__gte=1), name="a_canvas_assignment_has_a_positive_number"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CanvasStudent",
            fields=[
                ("id", key()),
                ("canvas_id", number("In the address of their page: /users/NUMBER.")),
                ("link", link("students")),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="in_canvas", to="courses.enrollment"
                    ),
                ),
            ],
            options={
                "verbose_name": "Canvas student",
                "ordering": ["link", "student"],
                "constraints": [
                    models.UniqueConstraint(fields=("link", "student"), name="one_canvas_student_per_student"),
                    models.UniqueConstraint(fields=("link", "canvas_id"), name="one_student_per_canvas_student"),
                    models.CheckConstraint(
                        condition=models.Q(canvas_id__gte=1), name="a_canvas_student_has_a_positive_number"
                    ),
                ],
            },
        ),
    ]

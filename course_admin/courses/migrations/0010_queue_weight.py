import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_email_may_be_missing")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="queue_weight",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text=(
                    "Its share of the grading workers beside other courses: with 2 it gets twice as many as with 1."
                ),
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(("queue_weight__gte", 1)), name="every_course_has_a_share_of_the_queue"
            ),
        ),
    ]

"""What people grade and by which rubric, and what they gave."""

from course_admin.manual_grading.models.grading import HandGrading, Purpose
from course_admin.manual_grading.models.part import COMMENT_CHARACTERS, ManualPart, Question, RubricItem, SavedComment

__all__ = ["COMMENT_CHARACTERS", "HandGrading", "ManualPart", "Purpose", "Question", "RubricItem", "SavedComment"]

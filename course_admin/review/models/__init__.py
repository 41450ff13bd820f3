"""What staff say: about an attempt, and about failures that look alike."""

from course_admin.review.models.cluster import ANSWER_CHARACTERS, TITLE_CHARACTERS, Cluster, Met
from course_admin.review.models.comment import TEXT_CHARACTERS, Comment
from course_admin.review.models.failure import Failure, Signature

__all__ = [
    "ANSWER_CHARACTERS",
    "TEXT_CHARACTERS",
    "TITLE_CHARACTERS",
    "Cluster",
    "Comment",
    "Failure",
    "Met",
    "Signature",
]

"""What staff say: about an attempt, and about failures that look alike."""

from course_admin.review.models.cluster import ANSWER_CHARACTERS, TITLE_CHARACTERS, Cluster, Met
from course_admin.review.models.comment import LINE_CHARACTERS, PATH_CHARACTERS, TEXT_CHARACTERS, Comment
from course_admin.review.models.failure import Failure, Signature
from course_admin.review.models.similarity import ADDED_CHARACTERS, AddedText, Comparison, TextKind

__all__ = [
    "ADDED_CHARACTERS",
    "ANSWER_CHARACTERS",
    "LINE_CHARACTERS",
    "PATH_CHARACTERS",
    "TEXT_CHARACTERS",
    "TITLE_CHARACTERS",
    "AddedText",
    "Cluster",
    "Comment",
    "Comparison",
    "Failure",
    "Met",
    "Signature",
    "TextKind",
]

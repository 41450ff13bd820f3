"""Sentences of ours that were stored with a submission: a note of an attempt, why a push is none."""

from course_admin.languages.stored_words import StoredSentences
from course_admin.submissions.intake import attempts, groups, ingest
from course_admin.submissions.intake.announcements import late
from course_admin.submissions.intake.ownership import repositories
from course_admin.submissions.uploads import hand_in

SENTENCES = (
    *groups.NOTES,
    *ingest.REASONS,
    *late.REASONS,
    *repositories.REASONS,
    attempts.NOT_EXPECTED,
    hand_in.MOVED,
)
reworded = StoredSentences(SENTENCES).reworded

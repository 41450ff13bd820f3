"""Every named constraint refuses, in the database itself, what it is there to refuse."""

import copy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import CheckConstraint, Subquery, UniqueConstraint

from course_admin.api.models import ApiToken
from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion, WizardDraft
from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    OtherEmail,
    Section,
)
from course_admin.discussion.models import RegradeRequest
from course_admin.gradebook.models import Choice, Override
from course_admin.identity.models import ProvenIdentity, User
from course_admin.integrations.canvas.models import (
    AssignmentReading,
    CanvasAssignment,
    CanvasCourse,
    CanvasStudent,
    CourseToken,
    DeveloperKey,
)
from course_admin.integrations.github.models import (
    CheckReport,
    RepositoryListing,
    RepositoryMember,
    RepositoryOrder,
    Rerequest,
    StarterPullRequest,
    StarterUpdate,
)
from course_admin.integrations.gradescope.models import PackedAutograder
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, MemberReading, Platform
from course_admin.integrations.outbox.models import Comparison, GradeDelivery, Link
from course_admin.invitations.models import Invitation, JoinRequest, SelfEnrolment
from course_admin.liveness.models import Sign
from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem, SavedComment
from course_admin.notifications.models import News, Preference
from course_admin.review.models import AddedText, Cluster, Comment, Failure, Met, Signature
from course_admin.submissions.models import (
    Attempt,
    AttemptMember,
    Check,
    ParkedPush,
    Push,
    RegradePreview,
    Repository,
    Run,
    Snapshot,
    UnannouncedTip,
    Upload,
    WaitingAnnouncement,
)
from tests.factories import COMMIT, NOW, graded, make_attempt, make_check, make_course, make_upload, make_user

DAY = timedelta(days=1)
BEFORE = NOW - DAY
Rows = dict[type[models.Model], models.Model]

#: A constraint, its table, and what a sound row must not be changed into.
IMPOSSIBLE: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("every_course_has_a_share_of_the_queue", Course, {"queue_weight": 0}),
    ("an_enrollment_has_a_known_role", Enrollment, {"role": "dean"}),
    ("an_enrollment_has_a_known_scope", Enrollment, {"scope": "some"}),
    ("an_account_has_an_address_or_none", User, {"email": ""}),
    ("an_identity_has_a_subject", ProvenIdentity, {"subject": ""}),
    ("an_identity_is_of_a_known_kind", ProvenIdentity, {"kind": "face"}),
    ("a_token_has_a_scope", ApiToken, {"may_read": False}),
    ("a_token_ends_after_it_was_made", ApiToken, {"expires_at": NOW}),
    ("an_accepted_invitation_says_by_whom", Invitation, {"accepted_at": NOW}),
    (
        "an_invitation_is_accepted_or_taken_back",
        Invitation,
        {"accepted_at": NOW, "revoked_at": NOW, "account": Subquery(User.objects.values("pk")[:1])},
    ),
    ("an_invitation_ends_after_it_was_made", Invitation, {"expires_at": BEFORE}),
    ("an_open_self_enrolment_has_a_code_or_a_domain", SelfEnrolment, {"is_open": True}),
    ("a_join_request_has_a_known_state", JoinRequest, {"state": "perhaps", "decided_at": NOW}),
    ("a_decided_join_request_says_when", JoinRequest, {"state": "accepted"}),
    ("an_accommodation_adds_days", Accommodation, {"extra_days": 0}),
    ("an_accommodation_has_a_reason", Accommodation, {"reason": ""}),
    ("an_audit_event_has_a_known_kind", AuditEvent, {"kind": "weather"}),
    ("an_assignment_has_no_negative_points", Assignment, {"points": -1}),
    ("an_open_assignment_has_a_suite_and_a_way_in", Assignment, {"suite": None}),
    ("an_open_assignment_has_a_suite_and_a_way_in", Assignment, {"repository_pattern": "", "takes_uploads": False}),
    ("an_open_assignment_has_a_suite_and_a_way_in", Assignment, {"is_draft": True}),
    ("only_a_draft_waits_to_open_by_itself", Assignment, {"opens_when_checked": True}),
    ("only_a_draft_waits_to_open_by_itself", Assignment, {"pattern_when_open": "m01-{login}"}),
    ("a_draft_is_of_a_known_wizard", WizardDraft, {"wizard": "spell"}),
    ("an_assignment_closes_no_earlier_than_its_due_time", Assignment, {"due_at": NOW, "closes_at": BEFORE}),
    ("an_assignment_is_released_no_later_than_its_due_time", Assignment, {"releases_at": NOW, "due_at": BEFORE}),
    ("an_attempt_limit_leaves_one", Assignment, {"attempt_limit": 0}),
    ("an_assignment_is_for_one_or_more", Assignment, {"group_size": 0}),
    ("an_assignment_hides_checks_in_a_known_way", Assignment, {"hidden_checks": "sometimes"}),
    ("lateness_costs_between_nothing_and_everything", Assignment, {"late_percent": -1}),
    ("lateness_costs_between_nothing_and_everything", Assignment, {"late_cap_percent": 101}),
    ("a_section_closes_no_earlier_than_its_due_time", SectionDueTime, {"closes_at": BEFORE}),
    ("an_extension_is_for_a_student_or_a_group", Extension, {"student": None}),
    ("an_extension_is_for_a_student_or_a_group", Extension, {"group": Subquery(Group.objects.values("pk")[:1])}),
    ("an_extension_adds_days_or_ends_at_a_time", Extension, {"days": 0}),
    ("an_extension_adds_days_or_ends_at_a_time", Extension, {"due_at": NOW}),
    ("an_extension_has_a_reason", Extension, {"reason": ""}),
    ("a_suite_version_has_a_known_check_state", SuiteVersion, {"check_state": "fine"}),
    ("a_check_has_a_token_only_under_way", SuiteVersion, {"check_token": "t"}),
    ("a_check_has_a_token_only_under_way", SuiteVersion, {"check_state": "checking"}),
    ("a_checked_suite_has_a_report", SuiteVersion, {"check_state": "passed"}),
    ("a_trusted_suite_says_why", SuiteVersion, {"trusted_reason": ""}),
    ("a_host_answers_when_it_is_asked", Repository, {"answered_at": NOW}),
    ("a_host_answers_when_it_is_asked", Repository, {"asked_at": BEFORE, "answered_at": NOW}),
    ("a_push_that_is_not_graded_says_why", Push, {"state": "ignored"}),
    ("a_push_is_found_after_it_came", Push, {"found_at": BEFORE}),
    ("only_an_ignored_push_waits_for_its_reason_to_go", Push, {"waits_for": "branch"}),
    ("a_parked_push_says_why", ParkedPush, {"why": ""}),
    ("a_commit_is_seen_after_it_came", UnannouncedTip, {"seen_at": BEFORE}),
    ("a_snapshot_is_taken_once_its_due_time_has_passed", Snapshot, {"taken_at": BEFORE}),
    ("an_upload_is_held_while_it_waits", Upload, {"held": None}),
    ("an_upload_is_held_while_it_waits", Upload, {"confirmed_at": NOW}),
    ("an_upload_is_confirmed_after_it_came", Upload, {"confirmed_at": BEFORE, "held": None}),
    ("an_attempt_came_in_by_one_way", Attempt, {"upload": Subquery(Upload.objects.values("pk")[:1])}),
    ("a_rerequest_has_an_answer", Rerequest, {"answer": ""}),
    ("a_starter_update_that_failed_says_why", StarterUpdate, {"is_failed": True}),
    ("attempts_are_numbered_from_one", Attempt, {"number": 0}),
    ("an_attempt_has_an_archive_or_a_refusal", Attempt, {"archive_sha256": ""}),
    ("an_attempt_has_an_archive_or_a_refusal", Attempt, {"refusal": "A link leads out of the tree."}),
    ("a_run_has_a_known_state", Run, {"state": "done", "score": None, "max_score": None}),
    ("a_run_has_a_known_reason", Run, {"reason": "whim"}),
    ("a_run_waits_for_something_known", Run, {"waits_for": "spring"}),
    ("a_run_holds_a_lease_only_while_under_way", Run, {"lease_token": "t"}),
    ("a_run_holds_a_lease_only_while_under_way", Run, {"state": "running", "score": None, "max_score": None}),
    ("a_run_has_a_score_only_when_graded", Run, {"state": "queued"}),
    ("a_run_has_a_score_only_when_graded", Run, {"score": None}),
    ("a_score_lies_between_zero_and_its_maximum", Run, {"score": 11, "max_score": 10}),
    ("a_score_lies_between_zero_and_its_maximum", Run, {"score": -1}),
    ("a_run_that_needs_attention_says_why", Run, {"state": "needs_attention", "score": None, "max_score": None}),
    ("a_trial_is_of_a_preview", Run, {"is_trial": True}),
    ("a_regrade_preview_has_a_known_state", RegradePreview, {"state": "perhaps"}),
    ("a_regrade_preview_says_who_ended_it", RegradePreview, {"state": "published"}),
    ("a_regrade_preview_says_who_ended_it", RegradePreview, {"ended_at": NOW}),
    ("a_run_has_done_no_more_than_is_planned", Run, {"checks_done": 1}),
    ("points_lie_between_zero_and_their_maximum", Check, {"points": 6}),
    ("points_lie_between_zero_and_their_maximum", Check, {"points": -1}),
    ("a_check_has_a_known_verdict", Check, {"verdict": "splendid"}),
    ("a_check_has_a_known_visibility", Check, {"visibility": "dim"}),
    ("an_override_is_never_negative", Override, {"points": -1}),
    ("an_override_has_a_reason", Override, {"reason": ""}),
    ("a_comment_says_something", Comment, {"text": ""}),
    ("a_comment_on_a_check_names_it", Comment, {"test_id": "t"}),
    ("a_comment_on_a_line_names_its_file", Comment, {"line": 3}),
    ("a_comment_on_a_line_names_its_file", Comment, {"path": "tensor.py"}),
    (
        "a_comment_on_a_line_names_its_file",
        Comment,
        {"path": "tensor.py", "line": 3, "test_id": "t", "check_name": "T"},
    ),
    ("a_request_has_a_reason", RegradeRequest, {"reason": ""}),
    ("a_request_about_a_check_names_it", RegradeRequest, {"test_id": "t"}),
    ("a_decided_request_says_by_whom_and_why", RegradeRequest, {"state": "declined"}),
    ("a_decided_request_says_by_whom_and_why", RegradeRequest, {"answer": "Because."}),
    ("news_are_of_a_known_kind", News, {"kind": "rumour"}),
    ("what_was_mailed_left_in_a_mail", News, {"mailed_at": NOW}),
    ("a_preference_says_something_known", Preference, {"kind": "rumour"}),
    ("a_preference_says_something_known", Preference, {"how": "hourly"}),
    ("an_added_text_has_a_known_kind", AddedText, {"kind": "rumour"}),
    ("an_added_text_says_something", AddedText, {"title": ""}),
    ("an_added_text_says_something", AddedText, {"text": ""}),
    ("a_failure_has_its_check", Failure, {"check_line": None}),
    ("a_failure_has_its_check", Failure, {"signature": None}),
    ("a_cluster_has_a_title", Cluster, {"title": ""}),
    ("an_answer_has_an_author_and_a_time", Cluster, {"answer": "Look at axis 0."}),
    ("an_answer_has_an_author_and_a_time", Cluster, {"answered_at": NOW}),
    ("a_manual_part_has_a_share", ManualPart, {"share_percent": 0}),
    ("a_manual_part_has_a_share", ManualPart, {"share_percent": 101}),
    ("a_question_has_points", Question, {"points": 0}),
    ("an_item_says_something", RubricItem, {"text": ""}),
    ("a_saved_comment_says_something", SavedComment, {"text": ""}),
    ("a_grading_has_a_known_purpose", HandGrading, {"purpose": "fun"}),
    ("a_finished_grading_has_marks_and_a_grader", HandGrading, {"finished_at": NOW}),
    ("a_finished_grading_has_marks_and_a_grader", HandGrading, {"marks": {}}),
    ("a_finished_grading_has_marks_and_a_grader", HandGrading, {"marks": {}, "finished_at": NOW, "grader": None}),
    ("a_calibration_has_a_grader", HandGrading, {"purpose": "calibration", "grader": None}),
    ("a_paused_link_says_why", Link, {"is_paused": True}),
    ("a_claim_of_a_link_ends", Link, {"claim": "w"}),
    ("a_claim_of_a_link_ends", Link, {"claimed_until": NOW}),
    ("a_delivery_has_a_known_state", GradeDelivery, {"state": "lost"}),
    ("a_delivery_has_no_negative_points", GradeDelivery, {"points": -1}),
    ("exactly_a_sent_delivery_has_a_job", GradeDelivery, {"state": "sent", "sent_points": 5}),
    ("exactly_a_sent_delivery_has_a_job", GradeDelivery, {"state": "sent", "job": "5"}),
    ("exactly_a_sent_delivery_has_a_job", GradeDelivery, {"job": "5"}),
    ("a_delivery_that_stopped_says_why", GradeDelivery, {"state": "failed"}),
    ("a_delivery_that_stopped_says_why", GradeDelivery, {"state": "parked"}),
    ("only_points_that_were_seen_are_overwritten", GradeDelivery, {"may_overwrite": True}),
    ("only_what_was_sent_was_shown", GradeDelivery, {"was_shown": True}),
    ("comparison_has_an_answer_or_says_why_not", Comparison, {"words": "away", "read_at": NOW}),
    ("a_canvas_course_has_a_positive_number", CanvasCourse, {"canvas_id": 0}),
    ("a_canvas_assignment_has_a_positive_number", CanvasAssignment, {"canvas_id": 0}),
    ("a_canvas_student_has_a_positive_number", CanvasStudent, {"canvas_id": 0}),
    ("a_canvas_token_is_kept", CourseToken, {"sealed": ""}),
    ("exactly_a_granted_canvas_token_ends", CourseToken, {"sealed_refresh": "x"}),
    ("exactly_a_granted_canvas_token_ends", CourseToken, {"expires_at": NOW}),
    ("a_developer_key_is_whole", DeveloperKey, {"client_id": ""}),
    ("a_developer_key_is_whole", DeveloperKey, {"sealed": ""}),
    ("assignmentreading_has_an_answer_or_says_why_not", AssignmentReading, {"words": "away", "read_at": NOW}),
    ("repositorylisting_has_an_answer_or_says_why_not", RepositoryListing, {"words": "away", "read_at": NOW}),
    ("packedautograder_has_an_answer_or_says_why_not", PackedAutograder, {"words": "away", "read_at": NOW}),
    ("memberreading_has_an_answer_or_says_why_not", MemberReading, {"words": "away", "read_at": NOW}),
    ("a_platform_has_a_deployment", Platform, {"deployment_ids": ""}),
]

#: What makes a copy of an enrolment another person's.
ANOTHER = {
    **{"email": "", "github_login": "", "github_id": None, "student_id": "", "account": None},
    **{"canvas_id": "", "lti_subject": "", "university_login": ""},
}


def _without(*kept: str) -> dict[str, Any]:
    return {name: value for name, value in ANOTHER.items() if name not in kept}


#: A constraint, its table, and in what a second row may differ from the first without being another one.
DOUBLED: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("a_repository_prefix_is_one_courses", Course, {"slug": "another", "repository_prefix": "O/"}),
    ("one_section_of_a_name_per_course", Section, {"name": "MONDAY"}),
    ("one_enrollment_per_email_and_course", Enrollment, {**ANOTHER, "email": "Mira-Okafor@EXAMPLE.edu"}),
    ("one_enrollment_per_student_id_and_course", Enrollment, _without("student_id")),
    ("one_enrollment_per_canvas_id_and_course", Enrollment, _without("canvas_id")),
    ("one_enrollment_per_lti_subject_and_course", Enrollment, _without("lti_subject")),
    ("one_enrollment_per_university_login_and_course", Enrollment, {**ANOTHER, "university_login": "MO4412"}),
    ("an_enrollment_has_an_other_email_once", OtherEmail, {"address": "Mira@Example.org"}),
    ("one_enrollment_per_github_login_and_course", Enrollment, {**ANOTHER, "github_login": "MIRA-okafor"}),
    ("one_enrollment_per_github_id_and_course", Enrollment, _without("github_id")),
    ("one_enrollment_per_account_and_course", Enrollment, _without("account")),
    ("an_identity_is_one_accounts", ProvenIdentity, {"label": "another"}),
    ("one_standing_invitation_per_enrollment", Invitation, {"public_id": "inv_other"}),
    ("one_join_request_per_course_and_account", JoinRequest, {"asked_at": BEFORE}),
    ("one_group_of_a_name_per_course", Group, {"name": "PAIR"}),
    ("a_student_is_in_a_group_once", GroupMembership, {}),
    ("one_accommodation_per_student", Accommodation, {"extra_days": 9}),
    ("one_assignment_of_a_slug_per_course", Assignment, {"title": "Another"}),
    ("one_draft_per_wizard_and_person", WizardDraft, {"answers": {"title": "Another"}}),
    ("one_due_time_per_assignment_and_section", SectionDueTime, {"due_at": BEFORE}),
    ("one_extension_per_student", Extension, {"days": 9}),
    ("one_extension_per_group", Extension, {"days": 9}),
    ("one_suite_version_per_digest", SuiteVersion, {"title": "Another"}),
    ("one_push_per_delivery", Push, {"commit_id": "0" * 40}),
    ("one_unannounced_tip_per_commit", UnannouncedTip, {"seen_at": NOW + DAY}),
    ("one_upload_waits_per_student_and_assignment", Upload, {"public_id": "upl_other"}),
    ("one_repository_per_number_and_forge", Repository, {"full_name": "o/other"}),
    ("one_parked_push_per_delivery", ParkedPush, {"full_name": "o/other"}),
    ("one_waiting_announcement_per_delivery", WaitingAnnouncement, {"tries": 1}),
    ("one_snapshot_per_repository_and_due_time", Snapshot, {"taken_at": NOW + DAY}),
    ("an_attempt_counts_once_for_a_student", AttemptMember, {"number": 9, "is_submitter": False}),
    ("one_attempt_per_push_and_assignment", Attempt, {"public_id": "att_other", "number": 9}),
    ("one_check_per_position_of_a_run", Check, {"name": "Another"}),
    ("a_run_has_a_signature_once", Failure, {}),
    ("a_student_meets_a_cluster_once", Met, {"since": BEFORE}),
    ("everybody_is_told_a_thing_once", News, {"place": "elsewhere"}),
    ("one_preference_per_person_and_kind", Preference, {"how": "daily"}),
    ("one_open_request_per_check_and_student", RegradeRequest, {"reason": "Again."}),
    ("one_question_of_a_number", Question, {"title": "Another"}),
    ("one_item_of_a_number", RubricItem, {"text": "Another"}),
    ("a_comment_is_saved_once", SavedComment, {}),
    ("an_attempt_is_graded_by_hand_once", HandGrading, {"dealt_at": BEFORE}),
    ("one_override_per_student_and_assignment", Override, {"points": 9}),
    ("one_choice_per_student_and_assignment", Choice, {"chosen_at": BEFORE}),
    ("one_delivery_per_link_student_and_assignment", GradeDelivery, {"points": 9}),
    ("one_canvas_student_per_student", CanvasStudent, {"canvas_id": 9}),
    ("one_open_regrade_preview_of_an_assignment", RegradePreview, {"reason": "another"}),
    ("one_check_report_of_an_attempt_without_a_run", CheckReport, {"round": 2}),
    ("one_repository_order_per_student", RepositoryOrder, {"github_id": 9}),
    ("one_membership_per_repository_and_student", RepositoryMember, {"github_id": 9}),
    ("one_starter_update_of_a_number", StarterUpdate, {"title": "another"}),
    ("one_pull_request_per_update_and_repository", StarterPullRequest, {"pull_number": 9}),
    ("one_platform_per_issuer_and_client", Platform, {"name": "another"}),
    ("one_sign_per_queue_and_machine", Sign, {"clock_offset_seconds": 1}),
]


def constraints() -> Iterator[models.BaseConstraint]:
    """Yield the constraints of all our tables."""
    for model in apps.get_models():
        if model.__module__.startswith("course_admin."):
            yield from model._meta.constraints


@pytest.fixture
def rows(world) -> Rows:
    """Return a sound row of every table that has a constraint."""
    course, assignment, student = world.course, world.assignment, world.student
    keys = {"canvas_id": "48812", "lti_subject": "s-1", "university_login": "mo4412"}
    Enrollment.objects.filter(pk=student.pk).update(student_id="U0044120", github_id=7, **keys)
    student.refresh_from_db()
    course.repository_prefix = "o/"
    course.save()
    staff = make_user("ines")
    section = Section.objects.create(course=course, name="Monday")
    group = Group.objects.create(course=course, name="pair")
    membership = GroupMembership.objects.create(group=group, student=student)
    granted = {"reason": "illness", "granted_by": staff, "granted_at": NOW}
    accommodation = Accommodation.objects.create(student=student, extra_days=1, starts_at=NOW, **granted)
    extension = Extension.objects.create(assignment=assignment, student=student, days=1, **granted)
    names = {"full_name": "o/r", "bound_name": "o/r", "bound_login": "mira-okafor", "default_branch": "main"}
    repository = Repository.objects.create(course=course, student=student, host_id=1, **names)
    pushed = {"ref": "refs/heads/main", "commit_id": COMMIT, "received_at": NOW, "next_try_at": NOW}
    order = RepositoryOrder.objects.create(
        assignment=assignment, student=student, github_id=7, asked_at=NOW, next_try_at=NOW
    )
    starter_update = StarterUpdate.objects.create(assignment=assignment, number=1, asked_at=NOW, next_try_at=NOW)
    push = Push.objects.create(delivery_id="d-1", repository=repository, **pushed)
    attempt = make_attempt(student, assignment, push=push)
    run = graded(attempt, make_check())
    overridden = {"reason": "regraded by hand", "set_by": staff, "set_at": NOW}
    link = CanvasCourse.objects.create(course=course, address="https://canvas.example.edu", canvas_id=4210)
    both = {"student": student, "assignment": assignment}
    platform = make_platform()
    there = {"platform": platform, "deployment_id": "1", "context_id": "77", "our_address": "https://a.example"}
    elsewhere = LtiCourse.objects.create(course=make_course("linked-by-lti"), **there)
    cluster = Cluster.objects.create(assignment=assignment, title="Signs")
    part = ManualPart.objects.create(assignment=assignment)
    question = Question.objects.create(part=part, number=1, title="Why?")
    signature = Signature.objects.create(digest="9" * 64, test="t", verdict="failed")
    found = [
        *(course, assignment, student, section, group, membership, accommodation, extension, repository, push),
        *(attempt, run, run.checks.get(), assignment.suite, link),
        OtherEmail.objects.create(enrollment=student, address="mira@example.org"),
        SectionDueTime.objects.create(assignment=assignment, section=section, due_at=NOW),
        WizardDraft.objects.create(course=course, author=staff, wizard="course", changed_at=NOW),
        AuditEvent.objects.create(course=course, kind="grade", subject="x", at=NOW),
        UnannouncedTip.objects.create(repository=repository, ref="refs/heads/main", seen_at=NOW, received_at=NOW),
        ParkedPush.objects.create(
            course=course, delivery_id="d-2", login="jon", why="x", announcement={}, received_at=NOW
        ),
        WaitingAnnouncement.objects.create(delivery_id="d-3", announcement="{}", received_at=NOW),
        make_upload(student, assignment),
        Invitation.objects.create(enrollment=student, invited_by=staff, invited_at=NOW, expires_at=NOW + DAY),
        SelfEnrolment.objects.create(course=course),
        ApiToken.objects.create(account=staff, name="laptop", made_at=NOW),
        JoinRequest.objects.create(course=course, account=staff, asked_at=NOW),
        Snapshot.objects.create(repository=repository, assignment=assignment, due_at=NOW, taken_at=NOW),
        Sign.objects.create(queue="beat", machine="host-1", seen_at=NOW),
        staff,
        ProvenIdentity.objects.create(account=staff, kind="github", subject="7", proven_at=NOW),
        Override.objects.create(points=5, **both, **overridden),
        Choice.objects.create(attempt=attempt, chosen_at=NOW, **both),
        Comment.objects.create(attempt=attempt, text="Well done.", author=staff, written_at=NOW),
        RegradeRequest.objects.create(attempt=attempt, reason="Look again.", asked_at=NOW, **both),
        News.objects.create(account=staff, kind="graded", thing="run 1", assignment=assignment, happened_at=NOW),
        Preference.objects.create(account=staff, kind="graded", how="never"),
        cluster,
        AddedText.objects.create(assignment=assignment, title="last year's", text="a = 1"),
        Failure.objects.create(run=run, signature=signature, check_line=run.checks.get()),
        Met.objects.create(cluster=cluster, student=student, since=NOW),
        part,
        question,
        RubricItem.objects.create(question=question, number=1, text="deep", points=9),
        SavedComment.objects.create(question=question, text="Name a number.", author=staff),
        HandGrading.objects.create(attempt=attempt, grader=staff, dealt_at=NOW),
        Link.objects.get(pk=link.pk),
        attempt.memberships.get(),
        GradeDelivery.objects.create(link=link, points=5, **both),
        CanvasAssignment.objects.create(link=link, assignment=assignment, canvas_id=1),
        CanvasStudent.objects.create(link=link, student=student, canvas_id=1),
        CourseToken.objects.create(link=link, address=link.address, sealed="x", entered_at=NOW),
        DeveloperKey.objects.create(link=link, address=link.address, client_id="7", sealed="x", entered_at=NOW),
        AssignmentReading.objects.create(link=link, asked_at=NOW),
        Comparison.objects.create(link=link, asked_at=NOW),
        platform,
        MemberReading.objects.create(link=elsewhere, asked_at=NOW),
        RepositoryListing.objects.create(assignment=assignment, asked_at=NOW),
        PackedAutograder.objects.create(suite=assignment.suite, asked_at=NOW),
        RegradePreview.objects.create(
            assignment=assignment, suite=assignment.suite, reason="x", begun_by=staff, begun_at=NOW
        ),
        CheckReport.objects.create(attempt=attempt, next_try_at=NOW),
        order,
        RepositoryMember.objects.create(order=order, student=student, github_id=7),
        starter_update,
        StarterPullRequest.objects.create(update_of=starter_update, repository=repository, next_try_at=NOW),
        Rerequest.objects.create(delivery_id="d-3", sender_id=7, came_at=NOW, answer="Queued: 1 run."),
    ]
    return {type(row): row for row in found}


def test_a_row_that_cannot_be_is_refused(rows, subtests):
    for name, model, change in IMPOSSIBLE:
        with (
            subtests.test(name=name, change=change),
            pytest.raises(IntegrityError, match=rf"\b{name}\b"),
            transaction.atomic(),
        ):
            model._base_manager.filter(pk=rows[model].pk).update(**change)


def second(row: models.Model, changes: dict[str, Any]) -> models.Model:
    """Return a copy of a row, not stored yet, with some changes."""
    other = copy.copy(row)
    other.pk, other._state = None, copy.copy(row._state)
    other._state.adding = True
    for field, value in changes.items():
        setattr(other, field, value)
    return other


def refused_as_doubled(row: models.Model, name: str) -> None:
    """See a row refused by one constraint; SQLite names its columns if it is of plain columns."""
    (constraint,) = [each for each in row._meta.constraints if each.name == name]
    fields = constraint.fields or [getattr(each, "name", "") for each in constraint.expressions]
    said = rf"\b{name}\b"
    if all(fields):
        columns = [f"{row._meta.db_table}.{row._meta.get_field(field).column}" for field in fields]
        said += rf"|constraint failed: {', '.join(columns)}$"
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        row.save()


def test_a_row_that_is_there_already_is_refused(rows, subtests):
    for name, model, changes in DOUBLED:
        row = copy.copy(rows[model])
        with subtests.test(name=name), transaction.atomic():
            if name == "one_extension_per_group":
                row.student, row.group = None, rows[Group]
                row.save()
            refused_as_doubled(second(row, changes), name)
            transaction.set_rollback(True)


def test_two_students_or_assignments_are_never_one_in_canvas(rows, world):
    jon = second(world.student, {**ANOTHER, "name": "Jon Weil"})
    jon.save()
    refused_as_doubled(second(rows[CanvasStudent], {"student": jon}), "one_student_per_canvas_student")
    layers = second(world.assignment, {"slug": "m03"})
    layers.save()
    refused_as_doubled(second(rows[CanvasAssignment], {"assignment": layers}), "one_assignment_per_canvas_assignment")


def test_a_student_has_one_attempt_of_a_number_and_an_attempt_one_who_hands_it_in(rows, world):
    another = make_attempt(second_student(world), world.assignment)
    first, other = rows[AttemptMember], another.memberships.get()
    refused_as_doubled(second(other, {"student": world.student, "number": 9}), "one_student_hands_an_attempt_in")
    same = second(first, {"attempt": another, "is_submitter": False})
    refused_as_doubled(same, "one_attempt_number_per_student")


def make_platform() -> Platform:
    place = "https://lms.example.edu"
    urls = dict.fromkeys(("auth_login_url", "auth_access_url", "jwks_url"), place)
    return Platform.objects.create(name="LMS", issuer=place, client_id="assay", deployment_ids="1", **urls)


def test_a_platform_s_course_and_its_line_item_are_one_course_s_and_one_assignment_s(world):
    there = {"platform": make_platform(), "deployment_id": "1", "context_id": "77", "our_address": "https://a.example"}
    first = LtiCourse.objects.create(course=world.course, **there)
    with pytest.raises(IntegrityError, match=r"one_course_per_context_of_a_platform|context_id"), transaction.atomic():
        LtiCourse.objects.create(course=make_course("other"), **there)
    row = LtiAssignment.objects.create(link=first, assignment=world.assignment, line_item="https://lms.example.edu/7")
    layers = second(world.assignment, {"slug": "m03"})
    layers.save()
    refused_as_doubled(second(row, {"assignment": layers}), "one_assignment_per_line_item")


def second_student(world) -> Enrollment:
    jon = second(world.student, {**ANOTHER, "name": "Jon Weil"})
    jon.save()
    return jon


def test_no_constraint_is_left_out():
    kinds = {each.name: type(each) for each in constraints()}
    here = {"one_student_per_canvas_student", "one_assignment_per_canvas_assignment"}
    here |= {"one_attempt_number_per_student", "one_student_hands_an_attempt_in"}
    here |= {"one_repository_order_per_group"}
    here |= {"somebody_calibrates_on_an_attempt_once"}
    here |= {"one_course_per_context_of_a_platform", "one_assignment_per_line_item"}
    assert {name for name, kind in kinds.items() if kind is CheckConstraint} == {name for name, *_ in IMPOSSIBLE}
    assert {name for name, kind in kinds.items() if kind is UniqueConstraint} == {name for name, *_ in DOUBLED} | here


def test_somebody_calibrates_on_an_attempt_once(rows):
    first = second(rows[HandGrading], {"purpose": "calibration"})
    first.save()
    refused_as_doubled(second(first, {}), "somebody_calibrates_on_an_attempt_once")

"""Who gets what: every address of the project and every action of the back office, for every role, in two tables.

An address or an action that no table names fails its test: whoever adds one says here who may use it.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Permission
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from course_admin.assignments.models import Extension
from course_admin.courses.models import AuditEvent, Course, Enrollment, Role, Scope, Section
from course_admin.discussion.models import RegradeRequest
from course_admin.gradebook.models import Override
from course_admin.identity.models import User
from course_admin.invitations.inviting import invite, token_of
from course_admin.invitations.models import SelfEnrolment
from course_admin.invitations.pages.joining import ADDRESS_SALT
from course_admin.manual_grading.models import HandGrading
from course_admin.manual_grading.questions.set_up import set_questions
from course_admin.notifications.models import News
from course_admin.notifications.preferences import token_for
from course_admin.review.clusters.signing.catch_up import sign
from course_admin.review.models import Comment, Failure
from course_admin.submissions.models import Attempt, RegradePreview, Run
from grader.transport.archives import FolderArchives
from tests.course_admin.test_admin import fill, list_url
from tests.factories import (
    NOW,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
    make_upload,
    make_user,
)

#: visitor: not logged in. stranger: a student of another course. mate: another student of the course. student: the one
#: whom it is about. other_ta: TA of another section. elsewhere: instructor of another course.
#: clerk: may look at every table, whatever the course. worker: holds the lease of a run, and has no account.
#: join: whoever accepts an invitation first has it, and then it is over.
#: login: sent to the log-in page. A number is the status of the answer; 404 means that it does not exist for them.
PAGES = """
method name                 visitor stranger mate student observer other_ta ta   head_ta elsewhere instructor admin clerk worker
GET    home                 login   200      200  200     200      200      200  200     200       200        200  200  login
GET    course-home          login   404      200  200     200      200      200  200     404       200        200  404  login
GET    assignments          login   404      200  200     200      200      200  200     404       200        200  404  login
GET    assignment           login   404      200  200     200      200      200  200     404       200        200  404  login
GET    leaderboard          login   404      200  200     200      200      200  200     404       200        200  404  login
GET    course-attempts      login   404      404  404     404      200      200  200     404       200        200  404  login
GET    compare              login   404      404  200     404      404      200  200     404       200        200  404  login
GET    styles               login   404      404  404     404      200      200  200     200       200        200  200  login
GET    institution-logo     404     404      404  404     404      404      404  404     404       404        404  404  404
GET    password-change      login   200      200  200     200      200      200  200     200       200        200  200  login
GET    attempt              login   404      404  200     404      404      200  200     404       200        200  404  login
GET    attempt-live         login   404      404  200     404      404      200  200     404       200        200  404  login
GET    attempt-state        login   404      404  200     404      404      200  200     404       200        200  404  login
GET    attempt-code         login   404      404  200     404      404      200  200     404       200        200  404  login
GET    attempt-receipt      login   404      404  200     404      404      200  200     404       200        200  404  login
GET    receipt-check        200     200      200  200     200      200      200  200     200       200        200  200  200
POST   receipt-check        200     200      200  200     200      200      200  200     200       200        200  200  200
GET    grade-trace          login   404      404  200     404      404      200  200     404       200        200  404  login
GET    grade-cell           login   404      404  404     404      404      200  200     404       200        200  404  login
POST   grade-cell           login   404      404  404     404      404      200  200     404       200        200  404  login
POST   view-as              login   404      404  404     404      404      302  302     404       302        302  404  login
POST   view-as-end          login   302      302  302     302      302      302  302     302       302        302  302  login
POST   comment-add          login   404      404  404     404      404      200  200     404       200        200  404  login
POST   comment-release      login   404      404  404     404      404      302  302     404       302        302  404  login
POST   comment-delete       login   404      404  404     404      404      404  404     404       302        404  404  login
GET    thread               login   404      404  200     404      404      200  200     404       200        200  404  login
POST   thread-reply         login   404      404  200     404      404      404  404     404       404        404  404  login
POST   request-open         login   404      404  200     404      404      404  404     404       404        404  404  login
POST   request-withdraw     login   404      404  302     404      404      404  404     404       404        404  404  login
POST   request-decide       login   404      404  404     404      404      200  200     404       200        200  404  login
GET    news                 login   200      200  200     200      200      200  200     200       200        200  200  login
POST   news-read            login   302      302  302     302      302      302  302     302       302        302  302  login
GET    news-settings        login   200      200  200     200      200      200  200     200       200        200  200  login
POST   language             login   302      302  302     302      302      302  302     302       302        302  302  login
POST   news-settings        login   302      302  302     302      302      302  302     302       302        302  302  login
GET    news-open            login   404      404  302     404      404      404  404     404       404        404  404  login
GET    unsubscribe          200     200      200  200     200      200      200  200     200       200        200  200  200
POST   unsubscribe          200     200      200  200     200      200      200  200     200       200        200  200  200
POST   attempt-choose       login   404      404  302     404      404      404  404     404       404        404  404  login
POST   attempt-cancel       login   404      404  302     404      404      302  302     404       302        302  404  login
GET    upload-new           login   404      200  200     404      404      404  404     404       404        404  404  login
POST   upload-new           login   404      200  200     404      404      404  404     404       404        404  404  login
GET    upload               login   404      404  200     404      404      404  404     404       404        404  404  login
POST   upload               login   404      404  200     404      404      404  404     404       404        404  404  login
GET    queue                login   404      404  404     404      200      200  200     404       200        200  404  login
GET    failures             login   404      404  404     404      200      200  200     404       200        200  404  login
GET    failure              login   404      404  404     404      404      200  200     404       200        200  404  login
POST   failure-answer       login   404      404  404     404      404      200  200     404       200        200  404  login
POST   failure-withdraw     login   404      404  404     404      404      200  200     404       200        200  404  login
POST   failure-split        login   404      404  404     404      404      200  200     404       200        200  404  login
POST   failure-regrade      login   404      404  404     404      404      404  302     404       302        302  404  login
POST   failure-merge        login   404      404  404     404      404      200  200     404       200        200  404  login
GET    by-hand              login   404      404  404     404      200      200  200     404       200        200  404  login
GET    by-hand-next         login   404      404  404     404      302      302  302     404       302        302  404  login
GET    by-hand-calibration  login   404      404  404     404      200      200  200     404       200        200  404  login
GET    by-hand-grade        login   404      404  404     404      404      200  200     404       200        200  404  login
POST   by-hand-grade        login   404      404  404     404      404      302  302     404       302        302  404  login
GET    by-hand-rubric       login   404      404  404     404      404      404  200     404       200        200  404  login
POST   by-hand-rubric       login   404      404  404     404      404      404  200     404       200        200  404  login
POST   by-hand-deal         login   404      404  404     404      404      404  302     404       302        302  404  login
POST   by-hand-calibration  login   404      404  404     404      404      404  200     404       200        200  404  login
GET    insights             login   404      404  404     404      200      200  200     404       200        200  404  login
GET    insights-csv         login   404      404  404     404      200      200  200     404       200        200  404  login
GET    similarity           login   404      404  404     404      404      404  200     404       200        200  404  login
POST   similarity-compare   login   404      404  404     404      404      404  302     404       302        302  404  login
POST   similarity-text-add  login   404      404  404     404      404      404  200     404       200        200  404  login
POST   similarity-text-remove login   404      404  404     404      404      404  404     404       404        404  404  login
GET    side-by-side         login   404      404  404     404      404      404  200     404       200        200  404  login
GET    failure-compare      login   404      404  404     404      404      200  200     404       200        200  404  login
GET    needs-eyes           login   404      404  404     404      200      200  200     404       200        200  404  login
GET    course-insights      login   404      404  404     404      200      200  200     404       200        200  404  login
GET    submissions          login   404      404  404     404      200      200  200     404       200        200  404  login
GET    submission           login   404      404  404     404      404      200  200     404       200        200  404  login
POST   queue                login   404      404  404     404      302      302  302     404       302        302  404  login
GET    regrade              login   404      404  404     404      404      404  200     404       200        200  404  login
POST   regrade              login   404      404  404     404      404      404  200     404       200        200  404  login
GET    regrade-preview      login   404      404  404     404      404      404  200     404       200        200  404  login
POST   regrade-preview      login   404      404  404     404      404      404  200     404       200        200  404  login
GET    regrade-preview-live login   404      404  404     404      404      404  200     404       200        200  404  login
GET    regrade-preview-state login   404      404  404     404      404      404  200     404       200        200  404  login
GET    existing-repositories login   404      404  404     404      404      404  200     404       200        200  404  login
POST   existing-repositories login   404      404  404     404      404      404  302     404       302        302  404  login
GET    existing-repositories-live login 404   404  404     404      404      404  200     404       200        200  404  login
GET    existing-repositories-state login 404  404  404     404      404      404  200     404       200        200  404  login
GET    starter-updates      login   404      404  404     404      404      404  200     404       200        200  404  login
POST   starter-updates      login   404      404  404     404      404      404  200     404       200        200  404  login
GET    import-classroom50   login   404      404  404     404      404      404  200     404       200        200  404  login
POST   import-classroom50   login   404      404  404     404      404      404  200     404       200        200  404  login
GET    import-suite         login   404      404  404     404      404      404  200     404       200        200  404  login
POST   import-suite         login   404      404  404     404      404      404  200     404       200        200  404  login
GET    repositories         login   404      404  404     404      404      404  200     404       200        200  404  login
POST   repositories         login   404      404  404     404      404      404  302     404       302        302  404  login
GET    named-repository     login   404      200  200     404      404      404  200     404       200        200  404  login
POST   named-repository     login   404      200  200     404      404      404  200     404       200        200  404  login
GET    my-repository        login   404      200  200     404      404      404  404     404       404        404  404  login
POST   my-repository        login   404      200  200     404      404      404  404     404       404        404  404  login
GET    attempt-gradescope   login   404      404  404     404      404      200  200     404       200        200  404  login
GET    gradebook            login   404      404  404     404      200      200  200     404       200        200  404  login
GET    gradebook-csv        login   404      404  404     404      200      200  200     404       200        200  404  login
GET    gradebook-export     login   404      404  404     404      200      200  200     404       200        200  404  login
POST   gradebook-export     login   404      404  404     404      200      200  200     404       200        200  404  login
GET    roster-import        login   404      404  404     404      404      404  200     404       200        200  404  login
POST   roster-import        login   404      404  404     404      404      404  200     404       200        200  404  login
GET    people               login   404      404  404     404      404      404  200     404       200        200  404  login
GET    audit-log            login   404      404  404     404      404      404  200     404       200        200  404  login
GET    invitations          login   404      404  404     404      404      404  200     404       200        200  404  login
POST   invitations          login   404      404  404     404      404      404  302     404       302        302  404  login
GET    join                 200     200      200  200     200      200      200  200     200       200        200  200  200
POST   join                 200     302      404  404     404      404      404  404     404       404        404  404  404
GET    join-address         200     200      200  200     200      200      200  200     200       200        200  200  200
GET    join-start           200     302      302  302     302      302      302  302     302       302        302  302  200
POST   join-start           200     302      302  302     302      302      302  302     302       302        302  302  200
POST   join-elsewhere       login   login    login login  login    login    login login  login     login      login login login
GET    join-course          login   200      302  302     200      200      200  200     200       200        200  200  login
POST   join-course          login   200      200  200     200      200      200  200     200       200        200  200  login
GET    password-forgotten   200     200      200  200     200      200      200  200     200       200        200  200  200
GET    password-sent        200     200      200  200     200      200      200  200     200       200        200  200  200
GET    password-set         200     200      200  200     200      200      200  200     200       200        200  200  200
GET    copy-course          login   404      404  404     404      404      404  200     404       200        200  404  login
POST   copy-course          login   404      404  404     404      404      404  200     404       200        200  404  login
GET    set-up-course        login   404      404  404     404      404      404  200     404       200        200  404  login
POST   set-up-course        login   404      404  404     404      404      404  200     404       200        200  404  login
GET    set-up-preview       login   404      404  404     404      404      404  302     404       302        302  404  login
POST   set-up-preview       login   404      404  404     404      404      404  302     404       302        302  404  login
GET    new-assignment       login   404      404  404     404      404      404  200     404       200        200  404  login
POST   new-assignment       login   404      404  404     404      404      404  200     404       200        200  404  login
GET    what-if              login   404      404  404     404      404      404  200     404       200        200  404  login
POST   what-if              login   404      404  404     404      404      404  200     404       200        200  404  login
GET    release              login   404      404  404     404      404      404  200     404       200        200  404  login
POST   release              login   404      404  404     404      404      404  200     404       200        200  404  login
GET    login                200     302      302  302     302      302      302  302     302       302        302  302  200
POST   logout               302     302      302  302     302      302      302  302     302       302        302  302  302
GET    account_login               200    302 302 302 302 302 302 302 302 302 302  302  200
POST   account_logout              302    302 302 302 302 302 302 302 302 302 302  302  302
GET    account_inactive            200    200 200 200 200 200 200 200 200 200 200  200  200
GET    account_reauthenticate      login  200 200 200 200 200 200 200 200 200 200  200  login
GET    mfa_reauthenticate          login  302 302 302 302 302 302 302 302 302 302  302  login
GET    mfa_index                   login  200 200 200 200 200 200 200 200 200 200  200  login
GET    mfa_activate_totp           login  302 302 302 302 302 302 302 302 302 302  302  login
GET    socialaccount_connections   login  200 200 200 200 200 200 200 200 200 200  200  login
GET    mfa_authenticate            302    302 302 302 302 302 302 302 302 302 302  302  302
GET    mfa_deactivate_totp         login  404 404 404 404 404 404 404 404 404 404  404  login
GET    mfa_generate_recovery_codes login  302 302 302 302 302 302 302 302 302 302  302  login
GET    mfa_view_recovery_codes     login  404 404 404 404 404 404 404 404 404 404  404  login
GET    mfa_download_recovery_codes login  404 404 404 404 404 404 404 404 404 404  404  login
GET    socialaccount_login_cancelled 200    200 200 200 200 200 200 200 200 200 200  200  200
GET    socialaccount_login_error   401    401 401 401 401 401 401 401 401 401 401  401  401
GET    socialaccount_signup        302    302 302 302 302 302 302 302 302 302 302  302  302
GET    github_login                404    404 404 404 404 404 404 404 404 404 404  404  404
GET    openid_connect_login        404    404 404 404 404 404 404 404 404 404 404  404  404
GET    openid_connect_callback     404    404 404 404 404 404 404 404 404 404 404  404  404
GET    github_callback             404    404 404 404 404 404 404 404 404 404 404  404  404
POST   gradescope-bundle           login  404 404 404 404 404 404 200 404 200 200  404 login
GET    gradescope-autograder       login  404 404 404 404 404 404 200 404 200 200  404 login
GET    gradescope-autograder-live  login  404 404 404 404 404 404 200 404 200 200  404 login
GET    gradescope-autograder-state login  404 404 404 404 404 404 200 404 200 200  404 login
GET    gradescope-archive          login  404 404 404 404 404 404 302 404 302 302  404 login
GET    canvas-course               login  404 404 404 404 404 404 200 404 200 200  404 login
POST   canvas-course               login  404 404 404 404 404 404 200 404 200 200  404 login
POST   canvas-assignments          login  404 404 404 404 404 404 302 404 302 302  404 login
GET    canvas-assignments-live     login  404 404 404 404 404 404 200 404 200 200  404 login
GET    canvas-assignments-state    login  404 404 404 404 404 404 200 404 200 200  404 login
GET    grades-there                login  404 404 404 404 404 404 200 404 200 200  404 login
GET    grades-there-live           login  404 404 404 404 404 404 200 404 200 200  404 login
GET    grades-there-state          login  404 404 404 404 404 404 200 404 200 200  404 login
POST   grades-there                login  404 404 404 404 404 404 302 404 302 302  404 login
POST   canvas-connect              login  404 404 404 404 404 404 302 404 302 302  404 login
GET    canvas-connected            login  404 404 404 404 404 404 302 404 302 302  404 login
POST   gradescope-results          401 401 401 401 401 401 401 401 401 401 401 401 401
GET    lti-login                   400 400 400 400 400 400 400 400 400 400 400 400 400
POST   lti-launch                  400 400 400 400 400 400 400 400 400 400 400 400 400
GET    lti-enter                   400 400 400 400 400 400 400 400 400 400 400 400 400
POST   lti-choose                  400 400 400 400 400 400 400 400 400 400 400 400 400
GET    lti-register                400 400 400 400 400 400 400 400 400 400 400 400 400
GET    lti-keys                    200 200 200 200 200 200 200 200 200 200 200 200 200
GET    lti-platforms               login  404 404 404 404 404 404 404 404 404 200  404 login
POST   lti-platforms               login  404 404 404 404 404 404 404 404 404 200  404 login
GET    lti-link                    login  404 404 404 404 404 404 404 404 404 404  404 login
GET    lti-roster                  login  404 404 404 404 404 404 302 404 302 302  404 login
POST   lti-roster                  login  404 404 404 404 404 404 302 404 302 302  404 login
GET    lti-roster-live             login  404 404 404 404 404 404 200 404 200 200  404 login
GET    lti-roster-state            login  404 404 404 404 404 404 200 404 200 200  404 login
GET    health               200     200      200  200     200      200      200  200     200       200        200  200  200
GET    health-ready         503     503      503  503     503      503      503  503     503       503        503  503  503
GET    run-archive          404     404      404  404     404      404      404  404     404       404        404  404  200
GET    check-archive        404     404      404  404     404      404      404  404     404       404        404  404  404
POST   github-hook           401     401      401  401     401      401      401  401     401       401        401  401  401
POST   gitea-hook            503     503      503  503     503      503      503  503     503       503        503  503  503
POST   gitlab-hook           503     503      503  503     503      503      503  503     503       503        503  503  503
GET    api-tokens           login   200      200  200     200      200      200  200     200       200        200  200  login
GET    api:openapi-json     200     200      200  200     200      200      200  200     200       200        200  200  200
GET    api:api-root         404     404      404  404     404      404      404  404     404       404        404  404  404
GET    api:list_courses     401     401      401  401     401      401      401  401     401       401        401  401  401
GET    api:list_assignments 401     401      401  401     401      401      401  401     401       401        401  401  401
POST   api:submit           401     401      401  401     401      401      401  401     401       401        401  401  401
GET    api:list_attempts    401     401      401  401     401      401      401  401     401       401        401  401  401
GET    api:show_attempt     401     401      401  401     401      401      401  401     401       401        401  401  401
GET    api:show_receipt     401     401      401  401     401      401      401  401     401       401        401  401  401
GET    api:gradebook        401     401      401  401     401      401      401  401     401       401        401  401  401
GET    admin:index          302     302      302  302     302      302      302  200     200       200        200  200  302
GET    admin:app_list       302     302      302  302     302      302      302  200     200       200        200  200  302
GET    admin:login          302     403      403  403     403      403      403  302     302       302        302  302  302
POST   admin:logout         302     302      302  302     302      302      302  302     302       302        302  302  302
GET    admin:autocomplete   302     302      302  302     302      302      302  200     200       200        200  200  302
GET    admin:jsi18n         302     302      302  302     302      302      302  200     200       200        200  200  302
GET    admin:view_on_site   302     302      302  302     302      302      302  404     404       404        404  404  302
GET    admin:password_change      302 302    302  302     302      302      302  200     200       200        200  200  302
GET    admin:password_change_done 302 302    302  302     302      302      302  200     200       200        200  200  302
"""

#: What head TAs and instructors may do with the rows of their courses, and administrators with all; nobody else comes in.
#: Actions beside deletion stand behind the bar. A row of another course does not exist for a leader.
TABLES = """
table                      leaders               administrators            | actions
courses.course             view,change           view,add,change,delete    |
courses.section            view,add,change,delete view,add,change,delete   |
courses.enrollment         view,add,change       view,add,change,delete    | detach
courses.student            view,add,change       view,add,change,delete    | detach
courses.group              view,add,change,delete view,add,change,delete   |
courses.accommodation      view,add,change,delete view,add,change,delete   |
courses.auditevent         view                  view                      |
assignments.suiteversion   view,add              view,add,delete           | check_again
assignments.assignment     view,add,change,delete view,add,change,delete   |
assignments.extension      view,add,change,delete view,add,change,delete   |
submissions.repository     view                  view                      |
submissions.push           view                  view                      | retry_push refetch grade_ignored
submissions.upload         view                  view                      |
submissions.parkedpush     view                  view                      |
submissions.snapshot       view                  view                      |
submissions.attempt        view                  view                      | regrade_attempts
submissions.run            view                  view                      | retry_run cancel
review.comment             view                  view                      |
gradebook.override         view,add,change,delete view,add,change,delete   |
gradebook.choice           view                  view                      |
outbox.gradedelivery       view                  view                      | send_again
canvas.canvascourse        view                  view,add,change,delete    | send_now
canvas.canvasassignment    view,add,change,delete view,add,change,delete   |
canvas.canvasstudent       view,add,change,delete view,add,change,delete   |
lti.platform               nothing               view,add,change,delete    |
lti.lticourse              view                  view,change,delete        | send_now
lti.ltiassignment          view,delete           view,delete               |
identity.user              nothing               view,add,change           |
identity.provenidentity    nothing               view,delete               |
"""

HEADER, *ROWS = [line.split() for line in PAGES.strip().splitlines()]
ROLES = HEADER[2:]
OUTSIDE = [*ROLES[: ROLES.index("head_ta")], "worker"]  # of the back office
LEADERS = ["head_ta", "instructor"]
ANSWERS = {(method, name): dict(zip(ROLES, answers, strict=True)) for method, name, *answers in ROWS}
#: The pages of a share see what was made once; several shares, for the tests run beside one another.
SHARES = 8


def read_tables() -> dict[str, tuple[set[str], set[str], set[str]]]:
    found = {}
    for line in TABLES.strip().splitlines()[1:]:
        rights, _, actions = line.partition("|")
        table, leaders, administrators = rights.split()
        found[table] = set(leaders.split(",")) - {"nothing"}, set(administrators.split(",")), set(actions.split())
    return found


RIGHTS = read_tables()


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern of the project with its whole name."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, f"{space}{each.namespace}:" if each.namespace else space)
        else:
            yield f"{space}{each.name}", each


PAGES_OF_A_TABLE = ("changelist", "add", "history", "delete", "change")
#: The admin's own: the address of an object without `change`, and the last resort of the site; both only send on.
UNNAMED = "admin:None"


def test_every_address_has_a_row():
    names = {name for name, _ in patterns(get_resolver())} - {UNNAMED}
    of_tables = {f"admin:{table.replace('.', '_')}_{page}" for table in RIGHTS for page in PAGES_OF_A_TABLE}
    assert names - of_tables == {name for _, name in ANSWERS}
    assert of_tables <= names
    assert {model._meta.label_lower for model in admin.site._registry} == set(RIGHTS)


@pytest.fixture
def people(world) -> dict[str, User | None]:
    """Return an account of every role; the student is in section Tuesday."""
    course, other = world.course, make_course("other")
    make_assignment(other)
    tuesday, thursday = (Section.objects.create(course=course, name=name) for name in ("Tuesday", "Thursday"))
    Enrollment.objects.filter(pk=world.student.pk).update(section=tuesday)
    world.student.refresh_from_db()

    def enrol(place: Course, login: str, role: Role, section: Section | None = None) -> User:
        return make_enrollment(place, login, role, section=section).account

    return {
        "visitor": None,
        "stranger": enrol(other, "stranger", Role.STUDENT),
        "mate": enrol(course, "mate", Role.STUDENT, tuesday),
        "student": world.student.account,
        "observer": enrol(course, "observer", Role.OBSERVER),
        "other_ta": enrol(course, "other-ta", Role.TA, thursday),
        "ta": enrol(course, "ta", Role.TA, tuesday),
        "head_ta": enrol(course, "head-ta", Role.HEAD_TA),
        "elsewhere": enrol(other, "elsewhere", Role.INSTRUCTOR),
        "instructor": enrol(course, "instructor", Role.INSTRUCTOR),
        "admin": make_user("root", is_superuser=True, is_staff=True),
        "clerk": clerk(),
        "worker": None,
    }


def clerk() -> User:
    """Return an account that an administrator let in to look at everything, whatever the course."""
    account = make_user("clerk", is_staff=True)
    account.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return User.objects.get(pk=account.pk)


@pytest.fixture
def clients(people, settings) -> dict[str, Client]:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # many log-ins, nothing to write down
    found = {role: Client() for role in people}
    for role, account in people.items():
        if account is not None:
            found[role].force_login(account)
    return found


@contextmanager
def undone(clients: Mapping[str, Client]) -> Iterator[None]:
    """Undo what is done meanwhile to rows, to log-ins and to the cache: many pages are asked of one course."""
    logged_in = {role: copy.deepcopy(client.cookies) for role, client in clients.items()}
    cache.clear()
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for role, client in clients.items():
            client.cookies = logged_in[role]


def ways_in(name: str, world) -> dict[str, list[str]]:
    """Return what stands in the addresses by which people come in; the course is open to who knows its code."""
    SelfEnrolment.objects.get_or_create(course=world.course, defaults={"is_open": True, "code": "CODE"})
    token = ""
    if name == "join":
        free = make_enrollment(world.course, "free", account=None, email="")
        author = User.objects.get(name=f"instructor-{world.course.slug}")
        (made,) = invite(people=[free], origin="https://testserver", actor=author, at=timezone.now())
        token = token_of(made)
    told = {"course": world.course.slug, "email": "new@example.edu", "code": "CODE"}
    of_course = ("invitations", "join-start", "join-elsewhere", "join-course")
    return {
        **{each: [world.course.slug] for each in of_course},
        "join": [token],
        "join-address": [signing.dumps(told, salt=ADDRESS_SALT)],
        "password-set": ["MQ", "no-token"],
    }


def asked(name: str, world, attempt: Attempt) -> dict[str, list]:
    """Return what stands in the addresses of a thread; the student has asked for a regrade."""
    found: dict[str, list] = {each: [attempt.public_id] for each in ("thread", "thread-reply", "request-open")}
    if name in ("request-withdraw", "request-decide"):
        made = {"attempt": attempt, "assignment": world.assignment, "student": world.student}
        found[name] = [RegradeRequest.objects.create(reason="Look again.", asked_at=NOW, **made).pk]
    return found


def told(name: str, world, attempt: Attempt) -> dict[str, list]:
    """Return what stands in the addresses of the student's news."""
    account = world.student.account
    if name == "news-open":
        fields = {"kind": "graded", "thing": "run 1", "assignment": world.assignment, "attempt": attempt}
        return {name: [News.objects.create(account=account, happened_at=NOW, **fields).pk]}
    return {"unsubscribe": [token_for(account.pk, ["graded"])]}


BY_HAND = ("by-hand", "by-hand-next", "by-hand-rubric", "by-hand-deal", "by-hand-calibration")

PREVIEWS = ("regrade-preview", "regrade-preview-live", "regrade-preview-state")


def graded_by_hand(attempt: Attempt) -> int:
    """Return the key of a grading by hand of an attempt."""
    text = "questions = [{items = [{text = 'good', points = 10}]}]"
    set_questions(assignment=attempt.assignment, text=text, is_blind=True, actor=None, at=NOW)
    return HandGrading.objects.create(attempt=attempt, dealt_at=NOW).pk


def address(name: str, world, attempt: Attempt) -> str:
    """Return the address that a name stands for here."""
    slug = world.course.slug
    author = User.objects.get(name=f"instructor-{slug}")
    comment = Comment.objects.create(attempt=attempt, text="Well done.", author=author, written_at=NOW)
    arguments = {
        "course-home": [slug],
        "compare": [attempt.public_id, attempt.public_id],
        "assignments": [slug],
        "assignment": [slug, world.assignment.slug],
        "leaderboard": [slug, world.assignment.slug],
        "course-attempts": [slug],
        "attempt": [attempt.public_id],
        "attempt-live": [attempt.public_id],
        "attempt-state": [attempt.public_id],
        "attempt-code": [attempt.public_id],
        "attempt-receipt": [attempt.public_id],
        "attempt-choose": [attempt.public_id],
        "comment-add": [attempt.public_id],
        **asked(name, world, attempt),
        **told(name, world, attempt),
        "comment-release": [comment.pk],
        "comment-delete": [comment.pk],
        "attempt-cancel": [attempt.public_id],
        "attempt-gradescope": [attempt.public_id],
        "queue": [slug],
        "course-insights": [slug],
        "needs-eyes": [slug],
        "failures": [slug, world.assignment.slug],
        **{each: [slug, world.assignment.slug] for each in BY_HAND},
        "by-hand-grade": [slug, world.assignment.slug, graded_by_hand(attempt) if name == "by-hand-grade" else 0],
        "insights": [slug, world.assignment.slug],
        "insights-csv": [slug, world.assignment.slug, "checks"],
        "similarity": [slug, world.assignment.slug],
        "similarity-compare": [slug, world.assignment.slug],
        "similarity-text-add": [slug, world.assignment.slug],
        "similarity-text-remove": [slug, world.assignment.slug, 1],
        "side-by-side": [slug, world.assignment.slug, attempt.public_id, attempt.public_id],
        "failure-compare": [slug, world.assignment.slug, attempt.public_id, attempt.public_id],
        "submissions": [slug, world.assignment.slug],
        "submission": [slug, world.assignment.slug, attempt.public_id],
        **ways_in(name, world),
        "upload-new": [slug],
        "upload": [make_upload(world.student, world.assignment).public_id] if name == "upload" else [],
        "regrade": [slug, world.assignment.slug],
        **{each: [slug, world.assignment.slug] for each in PREVIEWS},
        "repositories": [slug, world.assignment.slug],
        "my-repository": [slug, world.assignment.slug],
        "named-repository": [slug, world.assignment.slug],
        "existing-repositories": [slug, world.assignment.slug],
        "existing-repositories-live": [slug, world.assignment.slug],
        "existing-repositories-state": [slug, world.assignment.slug],
        "starter-updates": [slug, world.assignment.slug],
        "import-classroom50": [slug],
        "import-suite": [slug],
        "grade-trace": [world.student.pk],
        "view-as": [world.student.pk],
        "grade-cell": [slug, world.student.pk, world.assignment.slug],
        "gradebook": [slug],
        "gradebook-csv": [slug],
        "gradebook-export": [slug],
        "roster-import": [slug],
        "lti-roster": [slug],
        "lti-roster-live": [slug],
        "lti-roster-state": [slug],
        "gradescope-bundle": [slug, world.assignment.slug],
        "gradescope-autograder": [slug, world.assignment.slug],
        "gradescope-autograder-live": [slug, world.assignment.slug],
        "gradescope-autograder-state": [slug, world.assignment.slug],
        "gradescope-archive": [slug, world.assignment.slug],
        "canvas-course": [slug],
        "canvas-assignments": [slug],
        "canvas-assignments-live": [slug],
        "canvas-assignments-state": [slug],
        "grades-there": [slug],
        "grades-there-live": [slug],
        "grades-there-state": [slug],
        "canvas-connect": [slug],
        "canvas-connected": [slug],
        "set-up-course": [slug],
        "copy-course": [slug],
        "people": [slug],
        "audit-log": [slug],
        "set-up-preview": [slug],
        "new-assignment": [slug, "basics"],
        "what-if": [slug, world.assignment.slug],
        "release": [slug, world.assignment.slug],
        "check-archive": ["check_1", "0" * 64],
        "openid_connect_login": ["university"],
        "openid_connect_callback": ["university"],
        "api:list_assignments": [slug],
        "api:submit": [slug, world.assignment.slug],
        "api:show_attempt": [attempt.public_id],
        "api:show_receipt": [attempt.public_id],
        "api:gradebook": [slug],
        "run-archive": [attempt.shown_run.public_id, attempt.archive_sha256],
        "admin:app_list": ["courses"],
        "admin:view_on_site": [1, 1],
    }
    if name.startswith("failure") and name not in arguments:
        signature = Failure.objects.filter(run__attempt=attempt, signature__isnull=False).values_list(
            "signature", flat=True
        )
        arguments[name] = [slug, world.assignment.slug, f"s{signature.first()}"]
    if name in PREVIEWS:
        made = {"suite": world.assignment.suite, "reason": "x", "begun_by": author, "begun_at": NOW}
        RegradePreview.objects.create(assignment=world.assignment, **made)
    query = {"admin:autocomplete": "?app_label=courses&model_name=enrollment&field_name=course"}
    return reverse(name, args=arguments.get(name, [])) + query.get(name, "")


@pytest.mark.slow
@pytest.mark.rows
@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_answers_every_role_as_the_table_says(world, clients, subtests, share):
    attempt = make_attempt(world.student, world.assignment)
    sign([graded(attempt).pk])
    for method, name in list(ANSWERS)[share::SHARES]:
        with subtests.test(method=method, page=name), undone(clients):
            assert answers_of(method, name, world, attempt, clients) == ANSWERS[method, name]


def answers_of(method: str, name: str, world, attempt: Attempt, clients: dict[str, Client]) -> dict[str, str]:
    """Return what a page answers to each role."""
    url, asking, answers = address(name, world, attempt), dict(clients), {}
    if name == "run-archive":
        url, asking["worker"] = leased(world)
    for role, client in asking.items():
        answer = client.get(url) if method == "GET" else client.post(url)
        to_login = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/?next=")
        answers[role] = "login" if to_login and not name.startswith("admin:") else str(answer.status_code)
    return answers


def leased(world) -> tuple[str, Client]:
    """Return the address of a leased run's archive, and a client that shows the lease's token."""
    now, sha256 = timezone.now(), FolderArchives(settings.ASSAY_ARCHIVES).put(b"a submission")
    run = make_run(make_attempt(world.student, world.assignment, archive_sha256=sha256), at=now)
    token = lease(run, now)
    url = reverse("run-archive", args=[run.public_id, sha256])
    return url, Client(headers={"Authorization": f"Bearer {token}"})


def expected(role: str, page: str, leaders: set[str], administrators: set[str]) -> int:
    """Return the status that the second table means for a page of a table."""
    if role in OUTSIDE:
        return 302
    rights = {"admin": administrators, "clerk": {"view"}}.get(role, leaders)
    needed = {"add": "add", "delete": "delete"}.get(page, "view")
    is_there = role != "elsewhere" or page in ("changelist", "add")
    if page == "history" and not (is_there and "view" in rights):
        return 302
    if needed not in rights:
        return 403
    return 200 if is_there else 302


#: Tables whose rows belong to no course are the same for every leader.
OF_NO_COURSE = {"assignments.suiteversion", "identity.user", "identity.provenidentity", "lti.platform"}


@pytest.mark.slow
@pytest.mark.rows
@pytest.mark.parametrize("table", RIGHTS)
def test_every_table_of_the_back_office_answers_every_role(world, clients, table):
    fill(world, 1)
    model = next(model for model in admin.site._registry if model._meta.label_lower == table)
    if table == "identity.provenidentity":
        model.objects.create(account=world.student.account, kind="github", subject="7", proven_at=NOW)
    rows = model.objects.filter(pk=world.course.pk) if model is Course else model.objects.all()
    thing = rows.order_by("pk").first()
    leaders, administrators, _ = RIGHTS[table]
    for role, client in clients.items():
        as_role = "instructor" if role == "elsewhere" and table in OF_NO_COURSE else role
        for page in PAGES_OF_A_TABLE:
            url = reverse(
                f"admin:{table.replace('.', '_')}_{page}", args=[] if page in ("changelist", "add") else [thing.pk]
            )
            status = client.get(url).status_code
            assert status == expected(as_role, page, leaders, administrators), (role, page)


@pytest.mark.medium
@pytest.mark.parametrize("table", RIGHTS)
def test_every_action_is_offered_to_whom_the_table_says(people, table):
    page = next(page for model, page in admin.site._registry.items() if model._meta.label_lower == table)
    leaders, administrators, actions = RIGHTS[table]
    for role, account in people.items():
        request = RequestFactory().get("/", {})
        request.user = account or AnonymousUser()
        rights = {"admin": administrators, "clerk": set()}.get(role, set() if role in OUTSIDE else leaders)
        may_act = role not in OUTSIDE and role != "clerk"
        wanted = (actions if may_act else set()) | ({"delete_selected"} if "delete" in rights else set())
        assert set(page.get_actions(request)) == wanted, role


def test_an_account_that_may_look_may_not_act(world):
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_attempt"))
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=clerk.pk)
    assert admin.site._registry[Attempt].has_view_permission(request)
    assert admin.site._registry[Attempt].get_actions(request) == {}


# --- a leader's own courses, and no others ---


def test_an_action_on_anothers_row_does_nothing(world, clients):
    attempt = make_attempt(world.student, world.assignment)
    chosen = {"action": "regrade_attempts", "_selected_action": [attempt.pk]}
    clients["elsewhere"].post(list_url(Attempt), chosen)
    assert not Run.objects.exists()
    clients["instructor"].post(list_url(Attempt), chosen)
    assert Run.objects.get().attempt == attempt


@pytest.mark.medium
def test_lists_and_pickers_hold_ones_own_courses_only(world, clients):
    fill(world, 2)
    picker = reverse("admin:autocomplete") + "?app_label=gradebook&model_name=override&field_name=student"
    for role, is_mine in (("instructor", True), ("elsewhere", False), ("admin", True)):
        page = clients[role].get(list_url(Attempt)).content.decode()
        assert (">S0<" in page) == is_mine, role
        names = [row["text"] for row in clients[role].get(picker).json()["results"]]
        assert ("S0" in names) == is_mine, role
    mine = clients["elsewhere"].get(picker).json()["results"]
    assert [row["text"] for row in mine] == ["Elsewhere", "Stranger"]


def test_a_row_of_another_course_cannot_be_slipped_into_a_form(world, clients):
    url = reverse("admin:gradebook_override_add")
    data = {"student": world.student.pk, "assignment": world.assignment.pk, "points": "90", "reason": "typo"}
    answer = clients["elsewhere"].post(url, data)
    assert "Select a valid choice" in answer.content.decode()
    assert not Override.objects.exists()
    assert clients["instructor"].post(url, data).status_code == 302
    assert Override.objects.get().set_by.name.startswith("instructor")


def test_extensions_are_given_by_who_leads_the_course(world, clients):
    url = reverse("admin:assignments_extension_add")
    data = {"student": world.student.pk, "assignment": world.assignment.pk, "days": "2", "reason": "flu"}
    for role in ("ta", "elsewhere"):
        clients[role].post(url, data)
        assert not Extension.objects.exists(), role
    clients["head_ta"].post(url, data)
    assert Extension.objects.get().days == 2
    assert AuditEvent.objects.get().actor.name.startswith("head-ta")


def roster_form(person: Enrollment, **change: str) -> dict[str, str]:
    shown = {"course": person.course_id, "role": person.role, "name": person.name, "email": person.email}
    addresses = {"other_emails-TOTAL_FORMS": "0", "other_emails-INITIAL_FORMS": "0"}
    shown_words = {name: str(value) for name, value in shown.items()}
    return {**shown_words, **addresses, "is_active": "on", "why": "agreed", **change}


@pytest.mark.slow
def test_only_an_instructor_appoints(world, clients):
    url = reverse("admin:courses_enrollment_change", args=[world.student.pk])
    answer = clients["head_ta"].post(url, roster_form(world.student, role=Role.INSTRUCTOR))
    assert "Only an instructor appoints" in answer.content.decode()
    world.student.refresh_from_db()
    assert world.student.role == Role.STUDENT
    assert clients["instructor"].post(url, roster_form(world.student, role=Role.HEAD_TA)).status_code == 302
    world.student.refresh_from_db()
    assert world.student.role == Role.HEAD_TA
    demoted = clients["head_ta"].post(url, roster_form(world.student, role=Role.STUDENT))
    assert demoted.status_code == 403


def test_nobody_hands_themself_another_account(world, clients, people):
    url = reverse("admin:courses_enrollment_change", args=[world.student.pk])
    page = clients["instructor"].post(url, roster_form(world.student, account=str(people["admin"].pk)))
    assert page.status_code == 302
    world.student.refresh_from_db()
    assert world.student.account == people["student"]


# --- a TA's own section ---


@pytest.mark.medium
def test_a_ta_of_a_section_sees_that_section_and_a_ta_of_all_everybody(world, clients):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    whole = make_enrollment(world.course, "whole", Role.TA, scope=Scope.ALL)
    clients["whole"] = Client()
    clients["whole"].force_login(whole.account)
    for role, is_seen in (("ta", True), ("other_ta", False), ("whole", True)):
        csv = b"".join(clients[role].get(f"/courses/{world.course.slug}/gradebook.csv").streaming_content).decode()
        assert ("mira-okafor" in csv) == is_seen, role
        assert (attempt.public_id in clients[role].get("/").content.decode()) == is_seen, role


@pytest.mark.medium
def test_tas_of_either_section_see_whoever_is_in_both_and_each_once(world, clients):
    tuesday, thursday = Section.objects.order_by("-name").filter(course=world.course)
    other = make_enrollment(world.course, "jon", section=thursday)
    other.other_sections.set([tuesday])
    attempt = make_attempt(other, world.assignment)
    graded(attempt)
    both = make_enrollment(world.course, "both", Role.TA, section=thursday)
    both.other_sections.set([tuesday])
    clients["both"] = Client()
    clients["both"].force_login(both.account)
    for role, sees_mira in (("ta", True), ("other_ta", False), ("both", True)):
        csv = b"".join(clients[role].get(f"/courses/{world.course.slug}/gradebook.csv").streaming_content).decode()
        assert csv.count("jon@example.edu") == 1, role
        assert "Thursday; Tuesday" in csv
        assert csv.count("mira-okafor@example.edu") == sees_mira, role
        assert clients[role].get("/").content.decode().count(attempt.public_id) == 1, role


def test_who_is_no_longer_in_the_course_has_no_rights_in_it(world, clients):
    Enrollment.objects.filter(github_login__in=["ta", "head-ta", "instructor"]).update(is_active=False)
    attempt = make_attempt(world.student, world.assignment, received_at=NOW)
    for role in ("ta", "head_ta", "instructor"):
        assert clients[role].get(f"/attempts/{attempt.public_id}/").status_code == 404
        assert clients[role].get("/admin/").status_code == 302


@pytest.mark.medium
def test_the_way_to_the_back_office_is_shown_to_who_may_go_there(clients):
    shown = {role for role, client in clients.items() if role != "visitor" and b'"/admin/"' in client.get("/").content}
    assert shown == {"head_ta", "instructor", "elsewhere", "admin", "clerk"}


def test_filters_offer_ones_own_courses_only(clients):
    titles = {role: clients[role].get(list_url(Attempt)).content.decode() for role in ("instructor", "elsewhere")}
    assert "assignment__course__id__exact" not in titles["instructor"]  # one course is nothing to choose from
    root = clients["admin"].get(list_url(Attempt)).content.decode()
    assert root.count("assignment__course__id__exact") == 2

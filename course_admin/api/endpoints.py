"""The API's addresses, below /api/v1/: parse, ask the policy, call one service, answer. What may not be seen does not exist."""

from collections import defaultdict
from typing import Annotated, Any

from django.core.exceptions import SuspiciousOperation
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import File, NinjaAPI, Query, Router, Status
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.files import UploadedFile

from course_admin.api.access import GRADES, READ, SUBMIT, PerToken
from course_admin.api.answers import assignments_out, attempt_out, course_out, grade_out, report_out
from course_admin.api.schemas import AssignmentOut, AttemptOut, CourseOut, GradeOut, Message, ReportOut
from course_admin.courses.models import Course, Enrollment, Student
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Attempt
from course_admin.submissions.receipts.issue import receipt_of
from course_admin.submissions.uploads.hand_in import UPLOAD_BYTES, UploadRefused, hand_in, receive_upload

LISTED = 100
STUDENTS_AT_ONCE = 200
REFUSALS = {400: Message, 401: Message, 403: Message, 404: Message, 422: Message, 429: Message}
NOT_THERE = "There is no such thing, or it is not yours to see."
NO_TOKEN = (
    "Send a token of yours that is good, as Authorization: Bearer TOKEN. You make one on the page of your tokens."
)
NOT_READ = "This request cannot be read: it has too many files, or it was cut off."
TOO_LARGE = f"An upload may have at most {UPLOAD_BYTES >> 20} MiB; nothing was kept."

Slug = Annotated[str, Query(max_length=50, pattern="^[-a-zA-Z0-9_]*$")]
Sent = Annotated[list[UploadedFile], File(min_length=1)]
Place = Annotated[int, Query(ge=0, le=10**9)]

router = Router()


@router.get("/courses", auth=READ, response={200: list[CourseOut], **REFUSALS}, summary="My courses")
def list_courses(request: HttpRequest) -> list[CourseOut]:
    """Return the courses where the token's owner has an active place."""
    places: dict[Course, list[Enrollment]] = defaultdict(list)
    for each in Enrollment.objects.of(request.user).active().select_related("course").order_by("course__slug"):
        places[each.course].append(each)
    return [course_out(course, own) for course, own in places.items()]


@router.get(
    "/courses/{slug}/assignments",
    auth=READ,
    response={200: list[AssignmentOut], **REFUSALS},
    summary="Assignments of a course",
)
def list_assignments(request: HttpRequest, slug: str) -> list[AssignmentOut]:
    """Return the open assignments of a course, with the owner's own times if they are its student."""
    student = allowed(viewer(request), Action.HAND_IN, Student.objects.active()).filter(course__slug=slug)
    own = student.select_related("course").first()
    if own is not None:
        return assignments_out(own.course, own)
    courses = allowed(viewer(request), Action.OPEN_GRADEBOOK, Course.objects.all())
    return assignments_out(get_object_or_404(courses, slug=slug), None)


@router.post(
    "/courses/{slug}/assignments/{assignment}/attempts",
    auth=SUBMIT,
    response={201: AttemptOut, 409: Message, 413: Message, **REFUSALS},
    throttle=[PerToken("submit", "30/h")],
    summary="Hand in",
)
def submit(request: HttpRequest, slug: str, assignment: str, files: Sent) -> Status[AttemptOut]:
    """Hand in one archive (zip or tar), or several files; it counts from now."""
    places = allowed(viewer(request), Action.HAND_IN, Student.objects.active().select_related("course"))
    student = get_object_or_404(places, course__slug=slug)
    wanted = student.course.assignments.filter(is_draft=False).select_related("suite", "course")
    found = get_object_or_404(wanted, slug=assignment)
    if sum(each.size or 0 for each in files) > UPLOAD_BYTES:
        raise HttpError(413, TOO_LARGE)
    told: dict[str, Any] = {"actor": request.user, "at": clock.now()}
    sent = [(each.name or "file", each.read()) for each in files]
    try:
        upload = receive_upload(student=student, assignment=found, files=sent, **told)
        made = hand_in(upload=upload, digest=upload.archive_sha256, **told)
    except UploadRefused as refusal:
        raise HttpError(409, str(refusal)) from refusal
    shown = Attempt.objects.with_names().get(pk=made.pk)
    return Status(201, attempt_out(shown, request.user, clock.now(), _url(request, shown)))


@router.get("/attempts", auth=READ, response={200: list[AttemptOut], **REFUSALS}, summary="The newest attempts")
def list_attempts(request: HttpRequest, course: Slug = "", assignment: Slug = "") -> list[AttemptOut]:
    """Return the newest attempts that the owner may see, at most a hundred."""
    wanted = Q(assignment__course__slug=course) if course else Q()
    wanted &= Q(assignment__slug=assignment) if assignment else Q()
    rows = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names().filter(wanted))[:LISTED]
    return [attempt_out(each, request.user, clock.now(), _url(request, each)) for each in rows]


@router.get("/attempts/{id}", auth=READ, response={200: ReportOut, **REFUSALS}, summary="An attempt and its report")
def show_attempt(request: HttpRequest, id: str) -> ReportOut:
    """Return where an attempt stands, and its report as the owner may see it."""
    found = _attempt(request, id)
    return report_out(found, request.user, clock.now(), _url(request, found))


@router.get("/attempts/{id}/receipt", auth=READ, response={200: dict, **REFUSALS}, summary="The signed receipt")
def show_receipt(request: HttpRequest, id: str) -> HttpResponse:
    """Return the signed receipt of an attempt, byte for byte as its page offers it."""
    text = receipt_of(_attempt(request, id), request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(text, content_type="application/json")


@router.get(
    "/courses/{slug}/gradebook", auth=GRADES, response={200: list[GradeOut], **REFUSALS}, summary="Grades, for staff"
)
def gradebook(request: HttpRequest, slug: str, after: Place = 0) -> list[GradeOut]:
    """Return the grades of the students whom the owner teaches, two hundred students at a time, from the `after`-th on."""
    courses = allowed(viewer(request), Action.OPEN_GRADEBOOK, Course.objects.all())
    course = get_object_or_404(courses, slug=slug)
    students = Student.objects.active().filter(course=course).order_by("name", "pk")
    taught = allowed(viewer(request), Action.SEE_RESULTS, students)
    keys = list(taught.values_list("pk", flat=True)[after : after + STUDENTS_AT_ONCE])
    rows = grade_rows(course, among=Enrollment.objects.filter(pk__in=keys))
    return [grade_out(row, clock.now()) for row in rows if not row.assignment.is_draft]


def _attempt(request: HttpRequest, public_id: str) -> Attempt:
    attempts = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names())
    return get_object_or_404(attempts, public_id=public_id)


def _url(request: HttpRequest, attempt: Attempt) -> str:
    return request.build_absolute_uri(reverse("attempt", args=[attempt.public_id]))


api = NinjaAPI(
    title="Assay",
    version="1",
    urls_namespace="api",
    docs_url=None,  # its page loads scripts of others, which our policy forbids browsers
    throttle=[PerToken("calls", "600/h")],
)
api.add_router("", router)


@api.exception_handler(Http404)
def _not_there(request: HttpRequest, _problem: Http404) -> HttpResponse:
    return api.create_response(request, {"message": NOT_THERE}, status=404)


@api.exception_handler(AuthenticationError)
def _without_token(request: HttpRequest, _problem: AuthenticationError) -> HttpResponse:
    return api.create_response(request, {"message": NO_TOKEN}, status=401)


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
def _unreadable(request: HttpRequest, _problem: Exception) -> HttpResponse:
    return api.create_response(request, {"message": NOT_READ}, status=422)


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, problem: HttpError) -> HttpResponse:
    return api.create_response(request, {"message": str(problem)}, status=problem.status_code)


@api.exception_handler(Throttled)
def _throttled(request: HttpRequest, problem: Throttled) -> HttpResponse:
    answer = api.create_response(request, {"message": "Too many calls with this token. Wait a while."}, status=429)
    if problem.wait:
        answer.headers["Retry-After"] = str(int(problem.wait) + 1)
    return answer


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    named = sorted({".".join(map(str, each.get("loc", ())[1:])) for each in problem.errors})
    sentence = f"This cannot be read: {', '.join(named)[:300]} is missing or not as the description says."
    return api.create_response(request, {"message": sentence}, status=422)

"""The archive of a suite, for the worker that checks it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.assignments.models import CheckState, SuiteVersion
from grader.transport.archives import FolderArchives


@require_safe
@never_cache
def check_archive(request: HttpRequest, check: str, sha256: str) -> HttpResponse:
    """Hand a suite, with all that its check needs, to whoever shows the token of its present check."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    asked = SuiteVersion.objects.filter(pk=check.removeprefix("check_"), check_state=CheckState.CHECKING)
    if not asked.filter(check_token=token, check_sha256=sha256).exists():
        return JsonResponse({"message": "There is no such check, or it is over."}, status=404)
    data = FolderArchives(settings.ASSAY_ARCHIVES).get(sha256)
    return HttpResponse(data, content_type="application/octet-stream", headers={"Content-Disposition": "attachment"})

"""Pages that belong to no app: what probes ask."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Say that the web process runs and reaches its database; for probes, so no more than that."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the whole service does its work: broker, clock, tick and queues; for monitoring, 503 if not.

    Whoever asks is not known: so figures and no names. The sentences are for staff.
    """
    from course_admin.back_office import readiness  # models are not loaded yet when addresses are
    from course_admin.liveness import clock
    from course_admin.task_sender import waiting

    try:
        at = clock.now()
        queues = readiness.queue_states(at)
        found = {
            "broker": waiting(readiness.RECORD) is not None,
            "clock_ahead_seconds": round(clock.ahead_seconds(), 1),
            "tick_age_seconds": readiness.tick_age_seconds(at),
            "queues": {
                name: {"workers": state.workers, "oldest_seconds": round(state.oldest_seconds)}
                for name, state in queues.items()
            },
            "problems": len(readiness.service_problems(at)),
        }
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    is_ready = not found["problems"]
    return JsonResponse({"ready": is_ready, "database": True, **found}, status=200 if is_ready else 503)

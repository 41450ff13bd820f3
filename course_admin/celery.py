"""The service's Celery app, and the one table of its queues and tasks.

Tasks are sent by name, on commit, with identifiers only; what a task means is decided by the database when it runs.
The `grade` queue is served by processes that have `grader.worker.grade` and nothing else, `check` by some with
`grader.worker.check`: no Django, no database.
"""

import logging
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, beat_init, setup_logging, worker_ready
from kombu import Queue

from course_admin.settings.choice import choose_settings
from grader.transport.beacon import beacon_of
from grader.transport.broker import celery_settings

choose_settings()

#: Queue -> who serves it, and the names of the tasks that go there.
QUEUES = {
    "intake": (
        "the service",
        [
            "course_admin.integrations.github.tasks.ingest",
        ],
    ),
    "sync": (
        "the service, by processes of its own: an LMS or a host that is slow holds no push and no result",
        [
            "course_admin.integrations.github.tasks.poll",
            "course_admin.integrations.github.tasks.reconcile",
            "course_admin.integrations.github.tasks.show_checks",
            "course_admin.integrations.github.tasks.make_repositories",
            "course_admin.integrations.github.tasks.list_repositories",
            "course_admin.integrations.gradescope.tasks.pack",
            "course_admin.integrations.gradescope.tasks.forget",
            "course_admin.invitations.tasks.send_invitations",
            "course_admin.notifications.tasks.tell",
            "course_admin.integrations.outbox.tasks.sync",
            "course_admin.integrations.outbox.tasks.sync_course",
            "course_admin.integrations.outbox.tasks.compare_course",
            "course_admin.integrations.canvas.tasks.read_assignments",
            "course_admin.integrations.canvas.tasks.connect",
            "course_admin.integrations.canvas.tasks.revoke",
            "course_admin.integrations.lti.tasks.read_members",
            "course_admin.review.tasks.compare",
            "course_admin.gradebook.tasks.work_out",
        ],
    ),
    "grade": ("a grading worker, without database or credentials", ["grader.worker.grade.grade"]),
    "check": ("a worker that checks suites, without database or credentials", ["grader.worker.check.check"]),
    "record": (
        "the service, by a process of its own: code that is fetched slowly holds no result",
        [
            "course_admin.liveness.tasks.sign",
            "course_admin.assignments.tasks.checked",
            "course_admin.assignments.tasks.check_fault",
            "course_admin.assignments.tasks.resend_checks",
            "course_admin.submissions.tasks.start",
            "course_admin.submissions.tasks.heartbeat",
            "course_admin.submissions.tasks.record",
            "course_admin.submissions.tasks.fault",
            "course_admin.submissions.tasks.tick",
            "course_admin.submissions.tasks.work_off",
        ],
    ),
}

CHECKS_SECONDS = 600  # how often a check without an answer is looked for
NEWS_SECONDS = 60  # how often news are looked for, and their mails
MAILS_SECONDS = 300  # how often invitations are looked for that have not left
DAY_SECONDS = 86_400  # how often archives that were made for downloads are looked through
#: A message expires by the clock of the machine that reads it: so far two clocks may be apart without anything being dropped.
CLOCKS_DIFFER_SECONDS = 2 * 3600

log = logging.getLogger(__name__)
app = Celery("course_admin")


def _configure() -> dict:
    from django.conf import settings

    return {
        **celery_settings(settings.ASSAY_BROKER_URL),
        "task_queues": [Queue(name) for name in QUEUES],
        "task_create_missing_queues": False,
        "task_routes": {task: {"queue": queue} for queue, (_, tasks) in QUEUES.items() for task in tasks},
        "task_acks_late": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
        "beat_schedule": {
            task: {
                "task": task,
                "schedule": seconds,
                "options": {"expires": seconds + CLOCKS_DIFFER_SECONDS},
            }
            for task, seconds in (
                ("course_admin.submissions.tasks.tick", settings.ASSAY_TICK_SECONDS),
                ("course_admin.assignments.tasks.resend_checks", CHECKS_SECONDS),
                ("course_admin.integrations.github.tasks.poll", settings.ASSAY_POLL_SECONDS),
                ("course_admin.integrations.github.tasks.reconcile", settings.ASSAY_POLL_SECONDS),
                ("course_admin.integrations.github.tasks.show_checks", settings.ASSAY_GITHUB_SECONDS),
                ("course_admin.integrations.github.tasks.make_repositories", settings.ASSAY_GITHUB_SECONDS),
                ("course_admin.invitations.tasks.send_invitations", MAILS_SECONDS),
                ("course_admin.notifications.tasks.tell", NEWS_SECONDS),
                ("course_admin.integrations.outbox.tasks.sync", settings.ASSAY_LMS_SYNC_SECONDS),
                ("course_admin.integrations.canvas.tasks.revoke", settings.ASSAY_LMS_SYNC_SECONDS),
                ("course_admin.integrations.gradescope.tasks.forget", DAY_SECONDS),
            )
            if seconds  # 0: never
        },
    }


app.add_defaults(_configure)
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_kwargs: object) -> None:
    """Leave logging as Django's settings made it; Celery would otherwise put its own format beside ours."""


@worker_ready.connect
def give_signs(sender: Any, **_kwargs: object) -> None:
    """Have a worker of the service say that it is there, and what is wrong with its settings."""
    from django.core.checks import ERROR, run_checks

    for message in run_checks():
        if message.level >= ERROR:
            log.critical("%s", message)
    beacon_of(app, list(sender.app.amqp.queues.consume_from)).start()


@beat_init.connect
@beat_embedded_init.connect
def give_signs_of_beat(**_kwargs: object) -> None:
    """Have the clock say that it is there."""
    beacon_of(app, ["beat"]).start()

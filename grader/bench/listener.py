"""Stands where the service's recorder stands, so that workers can be measured without a service. Side: worker."""

from typing import Any

from celery import Celery

from grader.errors import Fault
from grader.transport.broker import celery_settings


class RecordListener:
    """Sends grade tasks and receives the workers' reports, over a broker whose two queues it empties first."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("listener")
        self._app.conf.update(celery_settings(broker_url))
        self._connection = self._app.connection_for_read()
        self._queue = self._connection.SimpleQueue("record")
        for name in ("grade", "record"):
            with self._connection.SimpleQueue(name) as queue:
                queue.clear()

    def __enter__(self) -> "RecordListener":
        return self

    def __exit__(self, *_error: object) -> None:
        self._queue.close()
        self._connection.release()
        self._app.close()

    def send(self, run: str, common: dict[str, Any]) -> None:
        """Send one run to the workers."""
        self._app.send_task(
            "grader.worker.grade.grade", kwargs={"run": run, "lease_token": "", **common}, queue="grade"
        )

    def wait(self, results: int, wait_seconds: float) -> list[str]:
        """Return the documents of this many recorded runs; raises Fault for a run that ended in a fault."""
        documents: list[str] = []
        while len(documents) < results:
            try:
                message = self._queue.get(timeout=wait_seconds)
            except self._queue.Empty:
                raise Fault(f"no result came within {wait_seconds:g} s") from None
            message.ack()
            kind, kwargs = message.headers["task"].rpartition(".")[2], message.payload[1]
            if kind == "fault":
                raise Fault(kwargs["sentence"])
            if kind == "record":
                documents.append(kwargs["document"])
        return documents

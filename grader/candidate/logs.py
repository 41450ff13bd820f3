"""What the student's code logs is kept while a test listens. Side: candidate."""

import logging
from typing import Any

from grader.wire.messages import MAX_LOG_RECORDS

PLAIN = (str, int, float, bool, type(None))
TEXT_CHARACTERS = 10_000
#: What every record has; whatever else one has, its author has given it.
USUAL = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class Logs(logging.Handler):
    """The handler that keeps records, and what the loggers that have it were before."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[list[Any]] = []
        self.before: dict[str, list[tuple[list[logging.Handler], int, bool]]] = {}

    def listen(self, name: str, level: int | None, is_alone: bool) -> None:
        """Keep what a logger gets from this level on; or, for no level, have it as it was."""
        logger = logging.getLogger(name or None)
        if level is None:
            logger.handlers, before, logger.propagate = self.before[name].pop()
            logger.setLevel(before)
            return
        self.before.setdefault(name, []).append((logger.handlers, logger.level, logger.propagate))
        logger.handlers = [self] if is_alone else [*logger.handlers, self]
        if is_alone:
            logger.setLevel(level)
            logger.propagate = False

    def levels(self, changed: dict[str, int]) -> None:
        """Set the levels that the test's loggers have."""
        for name, level in changed.items():
            logging.getLogger(name or None).setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record: its arguments if they are plain, or else what they come to."""
        if len(self.records) >= MAX_LOG_RECORDS:
            return
        args: Any = record.args
        is_plain = type(record.msg) is str and type(args) is tuple and all(type(each) in PLAIN for each in args)
        text, told = (record.msg, args) if is_plain else (record.getMessage(), ())
        raised = record.exc_info[1:2] if type(record.exc_info) is tuple else ()
        extra = {name: value for name, value in vars(record).items() if name not in USUAL and type(value) in PLAIN}
        where = [record.pathname, record.lineno, record.funcName or "", record.threadName or ""]
        self.records.append([record.name, record.levelno, text[:TEXT_CHARACTERS], told, *where, extra, raised])

    def logged(self) -> list[Any]:
        """Return what has been kept since the last time."""
        records, self.records = self.records, []
        return records

"""Log lines: one event, one line, whatever text a student put into it.

A message is a fixed sentence and its arguments; controls, line ends and bidi marks in either are shown as escapes, so
that nobody can forge a second event or paint over the first.
"""

import logging

from grader.sanitize import clean

MESSAGE_BYTES = 4000


class OneLine(logging.Formatter):
    """Formatter: time, level, logger and message on one line; a traceback follows on the same line, escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        text = super().format(record)
        return clean(text, limit_bytes=MESSAGE_BYTES, limit_lines=1000).replace("\n", "\\n")

"""Where an attempt stands, in a few words: what a page that waits for a change asks every second.

It costs a few small queries and no rendering; a page is made again only when the version has changed.
"""

import hashlib
from datetime import datetime

from course_admin.submissions.models import Attempt, RunState


def state_of(attempt: Attempt, at: datetime) -> dict[str, str | bool | int]:
    """Return an attempt's state, how far its run is, whether it is final, and a version that changes when its page does.

    While it is queued its page says when it will begin, so that there is a new version each minute.
    """
    run = attempt.shown_run
    state = run.state if run else "refused" if attempt.refusal else "kept"
    minute = int(at.timestamp() // 60) if run and run.state == RunState.QUEUED else 0
    done, planned = (run.checks_done, run.checks_planned) if run and run.state == RunState.RUNNING else (0, 0)
    facts = (attempt.pk, run and run.pk, state, run and run.not_before, minute, done, planned)
    version = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    is_final = run is None or run.is_final
    return {"state": state, "is_final": is_final, "version": version, "done": done, "planned": planned}

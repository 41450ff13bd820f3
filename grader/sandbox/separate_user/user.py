"""Every process of one user, as the kernel tells of them, and their end. Side: worker.

Where a box has no PID namespace, its user is what holds its processes together: none can leave it, and none but the box's has
it. Source: kill(2), "pid equals -1"; credentials(7); proc(5), "/proc/pid/status".
"""

import contextlib
import os
import signal
from pathlib import Path

from grader.errors import Fault
from grader.sandbox import processes
from grader.sandbox.base import BOXES_AT_ONCE, FIRST_BOX_UID

#: From a box's user to that of the process which ends it: nobody in the box may send that one a signal.
ENDING_UID = 1 << 30
KILL_SECONDS = 10.0
LAST_BOX_UID = FIRST_BOX_UID + (1 << 22) * BOXES_AT_ONCE


def status_of(pid: int | str) -> dict[str, str]:
    """Return what the kernel says of a process, by its own names; nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def living_of(first_uid: int, last_uid: int | None = None) -> dict[int, int]:
    """Return the processes of a user, or of a range of users, that have not ended: user by process id."""
    found = {}
    for name in os.listdir("/proc"):
        status = status_of(name) if name.isdigit() else {}
        uid = int(status["Uid"].split()[0]) if "Uid" in status else -1
        if first_uid <= uid <= (first_uid if last_uid is None else last_uid) and status["State"][0] not in "ZX":
            found[int(name)] = uid
    return found


def kill_all(uid: int) -> None:
    """End every process of a box's user at once, so that none can be forked in between, and wait until they are gone."""
    if not FIRST_BOX_UID <= uid <= LAST_BOX_UID:
        raise Fault(f"{uid} is no user of a box")

    def is_empty() -> bool:
        if not living_of(uid):
            return True
        _kill_once(uid)
        return False

    if not processes.wait_until(is_empty, KILL_SECONDS):
        raise Fault("a box could not be ended: a process in it does not die")


def _kill_once(uid: int) -> None:
    """Send SIGKILL to every process that the box's user may send one to, from a process that it may not send one to.

    Without capabilities the kernel lets a process signal those whose user it acts as, and its own real one, which has no other.
    """
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            own = uid + ENDING_UID
            os.setgroups([])
            os.setresgid(own, own, own)
            os.setresuid(own, uid, own)
            if os.getresuid() == (own, uid, own) and int(status_of("self")["CapEff"], 16) == 0:
                os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def kill_orphans() -> None:
    """End what boxes of workers that are gone have left behind."""
    for uid in set(living_of(FIRST_BOX_UID, LAST_BOX_UID).values()):
        worker = (uid - FIRST_BOX_UID) // BOXES_AT_ONCE
        if not Path(f"/proc/{worker}").exists():
            kill_all(uid)

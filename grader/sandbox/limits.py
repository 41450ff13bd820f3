"""What a run may use, in units that stand in the names. Side: worker."""

import resource
from dataclasses import asdict, dataclass, replace
from typing import Any

from grader.errors import SuiteError

#: How long a run may take at most, whatever its suite says; a worker waits longer (ASSAY_RUN_SECONDS).
MOST_RUN_SECONDS = 7_000
#: What a suite may allow at most: a machine has other runs to carry beside its own.
MOST: dict[str, int] = {
    "run_wall_seconds": MOST_RUN_SECONDS,
    "import_wall_seconds": 120,
    "test_wall_seconds": 600,
    "lost_wall_seconds": MOST_RUN_SECONDS,
    "late_wall_seconds": 600,
    "test_cpu_seconds": 600,
    "budget_wall_seconds": 600,
    "memory_bytes": 16 << 30,
    "processes": 1_024,
    "open_files": 4_096,
    "file_bytes": 1 << 30,
    "work_bytes": 1 << 30,
    "work_inodes": 100_000,
    "output_bytes": 1 << 20,
    "frame_bytes": 256 << 20,
    "judge_cpu_seconds": 120,
    "judge_memory_bytes": 8 << 30,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use; a suite's `[limits]` table overrides single values."""

    run_wall_seconds: float = (
        900.0  # the whole run; passing it is a fault of ours, so it must exceed the sum of the tests
    )
    import_wall_seconds: float = 10.0
    test_wall_seconds: float = 10.0
    lost_wall_seconds: float = 120.0  # of all tests together that do not pass; after that each has `late_wall_seconds`
    late_wall_seconds: float = 2.0
    test_cpu_seconds: int = 10
    budget_wall_seconds: float = 60.0  # one measured process, all of its pieces
    memory_bytes: int = 1 << 30
    processes: int = 64  # processes and threads of one box, its own two included
    open_files: int = 256
    file_bytes: int = 32 << 20
    work_bytes: int = 64 << 20  # the writable folder
    work_inodes: int = 4096
    output_bytes: int = 64 << 10
    frame_bytes: int = 64 << 20  # one value handed over
    judge_cpu_seconds: float = 10.0  # of the judge's own work on one test; what it needs for a budget comes on top
    judge_memory_bytes: int = 2 << 30  # of the same, beyond what it holds when the test begins

    def override(self, table: dict[str, Any]) -> "Limits":
        """Return these limits with a suite's own; raises SuiteError for an unknown name or a value that is no amount."""
        known = asdict(self)
        for name, value in table.items():
            if name not in known:
                raise SuiteError(f"[limits] has no {name!r}; it knows {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise SuiteError(f"[limits] {name} must be a positive number, not {value!r}")
            if value > MOST[name]:
                raise SuiteError(f"[limits] {name} is at most {MOST[name]:,}, not {value:,}")
            if type(known[name])(value) <= 0:
                raise SuiteError(f"[limits] {name} must be a whole number above 0, not {value!r}")
        return replace(self, **{name: type(known[name])(value) for name, value in table.items()})

    def box_rlimits(self) -> list[tuple[int, int]]:
        """Return the resource limits that every process of a candidate box inherits."""
        return [
            (
                resource.RLIMIT_AS,
                self.memory_bytes + (512 << 20),
            ),  # address space: the interpreter's own mappings on top
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_NOFILE, self.open_files),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 0),
            (resource.RLIMIT_MSGQUEUE, 0),
        ]

"""What a run may use, in units that stand in the names. Side: worker."""

import resource
from dataclasses import asdict, dataclass, replace
from typing import Any

from grader.errors import SuiteError


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use; a suite's `[limits]` table overrides single values."""

    run_wall_seconds: float = (
        900.0  # the whole run; passing it is a fault of ours, so it must exceed the sum of the tests
    )
    import_wall_seconds: float = 10.0
    test_wall_seconds: float = 10.0
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

    def override(self, table: dict[str, Any]) -> "Limits":
        """Return these limits with a suite's own; raises SuiteError for an unknown name or a value that is no amount."""
        known = asdict(self)
        for name, value in table.items():
            if name not in known:
                raise SuiteError(f"[limits] has no {name!r}; it knows {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise SuiteError(f"[limits] {name} must be a positive number, not {value!r}")
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

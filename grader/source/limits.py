"""How much a submission may hold, and how long fetching it may take. Side: worker.

Every figure is checked while bytes are still arriving, so that no limit can be passed first and noticed later.
"""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
# No path is longer or deeper than this anywhere, not even among what is left out: it bounds the work per entry.
LISTED_PATH_BYTES = 4_096
LISTED_DEPTH = 64


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """The size of the largest submission that is staged; the defaults fit a course of small source files."""

    total_bytes: int = 20 * MEBIBYTE  # all kept files together
    file_bytes: int = 5 * MEBIBYTE  # one kept file; larger ones are left out with a note
    notebook_bytes: int = 50 * MEBIBYTE  # one notebook as it arrives; without its outputs it counts as a file
    notebooks_bytes: int = 100 * MEBIBYTE  # all notebooks as they arrive together
    file_count: int = 2_000  # kept files
    depth: int = 16  # folders above a kept file, plus the file itself
    name_bytes: int = 200  # one component of a path, in UTF-8
    path_bytes: int = 1_000  # a whole path, in UTF-8
    entry_count: int = 50_000  # entries looked at, left out or not
    archive_bytes: int = 50 * MEBIBYTE  # an upload as it arrives
    inflated_bytes: int = 200 * MEBIBYTE  # everything a compressed tar turns into, left out or not
    expansion_ratio: int = 200  # inflated to compressed, of what is large and no notebook
    fetch_bytes: int = 100 * MEBIBYTE  # everything git may write for one commit
    reading_cpu_seconds: int = 30  # of the process that parses a submission
    reading_wall_seconds: float = 180.0  # of the same: passed without the CPU seconds, it is the machine that is slow
    reading_memory_bytes: int = 1024 * MEBIBYTE  # address space of the same, above what the caller holds
    wall_seconds: float = 60.0  # every git command of one commit together


def show_bytes(size_bytes: int) -> str:
    """Return a size as a person reads it."""
    return f"{size_bytes / MEBIBYTE:.4g} MiB" if size_bytes >= MEBIBYTE else f"{size_bytes} bytes"

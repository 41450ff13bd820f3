"""What the environment says of a worker, and all that it is told. Side: worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.transport.broker import folder_url

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """A worker's settings."""

    broker_url: str
    archives: str  # a folder, or the service's address under which it serves archives
    suites: Path  # a folder of its own, where suites are unpacked once and found again
    sandbox: str  # auto, docker or bubblewrap
    run_seconds: int  # after this the worker's process is killed; the engine's own limits come first


def worker_settings(environ: Mapping[str, str]) -> WorkerSettings:
    """Read a worker's settings; raises UsageError for one that cannot be used."""
    var = Path(environ.get("ASSAY_VAR") or PROJECT / "var").absolute()
    seconds = environ.get("ASSAY_RUN_SECONDS") or "7200"
    if not (seconds.isascii() and seconds.isdigit() and int(seconds) > 0):
        raise UsageError(f"ASSAY_RUN_SECONDS must be a whole number above 0; it is {seconds!r}")
    return WorkerSettings(
        broker_url=environ.get("BROKER_URL") or folder_url(var / "broker"),
        archives=environ.get("ASSAY_ARCHIVES") or str(var / "archives"),
        suites=var / "worker-suites",
        sandbox=environ.get("ASSAY_SANDBOX") or "auto",
        run_seconds=int(seconds),
    )

"""What the environment says of sandboxes; read when it is asked for, and here alone. Side: worker.

What it says of a worker stands in `grader.worker.settings`.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: What a person may name; `grader.sandbox.engines` says what each is.
SANDBOXES = ("auto", "docker", "bubblewrap", "separate-user")


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Where boxes and their file systems lie, and what the Docker engine makes them of."""

    roots: Path | None  # a folder for bubblewrap's file systems; None: where there is room
    built_roots: Path | None  # these very file systems, as they were built elsewhere; None: whatever `roots` holds
    runtime: Path  # a folder for the folders of open boxes
    images: dict[str, str]  # by kind of box
    docker_runtime: str  # such as runsc; "" for the engine's own


def sandbox_settings(environ: Mapping[str, str] = os.environ) -> SandboxSettings:
    """Read the settings of sandboxes."""
    roots, built = environ.get("ASSAY_ROOTS"), environ.get("ASSAY_BUILT_ROOTS")
    return SandboxSettings(
        roots=Path(roots).resolve() if roots else None,
        built_roots=Path(built).resolve() if built else None,
        runtime=Path(environ.get("ASSAY_RUNTIME") or tempfile.gettempdir()),
        images={
            "candidate": environ.get("ASSAY_CANDIDATE_IMAGE") or "assay-candidate:local",
            "judge": environ.get("ASSAY_JUDGE_IMAGE") or "assay-judge:local",
        },
        docker_runtime=environ.get("ASSAY_DOCKER_RUNTIME") or "",
    )

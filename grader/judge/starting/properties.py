"""hypothesis in a suite: its examples are drawn from the run's seed, and nothing is kept between runs. Side: judge.

It is imported only where a file of the suite names it. A test of properties has the time of one test for all of its examples.
"""

import importlib
import sys
from pathlib import Path
from typing import Any


def prepare(root: Path) -> None:
    """Settle how hypothesis works, before a suite that uses it is imported: what the suite sets itself stays."""
    if not any("hypothesis" in path.read_text(encoding="utf-8") for path in root.rglob("*.py")):
        return
    hypothesis: Any = importlib.import_module("hypothesis")
    # Where the box's builder has put what hypothesis would make anew: its tables of characters.
    storage = Path(hypothesis.__file__).parent / "storage"
    importlib.import_module("hypothesis.configuration").set_hypothesis_home_dir(storage)
    # It would parse all of the grader's own files, in seconds, for numbers and texts that may be worth a try.
    providers: Any = importlib.import_module("hypothesis.internal.conjecture.providers")
    providers.is_local_module_file = lambda _path: False
    phases = hypothesis.Phase
    hypothesis.settings.register_profile(
        "judge",
        database=None,
        deadline=None,  # a call of the student's crosses to another process, and machines are busy
        phases=(phases.explicit, phases.generate, phases.target, phases.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=False,
    )
    hypothesis.settings.load_profile("judge")


def draw_from(seed: int) -> None:
    """Have the examples of the next test follow from a seed."""
    core: Any = sys.modules.get("hypothesis.core")
    if core is not None:
        core.global_force_seed = seed

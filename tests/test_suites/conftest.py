"""The suites' support modules are imported here as the suites import them: by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test_suites"))

"""The command that measures every page with a large course runs to its end, and finds no page whose queries grow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = "-m", "tests.load.scale", "--students", "60", "--assignments", "2", "--attempts", "2", "--json"


@pytest.mark.postgres
@pytest.mark.slow
def test_no_page_needs_more_queries_for_more_students() -> None:
    # Its exit status says whether pages were quick, too: that is for a quiet machine.
    measured = subprocess.run([sys.executable, *COMMAND], cwd=ROOT, capture_output=True, text=True, timeout=600)
    pages = json.loads(measured.stdout)["pages"]
    assert {page["viewer"] for page in pages} == {"student-00000", "ta", "instructor", "root"}
    assert [page for page in pages if page["queries"] > page["queries_small"]] == []

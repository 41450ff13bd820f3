"""Small constructs of tests as courses write them: each ends over the socket as in one process, for a right and a wrong student.

The tables lie in `constructs/`, a file a subject. A row that plain Python does not tell apart is refused.
"""

from pathlib import Path

import pytest

from tests.grader.judge.remote.verdicts import Row, judged, plain, rows

TABLES = {
    path.stem: rows(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "constructs").glob("*.txt"))
}
ROWS = {f"{table}: {name}": row for table, found in TABLES.items() for name, row in found.items()}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_verdict_is_that_of_one_process(row: Row, tmp_path: Path) -> None:
    for name, student in (("right", row.right), ("wrong", row.wrong)):
        (tmp_path / name).mkdir()
        expected = plain(tmp_path / name, student, row.test)
        assert (expected == "passed") is (name == "right"), expected
        found = judged(tmp_path / name, student, row.test)
        assert found.partition(":")[0] == expected.partition(":")[0], f"{name}: {found}"

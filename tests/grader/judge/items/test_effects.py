"""A module that is imported for its effect is one that no line of the file uses by the name that the import gives."""

from pathlib import Path

import pytest

from grader.judge.items.effects import imported_for_effect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import work.plots\n", ("work.plots",)),
        ("import work.plots as plots, work.more\n", ("work.plots", "work.more")),
        ("import work\nwork.f()\n", ()),
        ("import work.plots\ndef test(): assert work.f()\n", ()),
        ("import work as w\nclass T:\n    def test(self): w.f()\n", ()),
        ("from work import f\n", ()),
        ("try:\n    import work.plots\nexcept ImportError:\n    pass\n", ()),
        ("def test():\n    import work.plots\n", ()),
    ],
)
def test_what_a_file_imports_for_its_effect(text: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "test_work.py"
    file.write_text(text, encoding="utf-8")
    assert imported_for_effect(file) == expected

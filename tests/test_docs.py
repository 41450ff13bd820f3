"""The documents are a tested interface: every command, verdict, key of a suite and setting is written down."""

import re
from pathlib import Path

import pytest

from grader.cli.main import build_parser
from grader.sandbox.limits import Limits
from grader.suite.manifest import KEYS
from grader.verdict import Verdict
from tests.documents.made import DOCUMENTS

ROOT = Path(__file__).resolve().parent.parent
DOCS = {path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}


def commands() -> list[str]:
    """Return every command with its sub-command."""
    found = []
    for name, parser in _subparsers(build_parser()):
        below = _subparsers(parser)
        found += [f"{name} {word}" for word, _ in below] or [name]
    return found


def _subparsers(parser):  # type: ignore[no-untyped-def]
    for action in parser._actions:
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            return list(action.choices.items())
    return []


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in DOCS[ROOT / "docs" / "command-line.md"]


def test_no_command_is_documented_that_is_none() -> None:
    text = DOCS[ROOT / "docs" / "command-line.md"]
    written = re.findall(r"^\| `((?:[a-z]+ )?[a-z]+)", text, re.MULTILINE)
    assert [name for name in written if name not in commands() and name.split()[0] not in commands()] == []


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_documented(verdict: Verdict) -> None:
    assert f"| `{verdict.value}` |" in DOCS[ROOT / "docs" / "result-schema.md"]


@pytest.mark.parametrize("key", [*KEYS, *Limits.__dataclass_fields__])
def test_every_key_of_a_suite_is_documented(key: str) -> None:
    assert f"| `{key}` |" in DOCS[ROOT / "docs" / "suite-manifest.md"]


def test_every_environment_variable_of_ours_is_documented() -> None:
    used = set()
    for path in [*(ROOT / "grader").rglob("*.py"), *(ROOT / "course_admin").rglob("*.py")]:
        used |= set(
            re.findall(r"(?:environ|environment)\b.{0,12}[\"'](ASSAY_[A-Z_]+)[\"']", path.read_text(encoding="utf-8"))
        )
    everything = "\n".join(DOCS.values())
    assert sorted(name for name in used if name not in everything) == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", DOCS[path])
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_test_and_submission_that_the_security_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+|\w+\.py)`", DOCS[ROOT / "docs" / "security.md"]))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    hostile = {path.name for path in (ROOT / "tests" / "attacks").glob("*/*.py")}
    assert sorted(named - hostile - set(re.findall(r"def (test_\w+)", tests))) == []


def test_every_hostile_submission_has_its_class_in_the_security_table() -> None:
    text = DOCS[ROOT / "docs" / "security.md"]
    classes = set(re.findall(r"\bT\d+\b", text))
    for path in (ROOT / "tests" / "attacks").glob("*/*.py"):
        assert path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# threat: ") in classes, path.name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_that_is_made_from_the_code_is_as_the_code_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path](), "run python -m tests.documents"

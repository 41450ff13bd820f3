"""The pinned requirements: exact, alike in every file, and within what pyproject.toml allows."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[1]
FILES = (
    "requirements.txt",
    "tests/requirements.txt",
    "docker/candidate/requirements.txt",
    "docker/judge/requirements.txt",
    "docker/worker/requirements.txt",
)


def pins(name: str) -> dict[str, str]:
    """Return name and version of every pin of a requirement file; raises ValueError for a line that pins nothing."""
    lines = (line.split("#")[0].strip() for line in (PROJECT / name).read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


@pytest.mark.parametrize("name", FILES)
def test_a_package_has_one_version_in_every_file(name):
    development = pins("tests/requirements.txt")
    assert pins(name) == {package: development.get(package) for package in pins(name)}


def test_pins_lie_within_what_the_project_declares():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = {"requirements.txt": project["dependencies"]}
    declared["tests/requirements.txt"] = [
        *project["dependencies"],
        *(line for extra in extras.values() for line in extra),
    ]
    for name, lines in declared.items():
        versions = pins(name)
        for requirement in map(Requirement, lines):
            assert versions[requirement.name.lower()] in requirement.specifier, (name, str(requirement))


def test_a_worker_has_nothing_of_the_web_and_no_database():
    assert not pins("docker/worker/requirements.txt").keys() & {
        "django",
        "gunicorn",
        "whitenoise",
        "psycopg",
        "psycopg-binary",
    }

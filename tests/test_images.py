"""The images of docker/compose.yaml: they can be built, and each process holds what docs/service.md says and nothing else."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from grader.suite.manifest import load_suite

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
SECRET = re.compile(r"TOKEN|SECRETS?$|PASSWORD|DATABASE_URL|APP_KEY|RECEIPT_KEY")
DEFAULT = re.compile(r"^\$\{\w+:-(.*)\}$")
#: Which process holds which secret; SECRET_KEY is every Django process's own.
HOLDS = {
    "web": {
        *("DATABASE_URL", "ASSAY_WEBHOOK_SECRETS", "ASSAY_GITHUB_CLIENT_SECRET", "ASSAY_OIDC_CLIENT_SECRET"),
        *("ASSAY_GITHUB_APP_KEY", "ASSAY_RECEIPT_KEY", "ASSAY_GITEA_SECRETS", "ASSAY_GITLAB_SECRETS"),
    },
    "worker-record": {"DATABASE_URL"},
    "worker-intake": {
        *("DATABASE_URL", "ASSAY_FETCH_TOKEN", "ASSAY_GITEA_TOKEN", "ASSAY_GITLAB_TOKEN", "ASSAY_GITHUB_APP_KEY"),
    },
    "worker-sync": {
        *("DATABASE_URL", "ASSAY_FETCH_TOKEN", "ASSAY_CANVAS_TOKENS", "ASSAY_GITHUB_APP_KEY", "ASSAY_RECEIPT_KEY"),
        *("ASSAY_GITEA_TOKEN", "ASSAY_GITLAB_TOKEN"),
    },
    "beat": set(),
    "worker-grade": set(),
    "worker-check": set(),
}
#: Packages of a base of one's own for both images, as the two Dockerfiles say.
BASE_PACKAGES = ["python3", "libstdc++6", "tzdata", "ca-certificates", "git", "bubblewrap", "libseccomp2"]
REQUIREMENTS = [
    ["-r", "requirements.txt", "-c", "tests/requirements.txt", "psycopg[binary]"],
    [option for name in ("worker", "candidate", "judge") for option in ("-r", f"docker/{name}/requirements.txt")],
]


def environment(name: str) -> dict[str, str]:
    """Return what compose gives a process, with the names that it takes from the environment left empty."""
    found = SERVICES[name].get("environment") or SERVICES[SERVICES[name]["extends"]["service"]]["environment"]
    return {key: value or "" for key, value in found.items()}


@pytest.mark.parametrize("name", HOLDS)
def test_each_process_holds_the_secrets_that_it_needs(name: str) -> None:
    assert {key for key in environment(name) if SECRET.search(key)} == HOLDS[name]


def test_every_setting_of_the_service_reaches_a_process() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", settings, re.M) for name in re.findall(r"`(\w+)`", row)
    }
    set_by_the_image = {
        "ASSAY_VAR",
        "ASSAY_ARCHIVES",
        "ASSAY_SUITES",
        "DJANGO_SETTINGS_MODULE",
        "SERVE",
        "ASSAY_ENV_FILE",
    }
    given = {key for name in HOLDS for key in environment(name)}
    assert len(documented) > 40
    assert documented - set_by_the_image <= given


def test_every_queue_has_a_worker() -> None:
    commands = [*(" ".join(map(str, each.get("command", []))) for each in SERVICES.values())]
    grade = (ROOT / "docker" / "worker" / "Dockerfile").read_text(encoding="utf-8")
    queues = set(",".join(re.findall(r"--queues[\", ]+([a-z,]+)", " ".join([*commands, grade]))).split(","))
    assert queues == {"intake", "record", "sync", "grade", "check"}


def test_what_the_service_packs_of_boxes_is_made_by_the_workers_own_steps() -> None:
    """Then whoever builds both images takes them once, and a box in Gradescope is one of the worker's."""
    worker, service = ((ROOT / "docker" / name / "Dockerfile").read_text("utf-8") for name in ("worker", "service"))
    steps = worker.partition("FROM ${BASE}\n")[2].partition("\nUSER ")[0]
    assert len(steps) > 1000
    assert f"FROM ${{BASE}} AS boxes\n{steps}" in service


# --- with a Docker Engine ---


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    with contextlib.closing(docker.from_env(timeout=600)) as client:
        yield client


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that both images are built from, with the wheels of both."""
    folder = tmp_path_factory.mktemp("context")
    for part in ("course_admin", "docker", "grader", "reference_impl", "test_suites"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    for file in (".dockerignore", "manage.py", "requirements.txt", "tests/requirements.txt"):
        shutil.copy(ROOT / file, folder / file)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--only-binary=:all:", "--python-version", "3.11", "--dest", str(folder / "var" / "wheels"), "pip"]
    for wanted in REQUIREMENTS:
        subprocess.run([*download, *options, *wanted], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def build(engine: Any, context: Path) -> Callable[[str], str]:
    """Return what builds one of the two images, as on a machine that reaches no registry and no index from a container."""

    def build(name: str) -> str:
        base = os.environ.get("ASSAY_BASE_IMAGE")
        if base is None:
            subprocess.run(
                [ROOT / "docker" / "base-image", "assay-both-base", *BASE_PACKAGES], check=True, capture_output=True
            )
            base = "assay-both-base:local"
        tag = f"assay-test-{name}:local"
        arguments = {"BASE": base}
        dockerfile = f"docker/{name}/Dockerfile"
        engine.images.build(
            path=str(context), dockerfile=dockerfile, tag=tag, buildargs=arguments, network_mode="none", rm=True
        )
        return tag

    return build


def output(image: str, command: list[str], options: list[str]) -> str:
    """Return what a command prints in a fresh container without a network; by the command line, which compose is like."""
    run = ["docker", "run", "--rm", "--network", "none", *options, image, *command]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def service(build: Callable[[str], str]) -> str:
    return build("service")


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_service_starts_with_production_settings(service: str) -> None:
    told = {**environment("web"), "SECRET_KEY": "k" * 20 + "0123456789" * 4, "ALLOWED_HOSTS": "grade.example.edu"}
    told = {key: DEFAULT.sub(r"\1", value) for key, value in told.items()}  # as compose reads it in a bare environment
    told = {key: value for key, value in told.items() if value and not value.startswith("${")}
    variables = [option for key, value in told.items() for option in ("--env", f"{key}={value}")]
    said = output(service, ["python3", "manage.py", "check", "--deploy"], ["--read-only", *variables])
    assert "no issues" in said


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_service_knows_the_versions_of_the_suites_as_they_are_here(service: str) -> None:
    code = """
import json, pathlib
from grader.suite.manifest import load_suite
found = sorted(pathlib.Path("test_suites").glob("*/suite.toml"))
print(json.dumps({place.parent.name: load_suite(place.parent).digest for place in found}))
"""
    here = {place.parent.name: load_suite(place.parent).digest for place in (ROOT / "test_suites").glob("*/suite.toml")}
    assert json.loads(output(service, ["python3", "-c", code], [])) == here


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_syncing_worker_packs_an_autograder_for_gradescope_as_compose_confines_it(service: str) -> None:
    """As the button has it done: with what is in the image, as nobody's user, and without a place beside the boxes."""
    code = """
import io, json, tarfile, zipfile
from grader.autograder.archive import PackedSuite, write_autograder
from grader.sandbox.rootfs.locate import find_roots
from grader.suite.bundle import pack_suite
from grader.suite.manifest import load_suite
from pathlib import Path
suite, target = load_suite(Path("test_suites/m00_readiness")), open("/tmp/autograder.zip", "w+b")
write_autograder(target, PackedSuite(suite.name, suite.digest, pack_suite(suite)), find_roots())
packed = zipfile.ZipFile(target)
names = [tarfile.open(fileobj=packed.open(name)).getnames() for name in ("roots.tar.gz", "engine.tar.gz")]
print(json.dumps([packed.namelist(), *names]))
"""
    sync = SERVICES["worker-sync"]
    options = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"]
    assert (sync["read_only"], sync["tmpfs"], sync["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    files, roots, engine = json.loads(output(service, ["python3", "-c", code], options))
    assert {"setup.sh", "run_autograder", "suite.tar", "roots.tar.gz", "engine.tar.gz", "autograder.json"} == {*files}
    assert {"roots/stamp.json", "roots/candidate/usr/bin/python3", "roots/judge/usr/bin/python3"} <= {*roots}
    assert {"engine/docker/seccomp.json", "engine/grader/autograder/judge_submission.py"} <= {*engine}
    assert [name for name in engine if name.endswith(".bpf")]


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_grading_worker_grades_as_compose_confines_it(build: Callable[[str], str]) -> None:
    worker = SERVICES["worker-grade"]
    assert worker["read_only"] is True
    options = ["--read-only", "--env", f"ASSAY_SANDBOX={worker['environment']['ASSAY_SANDBOX']}"]
    for option, values in {
        "--tmpfs": worker["tmpfs"],
        "--cap-drop": worker["cap_drop"],
        "--security-opt": worker["security_opt"],
        # A run's archive holds its suite's reference; here it lies beside the suites, and is what is graded.
        "--volume": [f"{ROOT}/{part}:/srv/assay/{part}:ro" for part in ("test_suites", "reference_impl")],
    }.items():
        options += [word for value in values for word in (option, value)]
    command = ["python3", "-m", "grader", "run", "reference_impl", "--suite", "test_suites/m01_tensor", "--json", "-"]
    result = json.loads(output(build("worker"), command, options))
    assert result["provenance"]["sandbox"] == "bubblewrap"
    assert result["score"] > 80

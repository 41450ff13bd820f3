"""Packages that a suite brings: what its manifest may ask for, and a lock that is missing, out of date or none."""

from pathlib import Path

import pytest

from grader.errors import SuiteError
from grader.suite.manifest import load_suite
from grader.suite.packages.requirements import LOCK, Packages, lock_text

PIN = f"toolz==1.1.0 --hash=sha256:{'0' * 64}"
HELD = {
    "judge": Packages(("toolz",), (PIN,), ("toolz", "tlz")),
    "candidate": Packages(("pandas>=2",), (PIN,), ("pandas",)),
}
MANIFEST = (
    'title = "Tables"\npackage = "work"\njudge_requirements = ["toolz"]\ncandidate_requirements = ["pandas>=2"]\n'
)


def suite(folder: Path, manifest: str = MANIFEST, lock: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "suite.toml").write_text(manifest)
    (folder / "test_it.py").write_text("def test_it(): pass\n")
    if lock is not None:
        (folder / LOCK).write_text(lock)
    return folder


def test_a_suite_with_its_lock_holds_exactly_those_packages(tmp_path: Path) -> None:
    loaded = load_suite(suite(tmp_path / "s", f'{MANIFEST}allowed_imports = ["pandas", "numpy"]\n', lock_text(HELD)))
    assert loaded.boxes == HELD
    other = HELD | {"judge": HELD["judge"]._replace(pins=(PIN.replace("1.1.0", "1.0.0"),))}
    assert load_suite(suite(tmp_path / "s", lock=lock_text(other))).digest != loaded.digest


@pytest.mark.parametrize(
    ("manifest", "lock", "sentence"),
    [
        (
            MANIFEST,
            None,
            r"suite.toml:3: what these packages are, exactly, is not known yet; run python -m grader suite",
        ),
        (MANIFEST.replace("toolz", "toolz<2"), lock_text(HELD), r"suite.toml:3: requirements.lock was made of other"),
        (MANIFEST, "pins = [", r"requirements.lock: this is no list that `suite build` has made"),
        (MANIFEST, "[judge]\n[candidate]\nodd = []\n", r"requirements.lock: this is no list that"),
        (
            MANIFEST,
            lock_text(HELD).replace(PIN, "toolz @ file:///x"),
            r"'toolz @ file:///x' is no version with its hash",
        ),
        (MANIFEST, lock_text(HELD).replace(PIN, f"{PIN} --index-url=x"), r"is no version with its hash"),
        (
            MANIFEST.replace("toolz", "toolz @ https://x/y.whl"),
            None,
            r"suite.toml:3: 'toolz @ .* is no package with its versions",
        ),
        (MANIFEST.replace("toolz", "--index-url=https://x"), None, r"is no package with its versions"),
        (MANIFEST.replace("toolz", "./toolz"), None, r"is no package with its versions"),
        (MANIFEST.replace("work", "tlz"), lock_text(HELD), r"suite.toml:3: one of these brings a module tlz"),
        (
            f'{MANIFEST}allowed_imports = ["scipy"]\n',
            lock_text(HELD),
            r'suite.toml:5: scipy is not there .* \["scipy"\]',
        ),
        (
            'title = "T"\npackage = "work"\nallowed_imports = ["pandas"]\n',
            None,
            r"suite.toml:3: pandas is not there for a",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, manifest: str, lock: str | None, sentence: str
) -> None:
    with pytest.raises(SuiteError, match=sentence):
        load_suite(suite(tmp_path / "s", manifest, lock))


def test_a_suite_without_requirements_needs_no_lock(tmp_path: Path) -> None:
    loaded = load_suite(suite(tmp_path / "s", 'title = "T"\npackage = "work"\nallowed_imports = ["numpy"]\n'))
    assert {*loaded.boxes.values()} == {Packages()}

"""`suite build`: what a manifest's requirements come to, looked up once and written beside it. Side: worker."""

from pathlib import Path

from grader.errors import SuiteError, UsageError
from grader.sandbox.rootfs.layers import resolve
from grader.suite.manifest import MANIFEST, load_suite, read_manifest
from grader.suite.packages.requirements import KINDS, LOCK, Packages, key_of, lock_text


def build_packages(folder: Path) -> dict[str, Packages]:
    """Look up and install the packages that a suite asks for, write its lock, and return what each kind of box holds.

    Nothing is written if a requirement cannot be met, or if the suite could not be used with what it comes to.
    """
    folder = folder.resolve()
    table = read_manifest(folder)
    asked = {kind: tuple(table.get(key_of(kind), ())) for kind in KINDS}
    if not any(asked.values()):
        keys = " or ".join(map(key_of, KINDS))
        raise UsageError(f"{folder / MANIFEST} asks for no packages; name them under {keys}")
    found = {}
    for kind, requirements in asked.items():
        pins, imports = resolve(kind, requirements) if requirements else ((), ())
        found[kind] = Packages(requirements, pins, imports)
    lock = folder / LOCK
    before = lock.read_bytes() if lock.is_file() else None
    lock.write_text(lock_text(found), encoding="utf-8")
    try:
        load_suite(folder)
    except SuiteError:
        lock.unlink() if before is None else lock.write_bytes(before)
        raise
    return found

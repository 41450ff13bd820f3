"""The commands that a machine outside needs: `submit`, `receipt verify`. Side: any."""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.source import Tree

PAUSE_SECONDS = 2


def add_commands(commands: Any) -> None:
    """Add them to the parser of all commands."""
    hand_in = commands.add_parser("submit", help="hand a folder in at a service; its token is in ASSAY_TOKEN")
    hand_in.add_argument("tree", metavar="TREE", help="folder, .zip or .tar file")
    hand_in.add_argument("--to", required=True, metavar="https://HOST", help="the service")
    hand_in.add_argument("--course", required=True, help="the course's short name, as in its addresses")
    hand_in.add_argument("--assignment", required=True, help="the assignment's short name")
    hand_in.add_argument("--wait", action="store_true", help="until it is graded, and print its checks")
    hand_in.set_defaults(action=submit)
    receipts = commands.add_parser("receipt", help="check a receipt").add_subparsers(dest="what", required=True)
    check = receipts.add_parser("verify", help="say whether a receipt holds, and what it says")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--key", required=True, help="the service's public key in base64, or a file that holds it")
    check.add_argument("--tree", metavar="TREE", help="folder or archive: does it hold the files of the receipt?")
    check.set_defaults(action=verify_receipt)


def submit(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> int:
    """Hand in, and print what became of it. Raises UsageError, SourceError, or ServiceUnavailable."""
    from grader.client.submit import Service, pack_zip, wait_until_final

    service = Service(options.to, environ.get("ASSAY_TOKEN", ""))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    tree = _staged(options.tree)
    for note in tree.notes():
        console.print(note)
    attempt = service.submit(options.course, options.assignment, "submission.zip", pack_zip(tree.contents()))
    console.print(f"Handed in as attempt {attempt.get('number')}: {_plain(str(attempt.get('url')))}")
    if options.wait:
        attempt = wait_until_final(
            service, attempt, pause=lambda: time.sleep(PAUSE_SECONDS), tell=lambda said: console.print(_plain(said))
        )
        attempt = service.attempt(str(attempt.get("id")))
        for check in attempt.get("checks") or []:
            console.print(_plain(f"{check.get('verdict')}: {check.get('name')}"))
        if attempt.get("score") is not None:
            console.print(f"{attempt['score']:g} of {attempt['max_score']:g} points")
    console.print(_plain(str(attempt.get("sentence"))))
    return 0


def verify_receipt(options: argparse.Namespace) -> int:
    """Print what a receipt says. Raises BadReceipt if it does not hold, or is about other files."""
    from grader.client.receipt import RECEIPT_BYTES, BadReceipt, read_key, verify

    key_file = Path(options.key)
    key = read_key(_read(key_file, 1_000).decode("ascii", "replace") if key_file.is_file() else options.key)
    found = verify(_read(options.file, RECEIPT_BYTES), key)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for label, value in found.lines():
        console.print(f"{label}: {_plain(value)}")
    if options.tree is not None:
        digest = _staged(options.tree).digest
        if digest != found.facts["tree_digest"]:
            raise BadReceipt(f"{options.tree} holds other files than the receipt is about: its digest is {digest}.")
        console.print("These are the files that were handed in.")
    console.print("The signature holds.")
    return 0


def _staged(tree: str) -> "Tree":
    from grader.source import stage_archive, stage_folder

    return (stage_folder if Path(tree).is_dir() else stage_archive)(tree)


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _plain(value: str) -> str:
    from grader.sanitize import clean

    return clean(value, 2_000).replace("\n", " ")

"""The commands that a machine outside needs: `receipt verify`. Side: any."""

import argparse
from pathlib import Path

from rich.console import Console

from grader.client.receipt import RECEIPT_BYTES, BadReceipt, read_key, verify
from grader.errors import UsageError


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add them to the parser of all commands."""
    receipts = commands.add_parser("receipt", help="check a receipt").add_subparsers(dest="what", required=True)
    check = receipts.add_parser("verify", help="say whether a receipt holds, and what it says")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--key", required=True, help="the service's public key in base64, or a file that holds it")
    check.add_argument("--tree", metavar="TREE", help="folder or archive: does it hold the files of the receipt?")
    check.set_defaults(action=verify_receipt)


def verify_receipt(options: argparse.Namespace) -> int:
    """Print what a receipt says. Raises BadReceipt if it does not hold, or is about other files."""
    key_file = Path(options.key)
    key = read_key(_read(key_file, 1_000).decode("ascii", "replace") if key_file.is_file() else options.key)
    found = verify(_read(options.file, RECEIPT_BYTES), key)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for label, value in found.lines():
        console.print(f"{label}: {_plain(value)}")
    if options.tree is not None:
        digest = _digest_of(options.tree)
        if digest != found.facts["tree_digest"]:
            raise BadReceipt(f"{options.tree} holds other files than the receipt is about: its digest is {digest}.")
        console.print("These are the files that were handed in.")
    console.print("The signature holds.")
    return 0


def _digest_of(tree: str) -> str:
    from grader.source import stage_archive, stage_folder

    return (stage_folder if Path(tree).is_dir() else stage_archive)(tree).digest


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _plain(value: str) -> str:
    from grader.sanitize import clean

    return clean(value, 2_000).replace("\n", " ")

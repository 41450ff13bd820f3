"""Which paths a tree may hold, and how a name that it may not hold is shown. Side: worker.

A path is judged as bytes first, whatever door it came through: `check_path` refuses what could leave the tree, `odd_name`
names what could mislead a reader and is left out, and `NameRegister` knows two names that one file system would take for one.
`escape_name` makes any bytes or text printable and short; no name reaches a message without it.
"""

import re
import unicodedata
from collections.abc import Iterator

from grader.errors import SourceError
from grader.sanitize import clean
from grader.source.limits import LISTED_DEPTH, LISTED_PATH_BYTES, SourceLimits

DRIVE = re.compile(rb"[A-Za-z]:")
SHOWN_CHARACTERS = 120
CLEANED_BYTES = 10 * SHOWN_CHARACTERS  # room for an escape in every place
#: How the reason begins for which a file is left out beside one that some computers hold for the same; the other's name follows.
RIVAL = "its name differs only in case or accents' encoding from"
# Controls, invisible format characters (bidi controls among them), surrogates, and the two Unicode line ends.
UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def is_printable(character: str) -> bool:
    """Say whether a character may stand in a name: it is seen, and stays where it is put."""
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return not is_noncharacter and unicodedata.category(character) not in UNPRINTABLE_CATEGORIES


def escape_name(name: str | bytes) -> str:
    """Return a name on one line, as printable text cut in its middle: what cannot be shown becomes an escape."""
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    if len(text) > SHOWN_CHARACTERS:
        half = SHOWN_CHARACTERS // 2 - 2
        text = f"{text[:half]}...{text[-half:]}"
    return clean(text, limit_bytes=CLEANED_BYTES).replace("\n", "\\x0a").replace("\t", "\\x09")


def normal_path(name: bytes) -> bytes:
    """Return an archive's name without the './' in front and the '/' behind; the archive's own root becomes empty."""
    while name.startswith(b"./"):
        name = name[2:]
    name = name.removesuffix(b"/") if name != b"/" else name
    return b"" if name == b"." else name


def check_path(path: bytes) -> None:
    """Accept a relative path of plain components; raises SourceError if it could point outside the tree."""
    problem = _structural_problem(path)
    if problem:
        raise SourceError(f"The submission holds a file named '{escape_name(path)}', which {problem}; rename it.")


def _structural_problem(path: bytes) -> str:
    if not path:
        return "is an empty name"
    if len(path) > LISTED_PATH_BYTES or path.count(b"/") >= LISTED_DEPTH:
        return f"is longer than {LISTED_PATH_BYTES} bytes or deeper than {LISTED_DEPTH} folders"
    if b"\0" in path:
        return "contains a NUL byte"
    if b"\\" in path:
        return "contains a backslash (folders are separated by '/')"
    if path.startswith(b"/") or DRIVE.match(path):
        return "is an absolute path"
    parts = path.split(b"/")
    if b".." in parts:
        return "contains '..' and could leave the submission's folder"
    if b"" in parts or b"." in parts:
        return "has an empty folder name or '.' in its path"
    return ""


def folders_above(path: bytes) -> Iterator[bytes]:
    """Yield the folders that a path lies in, outermost first."""
    end = path.find(b"/")
    while end >= 0:
        yield path[:end]
        end = path.find(b"/", end + 1)


def odd_name(path: bytes, limits: SourceLimits) -> str:
    """Return why a file of this name is left out, as a clause; an empty string if a tree may hold it."""
    parts = path.split(b"/")
    if len(parts) > limits.depth:
        return f"it lies {len(parts)} levels deep, and at most {limits.depth} are graded"
    if len(path) > limits.path_bytes or max(map(len, parts)) > limits.name_bytes:
        return f"its name is too long: a name may have {limits.name_bytes} bytes, a whole path {limits.path_bytes}"
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return "its name is not valid UTF-8; rename it with plain letters"
    if not all(map(is_printable, text)):
        return "its name contains a control or invisible character; rename it with plain letters"
    return ""


def decode_path(path: bytes, limits: SourceLimits) -> str:
    """Return a path as text; raises SourceError if it is too long, too deep, or not plain readable UTF-8."""
    if reason := odd_name(path, limits):
        raise SourceError(f"The file '{escape_name(path)}' cannot be taken: {reason}.")
    return path.decode("utf-8")


def fold(path: str) -> str:
    """Return what a file system that ignores case and Unicode normal form makes of a path.

    A slash joins with nothing, so that a path's fold is that of its parts, with slashes between.
    """
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def settle_order(path: str) -> tuple[bool, bool, bytes]:
    """Return what paths are sorted by before rivals are left out: the composed, lower-case spelling comes first."""
    return unicodedata.normalize("NFC", path) != path, path.lower() != path, path.encode()


class NameRegister:
    """The paths of one tree so far; refuses doubles, collisions, and a name that is both a file and a folder."""

    def __init__(self) -> None:
        self._spelling: dict[str, str] = {}
        self._folders: dict[str, str] = {}  # by path: its fold
        self._files: set[str] = set()

    def add(self, path: str) -> None:
        """Register one file; raises SourceError if it cannot stand beside those registered before."""
        folder, _, name = path.rpartition("/")
        self._claim(path, f"{self._folded(folder)}/{fold(name)}" if folder else fold(name), is_file=True)

    def rival_of(self, path: str) -> str:
        """Return the registered name from which a path, or a folder above it, differs in case or normal form alone."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            place = "/".join(parts[:end])
            known = self._spelling.get(fold(place), place)
            if known != place:
                return known
        return ""

    def _folded(self, folder: str) -> str:
        """Return the fold of a folder, registered with all above it: each folder is looked at once, whatever it holds."""
        folded = self._folders.get(folder)
        if folded is None:
            above, _, name = folder.rpartition("/")
            folded = f"{self._folded(above)}/{fold(name)}" if above else fold(name)
            self._claim(folder, folded, is_file=False)
            self._folders[folder] = folded
        return folded

    def _claim(self, path: str, folded: str, is_file: bool) -> None:
        known = self._spelling.setdefault(folded, path)
        if known != path:
            raise SourceError(
                f"The names '{escape_name(known)}' and '{escape_name(path)}' differ only in case or accents' encoding, "
                f"so that some computers hold them for one; rename one of them."
            )
        was_file = path in self._files
        if is_file and was_file:
            raise SourceError(f"The submission holds '{escape_name(path)}' twice; keep one of them.")
        if was_file or (is_file and path in self._folders):
            raise SourceError(f"The submission holds '{escape_name(path)}' both as a file and as a folder; keep one.")
        if is_file:
            self._files.add(path)

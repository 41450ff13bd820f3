"""Lines of a notebook cell that are IPython's and not Python's, found in the text alone. Side: worker.

A line counts only where a statement can start: not within a string, brackets, or behind a backslash. The scanner
needs one pass and no parser, so that no source, however odd, can bite it.
"""

import re

PIECE = re.compile(r"""\#|\"{3}|'{3}|["'\[({\])}]""")
# Behind a backslash stands a character that closes nothing. Each search goes on where the last one ended.
CLOSINGS = {quotes: re.compile(r"\\.|" + quotes, re.DOTALL) for quotes in ('"', "'", '"""', "'''")}
MAGIC = re.compile(r"\s*(?:%{1,2}[A-Za-z]|!|\?{1,2}[A-Za-z_]|[A-Za-z_][\w., ]*=\s*(?:!|%[A-Za-z])|[\w.]+\?{1,2}\s*$)")
CELL_MAGIC = re.compile(r"%%[A-Za-z!]")
# These run the rest of their cell as Python, and leave there what it defines.
PYTHON_CELL_MAGIC = re.compile(r"%%(?:time|capture|prun)\b")


def find_magics(lines: list[str]) -> list[int]:
    """Return the indices of the magic and shell lines of a cell; of a cell magic's that runs no Python, all from it on."""
    for index, line in enumerate(lines):
        if _is_of_another_language(line):
            return list(range(index, len(lines)))
        if line.strip() and not line.lstrip().startswith("#"):
            break
    found: list[int] = []
    for index, starts in enumerate(statement_starts(lines)):
        continues = bool(found) and found[-1] == index - 1 and lines[index - 1].endswith("\\")
        if continues or (starts and MAGIC.match(lines[index])):
            found.append(index)
    return found


def silence(lines: list[str], magics: list[int]) -> None:
    """Put statements that do nothing in the place of a cell's magic lines, each line as a comment.

    They stand at the depth of the first of lines that follow each other: what continues it may be indented as it likes.
    """
    is_whole_cell = bool(magics) and _is_of_another_language(lines[magics[0]])
    depth, previous = "", -1
    for index in magics:
        bare = lines[index].lstrip()
        continues = is_whole_cell or (previous == index - 1 >= 0 and lines[previous].endswith("\\"))
        if not continues:
            depth = lines[index][: len(lines[index]) - len(bare)]
        if bare:
            lines[index] = f"{depth}pass  # {bare}"
        previous = index


def is_python_cell_magic(line: str) -> bool:
    """Say whether a line has the rest of its cell run as Python."""
    return PYTHON_CELL_MAGIC.match(line) is not None


def _is_of_another_language(line: str) -> bool:
    return CELL_MAGIC.match(line) is not None and not is_python_cell_magic(line)


def statement_starts(lines: list[str]) -> list[bool]:
    """Say of each line whether a statement can start there."""
    starts, depth, quotes, is_continued = [], 0, "", False
    for line in lines:
        is_start = not depth and not quotes and not is_continued
        starts.append(is_start)
        if is_start and MAGIC.match(line):
            continue  # not Python: its quotes and brackets mean nothing
        depth, quotes = _scan(line, depth, quotes)
        is_continued = not quotes and line.endswith("\\")
    return starts


def _scan(line: str, depth: int, quotes: str) -> tuple[int, str]:
    """Return how many brackets are open behind a line, and which triple quotes, if any."""
    position = 0
    while True:
        if quotes:
            position = _closing(line, quotes, position)
            if position < 0:
                return depth, quotes if len(quotes) == 3 else ""
            quotes = ""
        piece = PIECE.search(line, position)
        if piece is None or piece[0] == "#":
            return depth, ""
        position = piece.end()
        if piece[0] in CLOSINGS:
            quotes = piece[0]
        elif piece[0] in "[({":
            depth += 1
        else:
            depth = max(0, depth - 1)


def _closing(line: str, quotes: str, position: int) -> int:
    """Return the position behind the closing quotes, or -1; a backslash protects the character behind it."""
    while found := CLOSINGS[quotes].search(line, position):
        position = found.end()
        if found[0] == quotes:
            return position
    return -1

"""Notebooks made to bite their readers end in one sentence, in time, and cost no other notebook (threat T38)."""

import time

import pytest

from tests.grader.source.notebook_samples import CELLS, EXPORTED, MODULE, NOTEBOOK, assemble, module_text
from tests.grader.source.sources import make_notebook

FRONT = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": '
HOSTILE = {
    "empty": b"",
    "no JSON": b"print('hello')",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "cells is no list": FRONT + b'{"a": 1}}',
    "a cell is a number": FRONT + b"[1]}",
    "a source is a number": FRONT + b'[{"cell_type": "code", "source": 1}]}',
    "a source is a list of lists": FRONT + b'[{"cell_type": "code", "source": [[]]}]}',
    "old": b'{"nbformat": 2, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
    "from the future": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "format is a list": b'{"nbformat": [], "cells": []}',
    "format is a huge number": b'{"nbformat": 1' + b"0" * 6000 + b', "cells": []}',
    "deep": b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b"[" * 3_000_000,
    "many values": b'{"nbformat": 4, "cells": [' + b"{}," * 1_000_000 + b"0]}",
    "not UTF-8": b'{"nbformat": 4, "metadata": {}, "cells": "\xff"}',
    "UTF-16": '{"nbformat": 4, "metadata": {}, "cells": []}'.encode("utf-16"),
    "NUL": b"\0" * 1000,
    "lone surrogate": make_notebook("#| default_exp core.tensor").replace(b"core.tensor", rb"core.\ud800"),
    "two modules": make_notebook("#| default_exp core.tensor", "#| default_exp core.other"),
    "no module": make_notebook("#| default_exp ../../etc/passwd", "#| export\nx = 1"),
    "a module of 5000 parts": make_notebook("#| default_exp " + ".".join("a" * 5000), "#| export\nx = 1"),
    "escapes": b'{"nbformat": 4, "x": "' + b"\\" * 1_000_001 + b'"}',
    "quotes": b'"' * 1_000_001,
}


@pytest.mark.slow
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_notebook_is_one_sentence_and_costs_nobody_else(data: bytes):
    """T38: whatever it is made of, the other notebook is assembled and the student reads what to do."""
    started = time.process_time()
    assembly = assemble({"modules/00_bad/bad.ipynb": data, NOTEBOOK: make_notebook(*CELLS)})
    assert time.process_time() - started < 5
    assert module_text(assembly)
    (note,) = [note for note in assembly.notes if "bad.ipynb" in note]
    assert note.startswith("The notebook modules/00_bad/bad.ipynb ")
    assert note.endswith("; nothing was taken from it.")


@pytest.mark.parametrize("case", ["deep", "deep and open", "many values"])
def test_depth_and_number_of_values_are_counted_before_anything_is_parsed(case: str):
    """T38: a parser that is never started needs neither stack nor memory."""
    (note,) = assemble({"bad.ipynb": HOSTILE[case]}).notes
    assert "is nested too deeply or holds too many values; clear its outputs" in note


@pytest.mark.parametrize(
    "source",
    [
        "(" * 1_000_000,
        "'" * 1_000_001,
        "\\\n" * 300_000,
        "%" * 1_000_000,
        "x = '" + "\\" * 1_000_001,
        '"""' * 300_001,
        " " * 1_000_000 + "!",
        "#" * 1_000_000,
        "a." * 500_000 + "?",
        "__all__ = [\n" * 80_000,
        "from ." * 150_000,
    ],
)
@pytest.mark.slow
@pytest.mark.alone
def test_hostile_source_is_copied_in_linear_time(source: str):
    """T38: text that breaks parsers is only text here."""
    started = time.process_time()
    stale = EXPORTED + source.encode()
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", f"#| export\n{source}"), MODULE: stale})
    assert time.process_time() - started < 5
    assert assembly.lines.paths == (MODULE,)

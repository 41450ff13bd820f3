"""Independent solutions of one task, and copies of them that were made to look different.

A solution has twelve functions. Half are idioms that many write alike, out of a few ways each; half are written freely: their
statements are drawn from a grammar, no two the same. A copy has other names, other literals, another order, and some of its
functions written anew.
"""

import ast
import random

FUNCTIONS = 12
OPERATORS = ("+", "-", "*", "/", "@", "**", "//", "%")
CALLS = (
    "np.sum",
    "np.max",
    "np.exp",
    "np.log",
    "np.dot",
    "np.where",
    "np.zeros",
    "np.reshape",
    "len",
    "abs",
    "max",
    "sum",
)
NAMES = (
    "total",
    "value",
    "rows",
    "cols",
    "left",
    "right",
    "grad",
    "shape",
    "size",
    "item",
    "acc",
    "out",
    "step",
    "scale",
)

#: Ways in which everybody writes the simple functions.
IDIOMS = (
    "    return Tensor(self.data {op} other.data)\n",
    "    if type(other) is Tensor:\n        return Tensor(self.data {op} other.data)\n    return Tensor(self.data {op} other)\n",
    "    other = other.data if isinstance(other, Tensor) else other\n    return Tensor(self.data {op} other)\n",
    "    result = self.data {op} other.data\n    return Tensor(result, requires_grad=self.requires_grad)\n",
)


def solution(seed: int) -> list[str]:
    """Return the functions of one student's own solution."""
    draw = random.Random(seed)
    return [_idiom(draw, place) if place % 2 else _own(draw, place) for place in range(FUNCTIONS)]


def as_file(functions: list[str]) -> str:
    """Return a solution's functions as a file."""
    return "import numpy as np\n\n\n" + "\n\n".join(functions)


def _idiom(draw: random.Random, place: int) -> str:
    return f"def op_{place}(self, other):\n" + draw.choice(IDIOMS).format(op=OPERATORS[place % 8])


def _own(draw: random.Random, place: int) -> str:
    body = "".join(_statement(draw, 1) for _ in range(draw.randrange(6, 12)))
    return f"def own_{place}(self, x, axis=None):\n{body}    return {_expression(draw, 2)}\n"


def _statement(draw: random.Random, depth: int) -> str:
    pad, name = "    " * depth, draw.choice(NAMES)
    kind = draw.randrange(6) if depth < 3 else draw.randrange(3)
    if kind < 2:
        return f"{pad}{name} = {_expression(draw, 2)}\n"
    if kind == 2:
        return f"{pad}{name} {draw.choice('+-*')}= {_expression(draw, 1)}\n"
    inner = "".join(_statement(draw, depth + 1) for _ in range(draw.randrange(1, 3)))
    if kind == 3:
        return f"{pad}for {name} in range({_expression(draw, 1)}):\n{inner}"
    if kind == 4:
        return f"{pad}if {_expression(draw, 1)} {draw.choice(['<', '>', '==', '!=', 'is not', 'in'])} {name}:\n{inner}"
    return f"{pad}while {_expression(draw, 1)}:\n{inner}"


def _expression(draw: random.Random, depth: int) -> str:
    kind = draw.randrange(6) if depth else draw.randrange(2)
    if kind == 0:
        return draw.choice(NAMES)
    if kind == 1:
        return draw.choice(["x", "axis", "self.data", str(draw.randrange(9))])
    one, two = (_expression(draw, depth - 1) for _ in range(2))
    return {
        2: f"({one} {draw.choice(OPERATORS)} {two})",
        3: f"{draw.choice(CALLS)}({one}, {two})",
        4: f"{one}[{two}]",
        5: f"[{one} for {draw.choice(NAMES)} in {two}]",
    }[kind]


def disguised(functions: list[str], seed: int, retyped: int) -> list[str]:
    """Return a copy: everything renamed, other literals, the functions in another order, some of them written anew."""
    draw = random.Random(seed)
    copied = [_renamed(text, draw) for text in functions]
    for place in draw.sample(range(0, FUNCTIONS, 2), retyped):
        copied[place] = _own(random.Random(seed * 1000 + place), place)
    draw.shuffle(copied)
    return copied


def _renamed(text: str, draw: random.Random) -> str:
    tree = ast.parse(text)
    names: dict[str, str] = {}

    def new(name: str) -> str:
        return names.setdefault(name, f"{draw.choice('abcdefgh')}{len(names)}")

    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in (*NAMES, "x", "axis", "other", "result"):
            node.id = new(node.id)
        elif isinstance(node, ast.arg) and node.arg != "self":
            node.arg = new(node.arg)
        elif isinstance(node, ast.FunctionDef):
            node.name = new(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            node.value += 1
    return f"# my own work\n{ast.unparse(tree)}\n"

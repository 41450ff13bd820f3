"""Write the modules that a submission's notebooks export, where the package does not have them. Side: worker.

A module is assembled as nbdev would export it: the cells of the notebook whose `default_exp` names it, then cells of
other notebooks that name it themselves, in the order of their paths. Nothing is executed or parsed as Python. The
policy says when the notebook's text takes the place of a file:

    never     notebooks are not looked at
    missing   only where the file is missing
    older     also where the file is an export of this very notebook (nbdev's header or cell marks say so) and its code
              is no longer that of the cells; a commit has no times, so this is what "older" means
    always    wherever a notebook exports the module

Python files in percent format (`src/01_tensor/01_tensor.py`) are read as notebooks for modules that have neither a file in
the package nor a notebook, whatever the policy but `never`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.errors import SourceError
from grader.source.limits import SourceLimits
from grader.source.names import escape_name
from grader.source.notebooks.exports import exported_from, is_same_code
from grader.source.notebooks.line_map import LineMap, Span
from grader.source.notebooks.magics import find_magics, silence, statement_starts
from grader.source.notebooks.percent import read_percent
from grader.source.notebooks.problem import NotebookProblem
from grader.source.notebooks.reader import Cell, Notebook, read_notebook
from grader.source.package import find_candidates, find_package, new_package_path
from grader.source.tree import Tree, enumerate_names

NOTEBOOK_POLICIES = ("never", "missing", "older", "always")
# The first two lines of a Python file may name its encoding, so neither holds a student's text.
HEADER = ("# Assembled from the submission's notebooks, as text: edit the notebook, not this file.", "#")
ENDING = ".ipynb"
MOST_SPANS = 10_000  # of all assembled files: the way back from lines to cells is read by who has other work to do
COPY = re.compile(r"-Copy[0-9]*\.ipynb$")
FUTURE = re.compile(r"from __future__ import \w")


@dataclass(frozen=True, slots=True)
class Assembly:
    """A tree with its notebooks' modules in place, and the way back from their lines to the cells."""

    tree: Tree
    lines: LineMap
    notes: tuple[str, ...] = ()  # for the student, one sentence each


@dataclass(slots=True)
class _Module:
    """A module that notebooks export, and the cells that write it, each with its notebook's path."""

    dotted: str  # tinytorch.core.tensor
    path: str
    cells: list[tuple[str, Cell]] = field(default_factory=list)
    rivals: list[str] = field(default_factory=list)  # notebooks that export other code as this module

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(notebook for notebook, _ in self.cells))

    @property
    def sources(self) -> str:
        return " and ".join(map(escape_name, self.origins))


def assemble_notebooks(tree: Tree, policy: str, package: str, limits: SourceLimits | None = None) -> Assembly:
    """Return the tree with every module that `policy` takes from a notebook.

    Raises SourceError if two notebooks export different code as the same module, or a module cannot stand in the tree.
    """
    if policy not in NOTEBOOK_POLICIES:
        raise ValueError(f"the notebook policy is '{policy}'; expected one of {', '.join(NOTEBOOK_POLICIES)}")
    if policy == "never":
        return Assembly(tree, LineMap())
    notebooks, notes, unread = _read_all(tree)
    contents, spans = tree.contents(), dict[str, list[Span]]()
    notes += _stale_exports(tree, unread)
    modules = _modules(notebooks, tree, package)
    for module in modules:
        notes += _take(contents, spans, module, policy)
    sources, more = _percent_modules(tree, contents, package, {module.path for module in modules})
    notes += more
    for module in sources:
        notes += _take(contents, spans, module, policy)
    if sum(map(len, spans.values())) > MOST_SPANS:
        spans = {}
        notes.append(f"More than {MOST_SPANS} cells are exported: errors name lines of the assembled files, not cells.")
    return Assembly(Tree.of(contents, tree.dropped, limits), LineMap(spans), tuple(notes))


def _take(contents: dict[str, bytes], spans: dict[str, list[Span]], module: _Module, policy: str) -> list[str]:
    """Write a module into a tree's contents, if it is to be taken from its cells; return what its student must know."""
    choice = _choose(contents, module, policy)
    if choice == "file":
        return [f"{module.path} was graded as it stands; it differs from what {module.sources} exports."]
    if choice == "same":
        return []
    text, spans[module.path], left_out = _write(module)
    contents[module.path] = text.encode()
    for folder in _folders_of(module):
        contents.setdefault(f"{folder}/__init__.py", b"")
    return [f"{module.path} was assembled from {module.sources}.", *left_out]


def _read_all(tree: Tree) -> tuple[list[Notebook], list[str], dict[str, str]]:
    """Return the notebooks that can be read, notes, and why others were left out, by path."""
    notebooks: list[Notebook] = []
    notes: list[str] = []
    silent: list[str] = []
    unread = {item.path: item.reason for item in tree.dropped if item.path.endswith(ENDING)}
    for file in tree.files:
        if not file.path.endswith(ENDING):
            continue
        shown = escape_name(file.path)
        if COPY.search(file.path):
            notes.append(f"The notebook {shown} was not looked at: its name is that of a copy.")
            continue
        try:
            notebook = read_notebook(file.path, file.data)
        except NotebookProblem as problem:
            notes.append(f"The notebook {shown} {problem}; nothing was taken from it.")
            unread[file.path] = "it cannot be read"
            continue
        notebooks.append(notebook)
        notes.extend(notebook.notes)
        if not notebook.cells and not notebook.notes:
            silent.append(shown)
    if silent:
        notes.append(
            f"Nothing was taken from {enumerate_names(silent)}, since no cell is marked for export: put '#| export' above "
            f"your code, and '#| default_exp' with the module's name, such as core.tensor, into a cell of its own."
        )
    return notebooks, notes, unread


def _percent_modules(
    tree: Tree, graded: Mapping[str, bytes], package: str, from_notebooks: Collection[str]
) -> tuple[list[_Module], list[str]]:
    """Return the modules that only files in percent format have, with notes: a package's file and a notebook go first.

    graded: the tree's contents with what notebooks have written.
    """
    sources: list[Notebook] = []
    notes: list[str] = []
    present = set(tree.paths)
    places = tuple(place.path for place in find_candidates(tree, package))
    for file in tree.files:
        try:
            source = read_percent(file.path, file.data)
        except NotebookProblem as problem:
            notes.append(f"{escape_name(file.path)} {problem}; nothing was taken from it.")
            continue
        if source is not None and source.cells:
            sources.append(source)
        elif source is not None and not _is_in(file.path, places):
            notes += source.notes
    modules: list[_Module] = []
    passed_over: list[str] = []
    for module in _modules(sources, tree, package):
        place = module.path.removesuffix(".py")
        if module.path not in from_notebooks and present.isdisjoint((module.path, f"{place}/__init__.py")):
            modules.append(module)
            notes += [note for source in sources if source.path in module.origins for note in source.notes]
        elif (
            module.path in graded
            and module.path not in module.origins
            and not is_same_code(graded[module.path], [cell.lines for _, cell in module.cells], module.dotted)
        ):
            passed_over.append(module.sources)
    if passed_over:
        holds = "holds" if len(passed_over) == 1 else "hold"
        notes.append(
            f"Not graded: {enumerate_names(passed_over)}, which {holds} other code than what is graded. A module is taken "
            "from the package, then from a notebook, and from such a file only where both lack it."
        )
    return modules, notes


def _is_in(path: str, places: Collection[str]) -> bool:
    """Say whether a file is, or lies in, one of some places."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _stale_exports(tree: Tree, unread: Mapping[str, str]) -> list[str]:
    """Return a note for each file that is graded although its own notebook, which may be newer, was left out."""
    names = {path.rpartition("/")[2]: (path, reason) for path, reason in unread.items()}
    notes = []
    for file in tree.files if names else ():
        marked = exported_from(file.data) if file.path.endswith(".py") else set()
        for name in sorted(marked & names.keys()):
            path, reason = names[name]
            notes.append(
                f"{escape_name(file.path)} was graded as it stands, an earlier export of {escape_name(path)}: that notebook "
                f"itself was left out ({reason}), so what you changed in it since then is not graded."
            )
    return notes


def _modules(notebooks: list[Notebook], tree: Tree, package: str) -> list[_Module]:
    """Return each exported module with its cells: the default notebook's first, then those that name it themselves."""
    exports: dict[str, list[tuple[Notebook, list[Cell]]]] = {}
    for notebook in notebooks:
        for name, cells in notebook.cells_by_module().items():
            exports.setdefault(name, []).append((notebook, cells))
    if not exports:
        return []
    folder = find_package(tree, package).path if find_candidates(tree, package) else new_package_path(tree, package)
    if folder.endswith(".py"):
        raise SourceError(f"The package is the single file '{escape_name(folder)}', so notebooks cannot add to it.")
    modules: dict[str, _Module] = {}
    for name, rows in exports.items():
        inner = name.removeprefix(f"{package}.")
        path = f"{folder}/{inner.replace('.', '/')}.py"
        module = modules.setdefault(inner, _Module(f"{package}.{inner}", path))
        defaults = [row for row in rows if row[0].default_module == name]
        others = [row for row in rows if row[0].default_module != name]
        for notebook, cells in [*defaults[:1], *others]:
            module.cells += [(notebook.path, cell) for cell in cells]
        for notebook, cells in defaults[1:]:
            if _texts(cells) != _texts(defaults[0][1]):
                module.rivals.append(notebook.path)
    return list(modules.values())


def _texts(cells: list[Cell]) -> list[tuple[str, ...]]:
    return [cell.lines for cell in cells]


def _choose(contents: Mapping[str, bytes], module: _Module, policy: str) -> str:
    """Return "same", "file" or "notebook": whose text the module gets."""
    as_folder = f"{module.path.removesuffix('.py')}/__init__.py"
    existing = contents.get(module.path, contents.get(as_folder))
    if existing is not None:
        if is_same_code(existing, [cell.lines for _, cell in module.cells], module.dotted):
            return "same"
        names = {notebook.rpartition("/")[2] for notebook, _ in module.cells}
        if policy == "missing" or (policy == "older" and names.isdisjoint(exported_from(existing))):
            return "file"
    if module.rivals:
        rivals = " and ".join(map(escape_name, module.rivals))
        raise SourceError(f"The notebooks {module.sources} and {rivals} export different code as one module; keep one.")
    hidden = [f"{folder}.py" for folder in _folders_of(module) if f"{folder}.py" in contents]
    for path in [as_folder] if as_folder in contents else hidden:
        raise SourceError(f"{module.path}, exported by {module.sources}, cannot stand beside {path}; keep one.")
    return "notebook"


def _write(module: _Module) -> tuple[str, list[Span], list[str]]:
    """Return the module's text, where each of its lines came from, and a note for every cell with notebook commands."""
    futures: list[str] = []
    body: list[str] = []
    future_spans: list[Span] = []
    body_spans: list[Span] = []
    notes: list[str] = []
    for notebook, cell in module.cells:
        lines = list(cell.lines)
        magics = find_magics(lines)
        silence(lines, magics)
        if magics:
            place = f"cell {cell.number}" if cell.number else f"line {cell.first_line + magics[0]}"
            notes.append(f"{escape_name(notebook)}, {place}: notebook commands (% or !) were left out.")
        for index, starts in enumerate(statement_starts(lines)):
            if starts and FUTURE.match(lines[index]):  # Python wants it above all else
                futures.append(lines[index])
                future_spans.append(Span(len(futures), 1, notebook, cell.number, cell.first_line + index))
                lines[index] = ""
        body += ["", f"# %% {notebook}, cell {cell.number}" if cell.number else f"# %% {notebook}"]
        body_spans.append(Span(len(body) + 1, len(lines), notebook, cell.number, cell.first_line))
        body += lines
    spans = _shift(future_spans, len(HEADER)) + _shift(body_spans, len(HEADER) + len(futures))
    return "\n".join([*HEADER, *futures, *body]) + "\n", spans, notes


def _shift(spans: list[Span], line_count: int) -> list[Span]:
    return [replace(span, first_line=span.first_line + line_count) for span in spans]


def _folders_of(module: _Module) -> Iterator[str]:
    """Yield the package's folders that a module lies in; nbdev makes packages of them."""
    folder = module.path
    for _ in range(module.dotted.count(".")):
        folder = folder.rpartition("/")[0]
        yield folder

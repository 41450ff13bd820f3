"""One suite's runs during a check: the reference, its files, and how a tree is graded. Side: worker."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from grader.errors import SuiteError
from grader.result import RunResult
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.source import Tree, stage_folder
from grader.suite.authoring.skeleton import skeleton
from grader.suite.authoring.starter import SUITES, helper_modules, starter_tree
from grader.suite.check.report import Rule, SuiteReport
from grader.suite.course_table import read_course_table
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.supervisor.course.overlay import module_files
from grader.supervisor.judge_box import PlannedCheck
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import grade

SEED = 1
BUDGET_FILE = "test_budgets.py"

Item = TypeVar("Item")
Found = TypeVar("Found")
Tick = Callable[[str, int, int], None]  # what is being tried, done, of how many


class Grading:
    """A suite, its reference, and lanes to grade trees in."""

    def __init__(self, suite: Suite, engine: Engine, tick: Tick | None = None) -> None:
        if suite.reference is None:
            raise SuiteError(
                f"{suite.folder}/suite.toml: a suite is checked against its reference; name it: reference = ..."
            )
        self.suite = suite
        self.reference = stage_folder(suite.reference)
        self.is_of_the_course = suite.folder.parent == SUITES
        self.planned: Sequence[PlannedCheck] = ()  # known once the lanes are open
        self.lanes = ParallelRuns(engine)
        self.tick = tick or (lambda what, done, total: None)
        self.report = SuiteReport(suite.name)

    def collect(self) -> None:
        """Learn what the suite's checks are; raises SuiteError if it cannot be used."""
        self.planned = self.lanes.pool.judge(self.suite).checks

    @property
    def max_points(self) -> float:
        """What the suite's checks can earn together."""
        return sum(check.max_points for check in self.planned)

    def own_files(self) -> list[str]:
        """Return the files of the reference that this suite is about, that of the last module it names first.

        A topic of a course builds on earlier ones, and a milestone on all of them: there it is that module alone. Elsewhere
        whatever lies in the student's packages is work that is handed in.
        """
        module = self.suite.modules[-1].replace(".", "/")
        found = [path for path in (f"{module}.py", f"{module}/__init__.py") if path in self.reference.paths]
        if not found:
            raise SuiteError(f"{self.suite.folder}/suite.toml: the reference has no module {self.suite.modules[-1]}")
        if not (self.suite.topic or self.suite.is_milestone):
            files = [path for package in self.suite.packages for path in module_files(self.reference, package)]
            found += [path for path in files if path.endswith(".py") and path not in found]
        return found

    def mutated_files(self) -> list[str]:
        """Return the files whose every line the suite answers for: its own, and in our course their helpers."""
        files = self.own_files()
        if self.suite.reference is not None and self.is_of_the_course:
            sources = [self.reference.read(path).decode("utf-8") for path in files]
            helpers = [name for source in sources for name in helper_modules(source, self.suite.reference)]
            files += [f"{name.replace('.', '/')}.py" for name in helpers]
        return files

    def starter(self) -> Tree:
        """Return the starter that the course publishes; of another course's suite, the reference without its bodies."""
        if self.is_of_the_course and self.suite.topic in read_course_table(SUITES).topics:
            files = starter_tree(self.suite.topic, with_earlier=True)
            return Tree.of({path: text.encode("utf-8") for path, text in files.items()})
        contents = self.reference.contents()
        for path in self.own_files():
            contents[path] = skeleton(contents[path].decode("utf-8")).encode("utf-8")
        return Tree.of(contents)

    def with_files(self, sources: Mapping[str, str]) -> Tree:
        """Return the reference with some of its files replaced, by their paths."""
        return Tree.of({**self.reference.contents(), **{path: text.encode("utf-8") for path, text in sources.items()}})

    def rule(self, name: str) -> Rule:
        """Begin a rule of the report."""
        self.tick(name, 0, 1)
        self.report.rules.append(Rule(name))
        return self.report.rules[-1]

    def grade(self, tree: Tree, order: Order | None = None, seed: int = SEED) -> RunResult:
        """Grade a tree as a student's is graded, in the calling thread's lane."""
        limits = Limits().override(self.suite.limits)
        pool = self.lanes.pool
        judge = pool.judge(self.suite)
        result = grade(
            tree, self.suite, pool.engine, seed=seed, order=order, judge=judge, open_candidate=pool.candidate
        )
        pool.warm(limits)
        return result

    def each(self, what: str, work: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
        """Yield what `work` finds for each item, in order, and tell how far it is."""
        for number, found in enumerate(self.lanes.each(work, items), 1):
            self.tick(what, number, len(items))
            yield found

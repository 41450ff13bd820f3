"""Turn a folder, an upload or a commit into a safe, canonical tree with a digest. Side: worker.

Nothing a student sends is executed, installed, checked out or followed: every front door only lists names and reads
bytes, and each of them ends in the same `Tree`. What cannot be staged safely is a `SourceError` with one sentence for
the student; what is left out on purpose is listed in `Tree.dropped`. See docs/submissions.md.

    stage_folder, stage_archive, stage_commit, stage_upload    the front doors; stage_file for a single file
    pack_archive, unpack_archive                 between the service's store and the grading worker
    prepare_packages                             notebooks assembled and the packages found, ready for the sandbox
    read_cells                                   a notebook's cells, to be shown
    stage_path                                   what a person names on the command line, by its front door
    stage_limited, prepare_limited               the same in a child process with limits: what a service calls
    Preparation                                  the same in two steps, so that the slow one goes on beside others
"""

from grader.source.archive.upload import stage_archive
from grader.source.bundle import pack_archive, unpack_archive
from grader.source.folder import stage_file, stage_folder
from grader.source.git.commit import stage_commit
from grader.source.git.repository import FetchNotAllowed, FetchPolicy, SourceUnavailable
from grader.source.hints.rivals import without_rivals
from grader.source.limited import Preparation, prepare_limited, stage_limited, stage_path
from grader.source.limits import SourceLimits
from grader.source.loose import place_files, stage_upload
from grader.source.names import escape_name
from grader.source.notebooks.assembly import NOTEBOOK_POLICIES, Assembly, assemble_notebooks
from grader.source.notebooks.line_map import LineMap
from grader.source.notebooks.problem import NotebookProblem
from grader.source.notebooks.reader import WholeCell, read_cells
from grader.source.package import Package, find_package
from grader.source.prepare import Prepared, prepare_package, prepare_packages
from grader.source.tree import Dropped, Tree, TreeFile

__all__ = [
    "NOTEBOOK_POLICIES",
    "Assembly",
    "Dropped",
    "FetchNotAllowed",
    "FetchPolicy",
    "LineMap",
    "NotebookProblem",
    "Package",
    "Preparation",
    "Prepared",
    "SourceLimits",
    "SourceUnavailable",
    "Tree",
    "TreeFile",
    "WholeCell",
    "assemble_notebooks",
    "escape_name",
    "find_package",
    "pack_archive",
    "place_files",
    "prepare_limited",
    "prepare_package",
    "prepare_packages",
    "read_cells",
    "stage_archive",
    "stage_commit",
    "stage_file",
    "stage_folder",
    "stage_limited",
    "stage_path",
    "stage_upload",
    "unpack_archive",
    "without_rivals",
]

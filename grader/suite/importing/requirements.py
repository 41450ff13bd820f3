"""What a source's own set-up would install: `requirements.txt` and the `pip` and `apt` lines of shell scripts. Side: worker."""

import itertools
import re
import shlex

from grader.suite.importing.code import HERE
from grader.suite.importing.imported import Contents, Imported, text_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
OURS = {name.replace("_", "-") for name in HERE}
INSTALLS = {("pip", "install"), ("pip3", "install"), ("apt-get", "install"), ("apt", "install"), ("conda", "install")}
READ = ("setup.sh", "requirements.txt", "environment.yml", "run_autograder", "setup.py")


def look_at_requirements(files: Contents, imported: Imported) -> None:
    """Note what the source's set-up installs and the judge does not have."""
    wanted: dict[str, str] = {}
    for path, data in sorted(files.items()):
        name = path.rpartition("/")[2]
        if name.startswith("requirements") and name.endswith(".txt"):
            wanted |= dict.fromkeys(of_requirements(text_of(data)), path)
        elif name in ("setup.sh", "run_autograder"):
            wanted |= dict.fromkeys(of_script(text_of(data)), path)
        elif name == "environment.yml":
            imported.notes.person.append(f"`{path}` describes an environment of conda's; it was not read.")
    for package, path in sorted(wanted.items()):
        if package.lower().replace("_", "-") in OURS:
            imported.notes.taken.append(f"`{package}` ({path}) is part of every judge.")
        else:
            imported.notes.person.append(
                f"`{package}` ({path}) was installed; neither the judge's box nor the student's has it. Where the tests import "
                f'it, write `judge_requirements = ["{package}"]` in `suite.toml`, where students may, `candidate_requirements`; '
                "then run `python -m grader suite build`."
            )


def of_requirements(text: str) -> list[str]:
    """Return the packages that a requirements file names."""
    found = [NAME.match(line.strip()) for line in text.splitlines() if not line.strip().startswith(("#", "-"))]
    return [match[0] for match in found if match]


def of_script(text: str) -> list[str]:
    """Return the packages that a shell script installs by name; the script is read, line by line, and not run."""
    found: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        for place, pair in enumerate(itertools.pairwise(words)):
            program = pair[0].rpartition("/")[2]
            if (program, pair[1]) in INSTALLS:
                named = words[place + 2 :]
                files = {named[i + 1] for i, word in enumerate(named[:-1]) if word in ("-r", "--requirement")}
                found += [
                    match[0]
                    for word in named
                    if not word.startswith(("-", "/", ".", "&", "|", ";", "$")) and word not in files
                    if (match := NAME.match(word))
                    and match[0] not in ("python3", "python3-pip", "python3-dev", "python")
                ]
    return found

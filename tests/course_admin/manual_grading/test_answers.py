"""Where an answer is found: sections of Markdown, cells of notebooks, files by patterns; and names that are hidden."""

import json

import pytest

from course_admin.courses.models import Enrollment
from course_admin.manual_grading.answers.find import find_answer, without_names
from course_admin.manual_grading.models import Question

MARKS = ["Question 1", "Question 2"]
MARKDOWN = """# Reflections
## Question 1: memory
Because it is **contiguous**.

### A detail
Strides.
```python
# Question 2 is no heading here
```
## Question 2
Second.
## Thanks
To all.
"""


def question(marker: str = "Question 1", *paths: str) -> Question:
    return Question(answer_marker=marker, answer_paths="\n".join(paths or ["ANSWERS.md"]))


def test_a_section_goes_to_the_next_heading_of_its_level():
    found = find_answer(question("Question 2"), {"ANSWERS.md": MARKDOWN.replace("# Question 2 is", "# It is")}, MARKS)
    assert found.text == "Second."


def test_it_keeps_headings_below_its_own_and_ends_at_another_questions_marker():
    found = find_answer(question(), {"work/answers.MD": MARKDOWN}, MARKS)
    assert found.path == "work/answers.MD"
    assert found.text.startswith("Because it is")
    assert "Strides." in found.text
    assert "Second" not in found.text


def test_patterns_are_tried_in_their_order_and_only_files_with_the_marker_count():
    files = {"a/notes.md": "# Question 1\nfrom notes", "ANSWERS.md": "# Nothing here", "b/notes.md": "# Question 1\nb"}
    assert find_answer(question("Question 1", "ANSWERS.md", "notes.md"), files, MARKS).text == "from notes"
    assert find_answer(question("Question 1", "*.txt"), files, MARKS).text == ""


def test_without_a_marker_the_whole_file_is_the_answer():
    assert find_answer(question("", "essay.md"), {"essay.md": "\nAll of it.\n"}, []).text == "All of it."


def notebook(*cells: tuple[str, object]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells]})


def test_cells_below_the_one_with_the_question_are_its_answer():
    data = notebook(
        ("markdown", ["## Question 1\n", "Why?\n"]),
        ("markdown", "Because."),
        ("code", "x = 1"),
        ("markdown", "## Question 2"),
        ("markdown", "Other."),
    )
    found = find_answer(question("Question 1", "*.ipynb"), {"modules/01.ipynb": data}, MARKS)
    assert found.text == "Why?\n\n\nBecause.\n\n```python\nx = 1\n```"


@pytest.mark.parametrize("data", ["", "[]", "{}", '{"cells": 3}', '{"cells": [3]}', '{"cells": [{}]}', "[" * 100_000])
def test_what_is_no_notebook_has_no_answer(data):
    assert find_answer(question("Question 1", "*.ipynb"), {"a.ipynb": data}, MARKS).text == ""


def test_names_of_the_roster_are_hidden_as_whole_words():
    mira = Enrollment(name="Mira Okafor", email="mira@example.edu", github_login="mira-o", student_id="U0044120")
    text = "By Mira Okafor (mira@example.edu, U0044120), or MIRA; admiral."
    assert without_names(text, [mira]) == "By [name] ([name], [name]), or [name]; admiral."

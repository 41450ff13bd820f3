import pytest

from notes_file import Notes


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path)


def test_starts_empty(notes):
    assert notes.titles() == []


def test_keeps(notes):
    notes.add("shopping", "tea")
    assert notes.read("shopping") == "tea"
    assert notes.titles() == ["shopping"]


def test_is_a_file(notes, tmp_path):
    notes.add("todo", "sleep")
    assert (tmp_path / "todo.txt").read_text() == "sleep"


def test_missing(notes):
    with pytest.raises(KeyError):
        notes.read("nothing")

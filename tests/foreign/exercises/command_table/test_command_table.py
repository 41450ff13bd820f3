import pytest
from command_table import COMMANDS, HISTORY, command, run, undo


@pytest.fixture(autouse=True)
def nothing_yet():
    COMMANDS.clear()
    HISTORY.clear()


@pytest.fixture
def add():
    @command("add")
    def add(state, number):
        return state + int(number)

    return add


def test_a_command_is_registered(add):
    assert COMMANDS["add"] is add
    assert add.__name__ == "add"


def test_run(add):
    assert run(1, "add 4") == 5
    assert HISTORY == [(1, "add 4")]


def test_undo(add):
    state = run(run(0, "add 1"), "add 2")
    assert state == 3
    assert undo() == 1
    assert undo() == 0
    with pytest.raises(IndexError):
        undo()


def test_unknown():
    with pytest.raises(LookupError, match="no command is called 'fly'"):
        run(0, "fly")
    assert HISTORY == []


def test_twice(add):
    with pytest.raises(ValueError):
        command("add")(lambda state: state)

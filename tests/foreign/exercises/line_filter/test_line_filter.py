import pytest

from line_filter import grep, main


def test_grep():
    assert grep("a", ["cat", "dog", "ant"]) == ["cat", "ant"]


def test_numbers():
    assert grep("a", ["cat", "dog", "ant"], numbers=True) == ["1:cat", "3:ant"]


def test_prints(capsys):
    main(["o", "cat", "dog", "fox"])
    assert capsys.readouterr().out == "dog\nfox\n"


def test_usage(capsys):
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_environment(monkeypatch, capsys):
    monkeypatch.setenv("GREP_PREFIX", "> ")
    main(["c", "cat"])
    assert capsys.readouterr().out == "> cat\n"

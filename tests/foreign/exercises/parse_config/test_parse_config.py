import pytest

from parse_config import ConfigError, MissingKey, Settings


def test_reads_pairs():
    assert Settings("a = 1\nb=two\n")["b"] == "two"


def test_comments_and_empty_lines():
    assert len(Settings("# nothing\n\nx = 1")) == 1


def test_a_line_without_a_value():
    with pytest.raises(ConfigError, match="line 2"):
        Settings("a = 1\nb\n")


def test_a_missing_key():
    with pytest.raises(MissingKey) as caught:
        Settings("a = 1")["b"]
    assert caught.value.key == "b"
    assert "b" in str(caught.value)


def test_missing_keys_are_errors_of_settings():
    with pytest.raises(ConfigError):
        Settings("")["x"]


def test_membership():
    settings = Settings("a = 1")
    assert "a" in settings
    assert "z" not in settings


def test_order_is_kept():
    assert list(Settings("b = 1\na = 2")) == ["b", "a"]

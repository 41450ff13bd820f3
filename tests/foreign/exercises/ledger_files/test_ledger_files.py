import os
import tempfile

import pytest
from ledger_files import Ledger, read, total


def test_total_of_a_file_beside_the_tests():
    assert total("data/march.csv") == 403


def test_reads_into_a_ledger():
    ledger = read("data/march.csv")
    assert type(ledger) is Ledger
    assert isinstance(ledger, dict)
    assert ledger["tea"] == 3


def test_saves_where_it_is_told(tmp_path):
    ledger = Ledger(tea=3)
    ledger.save(tmp_path / "april.csv")
    assert (tmp_path / "april.csv").read_text() == "what,amount\ntea,3\n"
    assert sorted(os.listdir(tmp_path)) == ["april.csv"]


def test_appends(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("what,amount\ntea,1\n")
    Ledger(milk=2).append_to(str(path))
    assert path.read_text().splitlines() == ["what,amount", "tea,1", "milk,2"]
    assert total(path) == 3


def test_works_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Ledger(tea=4).save("may.csv")
    assert open("may.csv").read() == "what,amount\ntea,4\n"


def test_temporary_file():
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("what,amount\nbread,5\n")
        file.flush()
        assert total(file.name) == 5


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        total(tmp_path / "none.csv")


def test_is_a_class_of_its_own():
    assert Ledger.__module__ == "ledger_files"
    assert not hasattr(Ledger, "__call__") or callable(Ledger)
    assert not hasattr(Ledger(), "__enter__")

"""Archives by their hash, from a folder or over HTTP: `grader/transport/archives.py`."""

import hashlib

import pytest
from werkzeug import Response

from grader.transport.archives import ArchiveUnavailable, FolderArchives, HttpArchives, archives_at

DATA = b"an archive"
SHA256 = hashlib.sha256(DATA).hexdigest()


def test_an_archive_comes_back_under_its_hash(tmp_path):
    archives = FolderArchives(tmp_path / "new")
    assert archives.put(DATA) == SHA256
    assert archives.put(DATA) == SHA256
    assert archives.get(SHA256) == DATA
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [SHA256]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_is_refused(tmp_path, name):
    with pytest.raises(ArchiveUnavailable, match="64 hexadecimal"):
        FolderArchives(tmp_path).get(name)


def test_a_missing_or_changed_archive_is_a_fault(tmp_path):
    archives = FolderArchives(tmp_path)
    with pytest.raises(ArchiveUnavailable, match="cannot be read"):
        archives.get("0" * 64)
    archives.put(DATA)
    (tmp_path / SHA256[:2] / SHA256).write_bytes(b"other bytes")
    with pytest.raises(ArchiveUnavailable, match="holds other bytes"):
        archives.get(SHA256)


def test_a_worker_elsewhere_shows_the_token_of_its_lease(httpserver):
    expected = {"Authorization": "Bearer the-token"}
    httpserver.expect_request("/worker/runs/run_1/archives/" + SHA256, headers=expected).respond_with_data(DATA)
    archives = archives_at(httpserver.url_for("/worker/"))
    assert isinstance(archives, HttpArchives)
    assert archives.get(SHA256, "run_1", "the-token") == DATA
    with pytest.raises(ArchiveUnavailable):
        archives.get(SHA256, "run_1", "another")


def test_other_bytes_and_refusals_are_faults(httpserver):
    httpserver.expect_request("/runs/run_1/archives/" + SHA256).respond_with_data(b"other bytes")
    httpserver.expect_request("/runs/run_2/archives/" + SHA256).respond_with_data(DATA, status=404)
    archives = HttpArchives(httpserver.url_for("/"))
    with pytest.raises(ArchiveUnavailable, match="holds other bytes"):
        archives.get(SHA256, "run_1", "t")
    with pytest.raises(ArchiveUnavailable, match="404"):
        archives.get(SHA256, "run_2", "t")


def test_a_redirect_is_not_followed_with_the_token(httpserver):
    seen = []
    httpserver.expect_request("/elsewhere").respond_with_handler(lambda request: seen.append(request) or Response(DATA))
    redirect = Response(status=302, headers={"Location": httpserver.url_for("/elsewhere")})
    httpserver.expect_request("/runs/run_1/archives/" + SHA256).respond_with_handler(lambda request: redirect)
    with pytest.raises(ArchiveUnavailable, match="302"):
        HttpArchives(httpserver.url_for("/")).get(SHA256, "run_1", "t")
    assert seen == []


def test_a_service_that_is_away_is_a_fault():
    with pytest.raises(ArchiveUnavailable, match="cannot be fetched"):
        HttpArchives("http://127.0.0.1:9").get(SHA256, "run_1", "t")

"""How files arrive: in memory, within a quota, and with a clear message if one is too large."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from hosted.documents import preflight, uploads

MB = 1_000_000


def posted(**files: bytes) -> Any:
    data = {name: SimpleUploadedFile(f"{name}.pdf", content) for name, content in files.items()}
    return RequestFactory().post("/", {"word": "typed", **data})


def test_two_photos_of_20_mb_arrive_whole_and_a_larger_one_says_that_it_was_a_photo():
    start = b"\xff\xd8\xff"
    request = posted(loa=start + b"a" * (20 * MB - 3), bill=start + b"b" * (20 * MB - 3))
    larger = posted(loa=start + b"a" * 20 * MB)

    assert [len(file.read()) for file in request.FILES.values()] == [20 * MB, 20 * MB]
    assert preflight.is_photo(larger.FILES["loa"].start)
    assert larger.FILES["loa"].read() == b""


def test_a_file_that_is_too_large_takes_nothing_from_the_other():
    request = posted(loa=b"%PDF-" + b"a" * 9 * MB, bill=b"%PDF-" + b"b" * 4 * MB)

    assert isinstance(request.FILES["loa"], uploads.Oversized)
    assert len(request.FILES["bill"].read()) == 4 * MB + 5


def test_two_documents_of_the_size_telnyx_takes_arrive_whole():
    request = posted(loa=b"a" * 5 * MB, bill=b"b" * 5 * MB)

    assert {name: (file.size, file.read()[-1:]) for name, file in request.FILES.items()} == {
        "loa": (5 * MB, b"a"),
        "bill": (5 * MB, b"b"),
    }


@pytest.mark.promise("X78")
def test_an_upload_over_the_quota_is_not_kept_but_its_size_is_known():
    request = posted(loa=b"a" * 12 * MB, bill=b"small")

    assert isinstance(request.FILES["loa"], uploads.Oversized)
    assert (request.FILES["loa"].size, request.FILES["loa"].read()) == (12 * MB, b"")
    assert request.FILES["bill"].read() == b"small"
    assert request.POST["word"] == "typed"


@pytest.mark.promise("X78")
def test_nothing_of_a_hopeless_request_is_read():
    request = posted(loa=b"a" * 50 * MB)

    with pytest.raises(RequestDataTooBig):
        _ = request.FILES

    assert request.environ["wsgi.input"].read(2) == b"--", "the start of it"


@pytest.mark.promise("X78")
def test_more_than_two_files_are_refused():
    request = posted(**{f"file{n}": b"x" for n in range(200)})

    with pytest.raises(TooManyFilesSent):
        _ = request.FILES


@pytest.mark.parametrize(
    "files",
    [{"one": b"a" * 50 * MB}, {f"file{n}": b"%PDF-" for n in range(200)}, {"a": b"", "b": b"", "c": b""}],
)
@pytest.mark.promise("X78")
def test_an_upload_that_is_too_large_gets_a_page_that_says_what_to_do(db, files):
    body = {name: SimpleUploadedFile(f"{name}.pdf", content) for name, content in files.items()}

    answer = Client(raise_request_exception=False).post("/admin/login/", body)

    assert answer.status_code == 413
    assert "A document can be up to 5 MB" in answer.content.decode()


@pytest.mark.parametrize("size", [4 * MB, 12 * MB, 50 * MB])
@pytest.mark.promise("X78")
def test_nothing_is_left_in_the_folder_of_temporary_files(db, settings, tmp_path, size):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = set(Path(tempfile.gettempdir()).glob("*.upload*"))
    body = {"file": SimpleUploadedFile("a.pdf", b"a" * size)}
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("someone"))

    answer = client.post("/admin/login/", body)

    assert answer.status_code == (413 if size == 50 * MB else 200)
    assert list(tmp_path.iterdir()) == []
    assert set(Path(tempfile.gettempdir()).glob("*.upload*")) == before

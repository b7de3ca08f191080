"""Documents on disk: sealed, versioned, and never half written."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from config.local.places import ROOT
from hosted.choices import DocumentKind, LookAction
from hosted.documents import store
from hosted.documents.uploads import Oversized
from hosted.models import Document, DocumentLook
from messaging import files

from . import pdfs
from .conftest import make_order

LOA, BILL = DocumentKind.LOA, DocumentKind.BILL


def on_disk(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.promise("F40")
def test_an_upload_is_kept_with_everything_known_about_it(save, person):
    content = pdfs.plain(3)

    document = save(content=content, name='LOA "final" #2.pdf')

    document = Document.objects.get(pk=document.pk)
    assert (document.version, document.pages, document.size) == (1, 3, len(content))
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert (document.display_name, document.sent_name) == ('LOA "final" #2.pdf', "LOA-final-2.pdf")
    assert document.uploaded_by == person("operator")
    assert store.read(document) == content


@pytest.mark.promise("X79")
def test_the_file_has_a_random_name_and_is_sealed_and_readable_only_by_us(save, folder):
    document = save(content=pdfs.plain(text="Holder of the line"), name="../../etc/x.pdf")

    (path,) = folder.iterdir()
    assert path.name == str(document.file_id)
    assert b"PDF" not in path.read_bytes()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.promise("F45")
def test_a_new_upload_is_the_next_version_and_the_old_one_stays(save, order):
    first, second, bill = save(), save(content=pdfs.plain(1)), save(BILL)

    first.refresh_from_db()
    assert (first.replaced_by, second.version) == (second, 2)
    assert store.current(order) == {LOA: second, BILL: bill}
    assert store.read(first) == pdfs.plain()


def test_versions_of_one_order_say_nothing_of_another(save):
    save()

    other = save(of=make_order("+12175550109"))

    assert (other.version, other.replaced_by) == (1, None)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04 a text", "not_pdf"), (b"", "empty"), (pdfs.encrypted(""), "encrypted")],
)
@pytest.mark.promise("B7")
def test_a_refused_file_leaves_nothing_behind(save, folder, content, code):
    with pytest.raises(store.Refused) as refused:
        save(content=content)

    assert [finding.code for finding in refused.value.findings] == [code]
    assert not Document.objects.exists()
    assert on_disk(folder) == []


@pytest.mark.promise("B7")
def test_a_file_of_40_mb_is_refused_by_its_size_alone(order, person, folder):
    large = Oversized(None, "loa", "scan.pdf", "application/pdf", 40_000_000, None)

    with pytest.raises(store.Refused) as refused:
        store.save(order, LOA, large, by=person("operator"))

    assert "larger than the 5 MB" in str(refused.value)
    assert on_disk(folder) == []


@pytest.mark.promise("F47")
def test_a_document_telnyx_has_is_closed_and_one_it_refused_is_open(save, order):
    letter, bill = save(LOA), save(BILL)
    now = timezone.now()
    Document.objects.update(sent_at=now)
    Document.objects.filter(pk=letter.pk).update(refused_at=now)

    second = save(LOA)
    with pytest.raises(store.Closed):
        save(BILL)

    assert second.version == 2
    assert store.current(order)[BILL] == bill


@pytest.mark.promise("X85")
def test_an_upload_is_recorded_as_a_view(save, person):
    document = save()

    assert list(document.looks.values_list("user", "action")) == [(person("operator").pk, LookAction.UPLOAD)]


def flipped(sealed: bytes) -> bytes:
    """Change one character in the middle."""
    middle = len(sealed) // 2
    return sealed[:middle] + (b"A" if sealed[middle : middle + 1] != b"A" else b"B") + sealed[middle + 1 :]


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(flipped(path.read_bytes())),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:500]),
    ],
)
@pytest.mark.promise("X81")
def test_a_missing_or_changed_file_is_never_read(save, folder, harm):
    document = save()
    assert store.unchanged(document)

    harm(folder / str(document.file_id))

    assert not store.unchanged(document)
    with pytest.raises(store.DocumentChanged):
        store.read(document)


@pytest.mark.promise("X81")
def test_another_document_in_its_place_is_not_accepted(save, folder):
    letter, bill = save(LOA, pdfs.plain(1)), save(BILL, pdfs.plain(2))

    (folder / str(bill.file_id)).replace(folder / str(letter.file_id))

    assert not store.unchanged(letter)


@pytest.fixture
def full_disk():
    """Allow no file to grow beyond 1 kB, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.promise("X80")
def test_a_full_disk_leaves_no_row_and_no_file_and_a_later_upload_works(save, folder, full_disk):
    with pytest.raises(store.NotKept, match="our disk is full"):
        save()

    assert not Document.objects.exists()
    assert on_disk(folder) == []

    full_disk()
    document = save()
    assert on_disk(folder) == [str(document.file_id)]


@pytest.mark.promise("X80")
def test_a_row_that_cannot_be_written_leaves_no_file(save, folder, order):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE hosted_document ADD CONSTRAINT no_more CHECK (size < 0) NOT VALID")

    with pytest.raises(Exception, match="no_more"):
        save()

    assert on_disk(folder) == []


def test_a_folder_that_cannot_be_made_is_explained_and_not_a_crash(save, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.DOCUMENTS_ROOT = tmp_path / "file" / "documents"

    with pytest.raises(store.CannotStore):
        save()


def age(path) -> None:
    long_ago = timezone.now().timestamp() - files.ORPHAN_SECONDS - 60
    os.utime(path, (long_ago, long_ago))


def test_the_sweep_removes_old_orphans_and_nothing_else(save, folder):
    document = save()
    young, old = uuid4(), uuid4()
    for file_id in (young, old):
        files.write(file_id, b"sealed")
    (folder / f"{uuid4()}.abc.part").write_bytes(b"half")
    (folder / "README").write_text("not ours")
    for path in folder.iterdir():
        if path.name != str(young):
            age(path)

    assert files.sweep_orphans() == 2
    assert on_disk(folder) == sorted([str(document.file_id), str(young), "README"])
    assert files.sweep_orphans() == 0


@pytest.mark.promise("X80")
def test_a_process_killed_while_it_writes_leaves_no_file_under_a_final_name(folder):
    code = (
        "import os, signal, django; django.setup()\n"
        "from messaging import files\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write('0f9b7a52-0000-4000-8000-000000000000', b'x' * 100_000)\n"
    )
    environment = os.environ | {
        "DOCUMENTS_ROOT": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False)

    assert done.returncode == -signal.SIGKILL
    (left,) = on_disk(folder)
    assert left.endswith(".part")
    age(folder / left)
    assert files.sweep(lambda file_id: False) == 1


@pytest.mark.promise("X94")
def test_neither_a_page_nor_a_log_of_a_row_reveals_what_the_file_holds(save):
    document = save(content=pdfs.plain(text="Holder of the line"))

    row = json.dumps(list(Document.objects.filter(pk=document.pk).values()), default=str)

    assert "Holder of the line" not in row


@pytest.mark.promise("X85")
def test_a_view_is_recorded_for_good_before_anything_is_shown(save, person):
    document = save()

    store.look(document, person("compliance"), LookAction.PREVIEW)

    newest = DocumentLook.objects.first()
    assert (newest.document, newest.user, newest.action) == (document, person("compliance"), "preview")

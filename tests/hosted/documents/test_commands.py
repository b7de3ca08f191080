"""The commands for the files: new keys, and files without a row."""

import os
import time
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from config.celery import app
from hosted.documents import store
from messaging import files

from . import pdfs


def test_after_the_rotation_the_old_key_may_go(save, settings, folder, capsys):
    old, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
    letter, bill = save(), save("bill", pdfs.plain(1))
    settings.DOCUMENT_KEYS = [new, old]

    call_command("rotate_document_keys")

    assert "2 files" in capsys.readouterr().out
    settings.DOCUMENT_KEYS = [new]
    assert (store.read(letter), store.read(bill)) == (pdfs.plain(), pdfs.plain(1))
    settings.DOCUMENT_KEYS = [old]
    assert not store.unchanged(letter)
    assert len(list(folder.iterdir())) == 2


def test_the_rotation_goes_on_after_a_lost_file_and_names_it(save, settings):
    lost, kept = save(), save("bill")
    files.remove(lost.file_id)
    settings.DOCUMENT_KEYS = [Fernet.generate_key().decode(), *settings.DOCUMENT_KEYS]

    with pytest.raises(CommandError, match=str(lost.pk)):
        call_command("rotate_document_keys")

    settings.DOCUMENT_KEYS = settings.DOCUMENT_KEYS[:1]
    assert store.unchanged(kept)


def test_the_rotation_can_run_twice(save):
    document = save()

    call_command("rotate_document_keys")
    call_command("rotate_document_keys")

    assert store.unchanged(document)


def leave_an_orphan(folder):
    files.write(uuid4(), b"sealed")
    long_ago = time.time() - 2 * files.ORPHAN_SECONDS
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))


def test_the_sweep_says_what_it_removed(save, folder, capsys):
    save()
    leave_an_orphan(folder)

    call_command("sweep_documents")

    assert capsys.readouterr().out == "Files removed: 1\n"
    assert len(list(folder.iterdir())) == 1


def test_beat_has_the_worker_sweep_every_day(save, folder, settings):
    document = save()
    leave_an_orphan(folder)
    app.loader.import_default_modules()
    [(task, seconds)] = [planned for planned in settings.PERIODIC.items() if "sweep_doc" in planned[0]]

    app.tasks[task]()
    app.tasks[task]()

    assert seconds == 24 * 3600
    assert [path.name for path in folder.iterdir()] == [str(document.file_id)]

"""Uploading a letter and a bill through the page: one form, photos, the wrong file, and what is asked first."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from hosted.documents import letter, preflight, store
from hosted.models import Document, DocumentLook
from hosted.orders import workflow
from messaging.mirror import retention
from messaging.mirror.models import OutboxEntry
from tests.hosted.conftest import LIST, THREE, url
from tests.hosted.documents import pdfs, photos
from tests.hosted.documents.conftest import HOLDER

BILL = pdfs.plain(1, "Amount due: $12. Invoice, statement.")


@pytest.fixture
def order(ordered):
    return ordered(THREE)


@pytest.fixture
def loa(order) -> bytes:
    return letter.make(order, HOLDER)


@pytest.fixture
def upload(desk, order):
    """Post the form for both documents: `upload(loa=BYTES, bill=BYTES)`."""

    def uploaded(**files: bytes) -> str:
        form: dict[str, Any] = {}
        for kind, content in files.items():
            form[f"{kind}-file"] = SimpleUploadedFile(f"{kind}.pdf", content)
            form[f"{kind}-day"] = str(timezone.localdate() - timedelta(days=len(kind)))
        return desk.post(url(order, "upload"), form, follow=True).content.decode()

    return uploaded


@pytest.fixture
def answer(desk, order):
    def answered(what: str, *documents: Document, **form: str) -> str:
        form |= {"answer": what, "document": [str(document.pk) for document in documents]}  # type: ignore[dict-item]
        return desk.post(url(order, "answer-upload"), form, follow=True).content.decode()

    return answered


@pytest.fixture
def waiting(order):
    def found(kind: str) -> Document:
        return store.waiting(order).get(kind=kind)

    return found


def kept(order) -> dict[str, tuple[int, bytes]]:
    return {kind: (document.version, store.read(document)) for kind, document in store.current(order).items()}


def history(order) -> list[str]:
    return list(
        LogEntry.objects.filter(object_id=str(order.pk)).values_list("change_message", flat=True)[::-1]
    )


# One form.


def test_letter_and_bill_are_kept_in_one_go(desk, upload, order, loa):
    html = upload(loa=loa, bill=BILL)

    assert "Letter of authorization saved as version 1. Compare it now." in html
    assert "Bill saved as version 1. Compare it now." in html
    assert kept(order) == {"loa": (1, loa), "bill": (1, BILL)}
    order.numbers.update(owned_at=timezone.now())
    page = desk.get(url(order, "change")).content.decode()
    assert "Compare the documents" in page
    assert "Upload the letter and the bill" not in page
    order.refresh_from_db()
    assert order.turn().words == "Compare the letter and the bill, then send them."
    paper = order.documents.get(kind="bill")
    assert (paper.bill_date, paper.signed_on) == (timezone.localdate() - timedelta(days=4), None)


@pytest.mark.parametrize("wrong", ["loa", "bill"])
def test_an_error_with_one_file_says_which_and_keeps_the_other(upload, order, loa, wrong):
    html = upload(**({"loa": loa, "bill": BILL} | {wrong: b"PK a text"}))

    assert list(kept(order)) == [kind for kind in ("loa", "bill") if kind != wrong]
    assert f'id="id_{wrong}-file_error"' in html
    assert html.count('-file_error" role="alert"') == 1
    assert "saved as version 1" in html


@pytest.mark.parametrize("lost", ["loa-day", "loa-file"])
def test_a_file_without_its_date_or_a_date_without_its_file_is_named(desk, upload, order, loa, lost):
    form = {
        "loa-file": SimpleUploadedFile("a.pdf", loa),
        "loa-day": str(timezone.localdate()),
        "bill-file": SimpleUploadedFile("b.pdf", BILL),
        "bill-day": str(timezone.localdate()),
    }
    del form[lost]

    html = desk.post(url(order, "upload"), form, follow=True).content.decode()

    assert list(kept(order)) == ["bill"]
    assert f'id="id_{lost}_error"' in html


def test_a_form_without_any_file_says_what_to_choose(desk, order):
    html = desk.post(url(order, "upload"), {"loa-day": "", "bill-day": ""}, follow=True).content.decode()

    assert "Choose the letter, the bill, or both." in html


def test_a_closed_document_says_so_and_the_other_is_kept(upload, order, loa):
    upload(loa=loa)
    order.documents.update(sent_at=timezone.now())

    html = upload(loa=pdfs.plain(4), bill=BILL)

    assert "it is with Telnyx or on its way" in html.split('id="id_loa-file_error"')[1].split("</div>")[0]
    assert kept(order) == {"loa": (1, loa), "bill": (1, BILL)}


# What is asked first.


CLEANED = pdfs.plain() + b"\n<junk" + b"x" * 50
CASES = {
    "photo": ({"bill": photos.photo()}, "We made this PDF from the photo. Check that it is legible."),
    "cleaned": ({"loa": CLEANED}, "so we rewrote it"),
    "looks like a bill": ({"loa": BILL}, "Its text reads like a bill"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_raises_a_doubt_is_asked_about_before_it_is_kept(desk, upload, answer, waiting, order, case):
    files, words = CASES[case]
    [kind] = files

    html = upload(**files)

    assert words in html
    assert "not kept yet" in html
    assert kept(order) == {}
    document = waiting(kind)
    shown = desk.get(f"{LIST}{order.pk}/documents/{document.pk}/")
    assert shown.content.startswith(b"%PDF-")
    assert photos.SECRET.encode() not in shown.content
    assert DocumentLook.objects.filter(document=document, action="preview").exists()
    html = answer("keep", document)
    assert "saved as version 1. Compare it now." in html
    assert kept(order)[kind] == (1, shown.content)
    assert words not in html.split("History")[0]
    assert len(history(order)) == 2


def test_what_was_typed_for_an_upload_that_waits_is_not_called_unsaved(desk, order):
    form = {"loa-file": SimpleUploadedFile("a.pdf", BILL), "loa-day": str(timezone.localdate())}

    desk.post(url(order, "upload"), form | {"desk_typed": "0123456789abcdef"})

    assert desk.cookies["desk_saved_0123456789abcdef"].value == "1"


def test_an_upload_that_waits_is_no_document_and_is_never_sent(desk, upload, order, loa, operator):
    upload(loa=loa, bill=BILL)
    for paper in order.documents.all():
        items = ["name", "address", "numbers", "signature", "date"]
        desk.post(
            url(order, "tick"),
            {"document": str(paper.pk), "ticked": items[: 5 if paper.kind == "loa" else 3]},
        )
    upload(bill=photos.photo())

    html = desk.post(
        url(order, "send-documents"), {"form_token": "0" * 32 + "-d"}, follow=True
    ).content.decode()

    assert "Keep or discard the upload first." in html
    assert not OutboxEntry.objects.filter(operation="upload_documents").exists()
    one = store.waiting(order).get()
    with pytest.raises(workflow.NotAllowed):
        workflow.send_documents(order, [one], by=operator)
    assert desk.post(url(order, "tick"), {"document": str(one.pk), "ticked": ["name"]}).status_code == 404
    assert kept(order) == {"loa": (1, loa), "bill": (1, BILL)}


def test_the_same_file_as_letter_and_as_bill_is_asked_about(upload, order):
    html = upload(loa=pdfs.plain(), bill=pdfs.plain())

    assert html.count("This is the same file as the other document.") >= 2
    assert kept(order) == {}


def test_the_same_file_as_the_other_document_is_asked_about_later_too(upload, order):
    upload(loa=pdfs.plain())

    assert "This is the same file as the other document." in upload(bill=pdfs.plain())
    assert list(kept(order)) == ["loa"]


def test_a_file_that_was_the_other_document_by_mistake_is_not_asked_about(upload, order):
    upload(bill=pdfs.plain())
    upload(bill=pdfs.plain(3))
    upload(loa=pdfs.plain())

    assert kept(order) == {"loa": (1, pdfs.plain()), "bill": (2, pdfs.plain(3))}


def test_the_same_file_again_changes_nothing_and_asks_nothing(upload, order):
    upload(loa=pdfs.plain())

    html = upload(loa=pdfs.plain(), bill=BILL)

    assert "Letter of authorization: this file is already here, as version 1. Nothing was changed." in html
    assert "Bill saved as version 1." in html
    assert kept(order) == {"loa": (1, pdfs.plain()), "bill": (1, BILL)}
    assert not store.waiting(order)


def test_the_same_file_with_another_date_or_after_another_one_is_asked_about(desk, upload, order):
    upload(loa=pdfs.plain())
    form = {"loa-file": SimpleUploadedFile("loa.pdf", pdfs.plain()), "loa-day": str(timezone.localdate())}

    other_date = desk.post(url(order, "upload"), form, follow=True).content.decode()

    assert "This is the same file as version 1." in other_date
    upload(loa=pdfs.plain(3))
    assert "This is the same file as version 1." in upload(loa=pdfs.plain())
    assert kept(order)["loa"][0] == 2


def test_the_file_that_telnyx_refused_is_asked_about(upload, order):
    upload(loa=pdfs.plain())
    order.documents.update(sent_at=timezone.now(), refused_at=timezone.now())

    assert "This is the same file that Telnyx refused before." in upload(loa=pdfs.plain())


@pytest.mark.parametrize(
    ("content", "kinds", "words"),
    [
        (
            "letter",
            ("bill", "loa"),
            "It reads like the letter, so it belongs here. Upload the right bill.",
        ),
        ("letter", ("loa", "bill"), "it reads like the letter. Upload the bill here instead."),
        (
            "bill",
            ("loa", "bill"),
            "It reads like the bill, so it belongs here. Upload the right letter.",
        ),
        ("bill", ("bill", "loa"), "it reads like the bill. Upload the letter here instead."),
    ],
)
def test_of_the_same_file_in_both_places_the_words_on_it_say_which_is_wrong(
    upload, answer, waiting, order, loa, content, kinds, words
):
    file = loa if content == "letter" else pdfs.plain(1, "Billing period, total due")
    first, second = kinds
    upload(**{first: file})
    if not kept(order):
        answer("keep", waiting(first))

    html = upload(**{second: file})

    assert words in html
    assert "Its text reads like" not in html.split("title-history")[0]


def test_letter_and_bill_are_swapped_in_one_click(upload, answer, waiting, order, loa):
    html = upload(loa=BILL, bill=loa)
    assert "Swap letter and bill" in html

    answer("swap", waiting("loa"), waiting("bill"))

    assert kept(order) == {"loa": (1, loa), "bill": (1, BILL)}
    today = timezone.localdate()
    paper = order.documents.get(kind="loa")
    assert (paper.signed_on, paper.bill_date) == (today - timedelta(days=3), None)
    assert len([line for line in history(order) if "kept: version 1" in line]) == 2


def test_a_swapped_file_holds_its_partner_back_so_that_both_can_be_swapped(
    upload, answer, waiting, order, loa
):
    scan = pdfs.plain(3)
    html = upload(loa=scan, bill=loa)
    assert "Swap letter and bill" in html
    assert kept(order) == {}

    answer("swap", waiting("loa"), waiting("bill"))

    assert kept(order) == {"loa": (1, loa), "bill": (1, scan)}


def test_one_swapped_file_is_kept_as_the_other_document_with_its_date(upload, answer, waiting, order, loa):
    html = upload(bill=loa)
    assert "Keep it as: Letter of authorization" in html

    assert "This date is in the future." in answer("swap", waiting("bill"), day="2199-01-01")
    answer("swap", waiting("bill"), day="2026-01-02")

    assert kept(order) == {"loa": (1, loa)}
    assert str(order.documents.get().signed_on) == "2026-01-02"


def test_a_discarded_upload_is_gone_and_the_same_file_may_come_again(
    upload, answer, waiting, order, loa, documents_folder, django_capture_on_commit_callbacks
):
    upload(loa=BILL)
    document = waiting("loa")

    with django_capture_on_commit_callbacks(execute=True):
        html = answer("discard", document)

    assert "upload discarded." in html
    assert list(documents_folder.iterdir()) == []
    document = Document.everything.get(pk=document.pk)
    assert (document.file_id, document.display_name, document.doubts) == (None, "", [])
    html = upload(bill=BILL)
    assert "same file" not in html.split("History")[0]
    assert kept(order) == {"bill": (1, BILL)}


def test_an_answer_to_what_is_answered_or_replaced_changes_nothing(upload, answer, waiting, order):
    upload(loa=BILL)
    first = waiting("loa")
    upload(loa=photos.photo())
    second = waiting("loa")

    for what in ("keep", "discard", "swap"):
        assert "in the meantime. Nothing was changed." in answer(what, first, day="2026-01-02")
    answer("keep", second)
    assert "in the meantime. Nothing was changed." in answer("keep", second)

    assert kept(order)["loa"][0] == 1
    assert not store.waiting(order).exists()


def test_an_upload_without_doubts_replaces_one_that_waits(upload, order, loa):
    upload(loa=BILL)
    upload(loa=loa)

    assert not store.waiting(order).exists()
    assert kept(order) == {"loa": (1, loa)}
    assert "It replaces the upload that was waiting for an answer." in history(order)[-1]


def test_only_people_who_upload_answer_and_no_odd_answer_is_taken(upload, waiting, order):
    upload(loa=BILL)
    document, someone = waiting("loa"), Client()
    someone.force_login(User.objects.create_user("other", is_staff=True))

    form = {"answer": "keep", "document": str(document.pk)}
    assert someone.post(url(order, "answer-upload"), form).status_code == 403
    assert store.waiting(order).count() == 1


@pytest.mark.parametrize(
    "form", [{}, {"answer": "keep"}, {"answer": "keep", "document": "x"}, {"answer": "send", "document": "x"}]
)
def test_no_odd_answer_is_taken(desk, order, form):
    assert desk.post(url(order, "answer-upload"), form).status_code == 400


def test_what_nobody_answers_is_deleted_after_a_day(
    upload, waiting, order, loa, documents_folder, django_capture_on_commit_callbacks
):
    upload(loa=BILL, bill=photos.photo())
    upload(loa=loa)
    Document.everything.filter(kind="bill").update(uploaded_at=timezone.now() - timedelta(hours=25))
    Document.everything.filter(kind="loa").update(uploaded_at=timezone.now() - timedelta(hours=25))

    with django_capture_on_commit_callbacks(execute=True):
        retention.run()

    assert not store.waiting(order).exists()
    assert kept(order) == {"loa": (1, loa)}
    assert [path.name for path in documents_folder.iterdir()] == [str(order.documents.get().file_id)]


def test_what_readers_read_in_different_ways_is_written_anew():
    """The first of two equal keys runs a script, and qpdf knows only the second."""
    script = b"/OpenAction <</S/J#61vaScript/J#53(app.alert(1))>> /OpenAction null"
    content = pdfs.plain()
    at = content.index(b"/Catalog")
    hidden = content[: at + 8] + script + content[at + 8 :]

    found = preflight.prepare(hidden)

    assert not found.report.ok or b"J#61va" not in found.content

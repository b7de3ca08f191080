"""Who can see a document, with which headers, and what is recorded about it."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from hosted.choices import DocumentKind
from hosted.documents import views
from hosted.models import Document, DocumentLook

from . import pdfs
from .conftest import make_order

pytestmark = pytest.mark.urls("tests.hosted.documents.urls")

ROLES = ["admin", "compliance", "approver", "operator", "auditor", "support", "nobody"]
OPENERS = ("admin", "compliance")


@pytest.fixture
def login(person):
    def logged_in(role: str) -> Client:
        client = Client()
        client.force_login(person(role))
        return client

    return logged_in


def preview_url(document: Document) -> str:
    return f"/orders/{document.order_id}/documents/{document.pk}/"


def download_url(document: Document) -> str:
    return f"{preview_url(document)}download/"


def looks(document: Document) -> list[tuple[str, str]]:
    return list(
        document.looks.exclude(action="upload").order_by("id").values_list("user__username", "action")
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.promise("B16", "X85")
def test_somebody_elses_document_opens_for_people_who_may_view_it(login, save, person, role):
    document = save(by=person("other"))
    client = login(role)

    preview, download = client.get(preview_url(document)), client.get(download_url(document))

    # Operators could open their own uploads, so someone else's is a 404 for them. For all other roles it is a 403.
    closed = 404 if role == "operator" else 403
    assert preview.status_code == (200 if role in OPENERS else closed)
    assert download.status_code == (200 if role in OPENERS else 403)
    assert looks(document) == ([(role, "preview"), (role, "download")] if role in OPENERS else [])
    for answer in (preview, download):
        assert answer.content == pdfs.plain() if role in OPENERS else b"%PDF" not in answer.content


@pytest.mark.promise("X85")
def test_an_operator_sees_their_own_upload_until_it_is_sent(login, save):
    document = save()
    client = login("operator")
    assert client.get(preview_url(document)).content == pdfs.plain()
    assert client.get(download_url(document)).status_code == 403

    Document.objects.update(sent_at=timezone.now())

    assert client.get(preview_url(document)).status_code == 404
    assert looks(document) == [("operator", "preview")]


@pytest.mark.parametrize("role", ["admin", "compliance"])
@pytest.mark.promise("X85")
def test_no_address_leads_to_a_document_of_another_order(login, save, role):
    document, other = save(), make_order("+12175550109")
    client = login(role)

    answers = [
        client.get(f"/orders/{order}/documents/{which}/{action}")
        for order, which in [(other.pk, document.pk), (uuid4(), document.pk), (document.order_id, uuid4())]
        for action in ("", "download/")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert looks(document) == []


@pytest.mark.parametrize("which", ["1", "0001", "../1", "1 or 1=1", "%00"])
@pytest.mark.promise("X85")
def test_a_sequential_number_is_not_an_address(login, save, which):
    document = save()

    assert login("admin").get(f"/orders/{document.order_id}/documents/{which}/").status_code == 404


@pytest.mark.promise("X85")
def test_the_random_name_on_the_disk_is_not_an_address(login, save):
    document = save()

    answer = login("admin").get(f"/orders/{document.order_id}/documents/{document.file_id}/")

    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["auditor", "support", "nobody"])
@pytest.mark.promise("B16")
def test_someone_who_may_open_nothing_learns_nothing_from_the_answer(login, save, role):
    document = save()
    client = login(role)

    answers = [client.get(preview_url(document)), client.get(f"/orders/{uuid4()}/documents/{uuid4()}/")]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.promise("X85")
def test_losing_the_group_takes_effect_at_once(login, save, person):
    document = save()
    client = login("compliance")
    assert client.get(download_url(document)).status_code == 200

    person("compliance").groups.clear()

    assert client.get(download_url(document)).status_code == 403
    assert client.get(preview_url(document)).status_code == 403


@pytest.mark.promise("X85")
def test_a_deleted_document_is_not_found(login, save):
    document = save()
    DocumentLook.objects.all().delete()
    Document.objects.all().delete()

    assert login("admin").get(download_url(document)).status_code == 404


@pytest.mark.promise("B16")
def test_a_stranger_is_asked_to_log_in(save):
    document, client = save(), Client()

    answers = [client.get(preview_url(document)), client.get(download_url(document))]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(answer["Location"].startswith("/admin/login/") for answer in answers)
    assert looks(document) == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_document_can_only_be_read(login, save, method):
    document = save()

    assert getattr(login("admin"), method)(preview_url(document)).status_code == 405


@pytest.mark.promise("X98")
def test_the_headers_allow_only_a_viewer_or_a_download(login, save):
    document = save()
    client = login("compliance")

    preview, download = client.get(preview_url(document)), client.get(download_url(document))

    for answer in (preview, download):
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")
    assert preview["Content-Disposition"] == 'inline; filename="letter.pdf"'
    assert (preview["X-Frame-Options"], preview["Content-Security-Policy"][-22:]) == (
        "SAMEORIGIN",
        "frame-ancestors 'self'",
    )
    assert download["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert (download["X-Frame-Options"], download["Content-Security-Policy"][-22:]) == (
        "DENY",
        "frame-ancestors 'none'",
    )


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ('LOA "final" #2.pdf', 'attachment; filename="LOA \\"final\\" #2.pdf"'),
        ("a.pdf\r\nSet-Cookie: x=1.pdf", 'attachment; filename="a.pdf Set-Cookie: x=1.pdf"'),
        ("Größe.pdf", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf"),
        ("\u202efdp.exe", 'attachment; filename="fdp.exe.pdf"'),
        ("con.pdf", 'attachment; filename="_con.pdf"'),
    ],
)
@pytest.mark.promise("X79")
def test_no_name_gets_into_the_headers(login, save, name, header):
    answer = login("compliance").get(download_url(save(name=name)))

    assert answer["Content-Disposition"] == header
    assert "Set-Cookie" not in answer.headers


@pytest.mark.promise("X81")
def test_a_changed_file_is_reported_as_changed_and_not_shown(login, save, folder):
    document = save(DocumentKind.BILL)
    (folder / str(document.file_id)).write_bytes(b"%PDF-1.7 forged")

    answer = login("compliance").get(preview_url(document))

    assert answer.status_code == 409
    assert answer["Content-Type"].startswith("text/plain")
    assert "Upload it again." in answer.content.decode()
    assert b"forged" not in answer.content
    assert looks(document) == [("compliance", "preview")]


@pytest.mark.promise("X85")
def test_a_view_that_cannot_be_recorded_shows_nothing(login, save):
    document = save()
    client = login("compliance")
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE hosted_documentlook ADD CONSTRAINT no_looks CHECK (action = 'upload') NOT VALID"
        )

    answer = client.get(download_url(document))

    assert answer.status_code == 500
    assert b"%PDF" not in answer.content


def test_the_page_knows_what_a_person_may_before_it_shows_a_link(save, person):
    document = save()
    may = {
        role: (views.may_preview(person(role), document), views.may_download(person(role))) for role in ROLES
    }

    assert may == {
        "admin": (True, True),
        "compliance": (True, True),
        "approver": (False, False),
        "operator": (True, False),
        "auditor": (False, False),
        "support": (False, False),
        "nobody": (False, False),
    }

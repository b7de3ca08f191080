"""The order's page says why documents can't be sent yet, and who uploaded, compared and sent which version."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from hosted.documents import checklist
from hosted.models import DocumentLook
from messaging.mirror.models import OutboxEntry
from tests.hosted.conftest import ONE
from tests.hosted.documents import pdfs

VIEW = "/admin/hosted/hostedorder/"


@pytest.fixture
def desk(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def send_button(html: str) -> str:
    form = html[html.index('id="send-documents"') :]
    return form[: form.index("</form>")]


def page(desk: Client, order) -> str:
    return desk.get(f"{VIEW}{order.pk}/change/").content.decode()


def send(desk: Client, order) -> str:
    form = {"form_token": "0" * 32 + "-d"}
    return desk.post(f"{VIEW}{order.pk}/send-documents/", form, follow=True).content.decode()


def test_sending_is_off_with_its_reason_until_it_can_work(desk, ordered, upload, operator):
    order = ordered(ONE)
    for kind, reason in [
        ("", "Upload the letter and the bill first."),
        ("loa", "Upload the bill first."),
        ("bill", "Check off every item on the checklist first."),
    ]:
        if kind:
            upload(order, kind, pdfs.plain(len(kind)))
        button = send_button(page(desk, order))
        assert " disabled>" in button
        assert f">{reason}</span>" in button
        assert reason in send(desk, order)  # a forged request hears the same
    for paper in order.documents.all():
        checklist.tick(paper, [item.code for item in checklist.ITEMS[paper.kind]], by=operator)

    button = send_button(page(desk, order))
    assert " disabled>" not in button
    assert " hidden>" in button
    assert not OutboxEntry.objects.filter(operation="upload_documents").exists()
    send(desk, order)
    assert OutboxEntry.objects.filter(operation="upload_documents").exists()
    html = page(desk, order)
    assert "Documents queued for sending" in html
    assert 'id="send-documents"' not in html


def test_a_refused_document_keeps_sending_off(desk, ordered, upload):
    order = ordered(ONE)
    letter = upload(order, "loa")
    upload(order, "bill", pdfs.plain(3))
    letter.sent_at = letter.refused_at = timezone.now()
    letter.save()

    assert ">Upload the letter first.</span>" in send_button(page(desk, order))


def test_the_history_names_each_version_and_each_tick(desk, ordered, upload):
    order = ordered(ONE)
    upload(order, "loa")
    letter = upload(order, "loa", pdfs.plain(4))
    for ticked in (["name", "address"], ["name"]):
        desk.post(f"{VIEW}{order.pk}/tick/", {"document": str(letter.pk), "ticked": ticked})
        desk.post(f"{VIEW}{order.pk}/tick/", {"document": str(letter.pk), "ticked": ticked})  # nothing new
    html = page(desk, order)

    assert "Letter of authorization uploaded: version 1" in html
    assert "Letter of authorization uploaded: version 2" in html
    assert html.count("It replaces version 1.") == 1
    assert html.count("uploaded: version") == 2
    assert html.count("Checklist of Letter of authorization, version 2, saved") == 1
    assert "loa.pdf" not in "".join(LogEntry.objects.values_list("change_message", flat=True))


def test_an_earlier_version_is_viewed_on_record_also_after_a_refusal(desk, ordered, upload, operator):
    order = ordered(ONE)
    first = upload(order, "loa")
    first.sent_at = first.refused_at = timezone.now()
    first.refused_reason = "loa_file_invalid"
    first.save()
    upload(order, "loa", pdfs.plain(4))
    address = f"{VIEW}{order.pk}/documents/{first.pk}/"

    assert address in page(desk, order)
    assert desk.get(address).content == pdfs.plain()
    assert DocumentLook.objects.filter(document=first, action="preview", user__username="boss").exists()
    uploader = Client()
    operator.is_staff = True
    operator.save()
    operator.user_permissions.set(
        Permission.objects.filter(codename__in=["view_hostedorder", "view_document", "upload_document"])
    )
    uploader.force_login(operator)
    html = page(uploader, order)
    assert address not in html
    assert "Version 1" in html
    assert uploader.get(address).status_code == 404

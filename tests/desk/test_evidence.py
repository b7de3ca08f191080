"""Evidence files: who can have one, what is in it, what stays masked, and how one is checked years later."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from hosted.choices import DocumentKind, LookAction
from hosted.documents import store
from hosted.documents.words import texts
from hosted.models import DocumentLook, HostedOrder, OrderNumber
from messaging import files
from messaging.desk.number_address import token_of, url_of
from messaging.evidence import life, summary
from messaging.log import parsing
from messaging.log import store as log
from messaging.log.evidence import MOST_OF_NUMBER
from messaging.mirror import retention, throttle
from messaging.mirror.models import RecordView
from messaging.models import Evidence, EvidenceDownload, Message, OptOut, Reveal
from tests.desk.conftest import State, make_entry, make_request
from tests.desk.lists import queries
from tests.hosted.documents import pdfs
from tests.messaging.bodies import OURS, THEIRS, error, outbound
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

MINE = "/admin/messaging/evidence/"
WHY = "Complaint 4711 of a carrier"
EVERYBODY = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
MAKERS = {"compliance", "auditor", "admin"}
TEXT = "Northwind: order 8842 is ready for collection"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path / "documents"
    return settings.DOCUMENTS_ROOT


@pytest.fixture
def request_(db) -> VerificationRequest:
    made = make_request(businessContactEmail="robin@larkspur.example", businessContactLastName="Quellwort")
    make_entry(State.ACCEPTED, of=made)
    made.refresh_from_db()
    return made


@pytest.fixture
def order(db) -> HostedOrder:
    made = HostedOrder.objects.create(customer="Larkspur Dental", remote_id="ho-44cc-dd")
    OrderNumber.objects.create(order=made, phone_number="+13125550143", name="Front desk")
    upload = SimpleUploadedFile("Brief für 山田.pdf", pdfs.plain(text="Letter of authorization"))
    document = store.save(made, DocumentKind.LOA, upload, by=User.objects.create(username="uploader"))
    if document.is_waiting():
        store.keep(made, document.pk, by=document.uploaded_by)
    return made


@pytest.fixture
def message(db) -> Message:
    at = timezone.now() - timedelta(minutes=5)
    body = outbound(
        status="delivery_failed", received_at=at.isoformat(), errors=[error(title=f"No {THEIRS}")]
    )
    log.merge(parsing.rows(body, at=at, event_id="event-1", source="webhook"))
    return Message.objects.get(remote_id=body["id"])


def start_url(kind: str, key: object) -> str:
    return f"{MINE}start/{kind}/{key}/"


def made(client, kind: str, key: object, reason: str = WHY) -> Evidence:
    answer = client.post(start_url(kind, key), {"reason": reason})
    assert (answer.status_code, answer.headers.get("Location")) == (302, MINE), answer.content.decode()
    assert life.write_due() == 1
    return Evidence.objects.latest("id")


def file_url(row: Evidence) -> str:
    return f"{MINE}{row.key}/file/"


def unzip(client, row: Evidence) -> dict[str, bytes]:
    answer = client.get(file_url(row))
    assert answer.status_code == 200, answer.content.decode()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words_of(pdf: bytes) -> str:
    with pikepdf.open(io.BytesIO(pdf)) as found:
        return "".join(text for page in found.pages for text in texts(found, page))


# Who can have one.


@pytest.mark.parametrize("name", EVERYBODY)
def test_evidence_is_for_people_who_may(login, request_, order, message, name):
    client, may = login(name), name in MAKERS
    urls = [
        start_url("toll-free", request_.pk),
        start_url("hosted-order", order.pk),
        start_url("message", message.pk),
        start_url("number", token_of(THEIRS)),
    ]

    assert [client.get(url).status_code for url in urls] == [200 if may else 403] * 4
    assert [client.post(url, {"reason": WHY}).status_code for url in urls] == [302 if may else 403] * 4
    assert Evidence.objects.count() == (4 if may else 0)
    assert client.get(MINE).status_code == (200 if may else 403)


@pytest.mark.parametrize("name", ["compliance", "operator"])
def test_the_pages_of_what_it_can_be_about_offer_it(login, request_, order, message, name):
    client = login(name)
    pages = {
        f"/admin/tollfree/verificationrequest/{request_.pk}/change/": start_url("toll-free", request_.pk),
        f"/admin/hosted/hostedorder/{order.pk}/change/": start_url("hosted-order", order.pk),
        f"/admin/messaging/message/{message.pk}/change/": start_url("message", message.pk),
        url_of(THEIRS): start_url("number", token_of(THEIRS)),
    }

    for page, url in pages.items():
        assert (url in client.get(page).content.decode()) is (name in MAKERS), page


@pytest.mark.parametrize("reason", ["", "  ", "ok", "......."])
def test_it_needs_a_reason(login, request_, reason):
    answer = login("compliance").post(start_url("toll-free", request_.pk), {"reason": reason})

    assert "Nothing was started. Say in a few words what the file is for." in answer.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("toll-free", "x"),
        ("toll-free", "7c1d2e30-55aa-4f0b-8f6e-3a1b9c2d4e02"),
        ("message", "99999999999999999999999"),
        ("message", "٣"),
        ("number", "AAAA"),
        ("users", "1"),
    ],
)
def test_what_is_not_there_has_none(login, db, kind, key):
    client = login("admin")

    assert client.get(start_url(kind, key)).status_code == 404
    assert client.post(start_url(kind, key), {"reason": WHY}).status_code == 404


def test_it_asks_for_a_confirmation_first_where_that_is_set(login, request_, settings):
    settings.CONFIRM_MINUTES = 10
    client = login("compliance")

    answer = client.post(start_url("toll-free", request_.pk), {"reason": WHY})

    assert answer.headers["Location"].startswith("/admin/desk/")
    assert not Evidence.objects.exists()


def test_a_person_has_only_so_many_under_way(login, request_):
    client = login("compliance")
    for _ in range(life.MOST_UNDER_WAY):
        client.post(start_url("toll-free", request_.pk), {"reason": WHY})

    answer = client.post(start_url("toll-free", request_.pk), {"reason": WHY})

    assert "still being made" in answer.content.decode()
    assert Evidence.objects.count() == life.MOST_UNDER_WAY


# What is in it.


def test_a_request_is_in_its_file_with_all_that_was_sent(login, request_):
    client = login("compliance")

    found = unzip(client, made(client, "toll-free", request_.pk))

    assert {"summary.pdf", "summary.txt", "manifest.json", "history.json", "consent.json"} <= set(found)
    assert {"approvals.json", "requests-and-answers.json"} <= set(found)
    sent = json.loads(found["sent/01-create.json"])
    assert sent["businessName"] == request_.business_name
    assert sent["businessContactEmail"] == "robin@larkspur.example"
    (asked,) = json.loads(found["requests-and-answers.json"])
    assert asked["body_file"] == "sent/01-create.json"
    assert len(asked["sha256_of_what_was_sent"]) == 64
    said = found["summary.txt"].decode()
    assert WHY in said
    assert request_.opt_in_workflow.splitlines()[0] in said
    assert " UTC" in said
    assert request_.business_name.replace(" ", "") in words_of(found["summary.pdf"]).replace(" ", "")


def test_times_are_in_utc_and_in_the_zone_of_whoever_asked(login, request_):
    client = login("compliance")
    client.cookies["desk_zone"] = "America/Chicago"

    said = unzip(client, made(client, "toll-free", request_.pk))["summary.txt"].decode()

    assert "UTC first, then America/Chicago." in said
    assert " CST)" in said or " CDT)" in said


@pytest.mark.parametrize(("name", "sees"), [("compliance", True), ("auditor", False)])
def test_contacts_are_only_in_the_file_of_people_who_see_them(login, request_, name, sees):
    client = login(name)

    found = unzip(client, made(client, "toll-free", request_.pk))

    whole = b"".join(found.values()).decode("utf-8", "replace") + words_of(found["summary.pdf"])
    assert ("robin@larkspur.example" in whole) is sees
    assert (request_.business_contact_last_name in whole) is sees
    assert request_.business_registration_number not in whole
    assert ("your role doesn't see them" in whole) is not sees


@pytest.mark.parametrize(("name", "sees"), [("compliance", True), ("auditor", False)])
def test_documents_are_only_in_the_file_of_people_who_open_them(login, order, name, sees):
    client = login(name)

    found = unzip(client, made(client, "hosted-order", order.pk))

    names = [each for each in found if each.startswith("documents/")]
    looks = DocumentLook.objects.filter(action=LookAction.DOWNLOAD)
    assert names == (["documents/loa-1-Brief-fur-.pdf"] if sees else [])
    assert all(each.isascii() for each in found)
    assert looks.count() == sees
    (listed,) = json.loads(found["documents.json"])
    if sees:
        assert hashlib.sha256(found[names[0]]).hexdigest() == listed["sha256"]
    assert "Larkspur Dental" in found["summary.txt"].decode()


@pytest.mark.parametrize(("name", "sees"), [("compliance", True), ("auditor", False)])
def test_a_message_is_open_only_to_people_who_open_messages_and_on_record(login, message, name, sees):
    client = login(name)

    found = unzip(client, made(client, "message", message.pk))

    whole = b"".join(found.values()).decode("utf-8", "replace")
    assert (TEXT in whole) is sees
    assert (THEIRS in whole) is sees
    assert OURS in whole
    assert list(Reveal.objects.values_list("message_id", "reason")) == ([(message.pk, WHY)] if sees else [])
    assert json.loads(found["message.json"])["status"] == "delivery_failed"


@pytest.mark.parametrize(("name", "sees"), [("compliance", True), ("auditor", False)])
def test_a_number_comes_with_its_opt_outs(login, message, name, sees):
    stopped = timezone.now() - timedelta(days=3)
    OptOut.objects.create(to_number=THEIRS, profile_id="p", keyword="STOP", stopped_at=stopped)
    client = login(name)

    found = unzip(client, made(client, "number", token_of(THEIRS)))

    (consent,) = json.loads(found["consent.json"])
    assert consent["Word"] == "STOP"
    assert consent["In effect now"] == "Yes"
    whole = b"".join(found.values()).decode("utf-8", "replace")
    assert ("+1 312 555 0001" in whole) is sees
    assert THEIRS not in Evidence.objects.get().subject
    assert RecordView.objects.filter(kind="messaging.evidence", reason=WHY).count() == sees


@pytest.mark.parametrize(("name", "sees"), [("compliance", True), ("auditor", False)])
def test_a_number_comes_with_its_newest_messages_and_why_they_failed(login, message, name, sees):
    for minutes in (10, 20, 30, 40):
        at = timezone.now() - timedelta(minutes=minutes)
        log.merge(
            parsing.rows(
                outbound(received_at=at.isoformat()), at=at, event_id=f"e{minutes}", source="webhook"
            )
        )
    client = login(name)
    before = text(client.get(start_url("number", token_of(THEIRS))))

    found = unzip(client, made(client, "number", token_of(THEIRS)))

    rows = json.loads(found["messages.json"])
    assert len(rows) == 5
    assert {row["their_side"] for row in rows} == ({THEIRS} if sees else {"+1 312 *** 0001"})
    assert rows[0]["why"][0].startswith("40001 ")
    assert len(rows[0]["why"]) == 2
    said = found["summary.txt"].decode()
    assert said.count("→ +1 312 555 0001" if sees else "→ +1 312 *** 0001") == 5
    assert "40001 " in said
    assert ("*** 0001 · SMS" in said) is not sees
    assert TEXT not in b"".join(found.values()).decode("utf-8", "replace")
    assert "sent" not in {path.partition("/")[0] for path in found}
    assert "The files in" not in said
    assert f"newest {MOST_OF_NUMBER} messages" in before
    assert "the whole history" not in before


def test_a_correction_that_was_taken_back_is_never_called_sent(login, request_):
    make_entry(State.CANCELLED, of=request_, operation="update")
    VerificationRequest.objects.filter(pk=request_.pk).update(remote_status="In Progress")
    client = login("compliance")

    found = unzip(client, made(client, "toll-free", request_.pk))

    said = found["summary.txt"].decode()
    assert {path for path in found if "/" in path} == {"sent/01-create.json", "not-sent/02-update.json"}
    assert (
        "It was canceled before anything was sent. What would have been sent: not-sent/02-update.json" in said
    )
    assert "What was sent: not-sent" not in said
    assert "Telnyx is checking (“In Progress”)" in said
    assert "the desk keeps their addresses but no copies" in said
    assert said.index("For engineers") > said.index("Not in this file")
    assert said.index("SHA-256") > said.index("For engineers")


def test_the_opt_in_wording_of_our_number_is_in_the_file_of_its_messages(login, message, request_):
    VerificationRequest.objects.filter(pk=request_.pk).update(phone_numbers=[OURS], remote_id="tfv-1")
    client = login("compliance")

    found = unzip(client, made(client, "message", message.pk))

    assert request_.opt_in_workflow in json.dumps(json.loads(found["consent.json"]), ensure_ascii=False)


# Every script.


@pytest.mark.parametrize("name", ["山田太郎", "محمد", "דנה", "สมชาย", "राम", "𝔘 🦷", "李\u202eGmbH"])
def test_a_name_in_any_script_never_becomes_boxes_silently(login, request_, name):
    VerificationRequest.objects.filter(pk=request_.pk).update(doing_business_as=name)
    client = login("compliance")

    found = unzip(client, made(client, "toll-free", request_.pk))

    said = words_of(found["summary.pdf"])
    lost = [sign for sign in name if sign not in " 𝔘GmbH\u202e"]
    assert f"U+{ord(lost[0]):04X}" in said
    assert "summary.txt" in said
    assert name.replace("\u202e", "\\u202e") in found["summary.txt"].decode()


@pytest.mark.parametrize(
    "name", ["Zoë Núñez", "Łódź Gęś", "Пётр", "Ελένη", "Nguyễn Thị", "O’Brien & <b>Sons</b>"]
)
def test_names_the_font_knows_are_printed(name):
    assert summary.printed(name) == name
    assert summary.pdf(name, [summary.Section("A", [("B", name)])]).startswith(b"%PDF")


def test_the_same_words_make_the_same_pdf():
    sections = [summary.Section("What", [("Label", "word " * 5000), ("", "x" * 5000)])]

    assert summary.pdf("Title", sections) == summary.pdf("Title", sections)


# Whether a file is what the desk made.


def test_the_command_tells_a_file_the_desk_made_from_any_other(login, request_, tmp_path, capsys):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)
    content = client.get(file_url(row)).content
    place = tmp_path / "evidence.zip"
    place.write_bytes(content)

    call_command("verify_evidence", place)
    assert "Exactly what this desk made on " in capsys.readouterr().out

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held["manifest.json"])
    text = held["summary.txt"].replace(b"Complaint", b"Complainx")
    listed = manifest["files"] | {
        "summary.txt": {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)}
    }
    forged = json.dumps(manifest | {"files": listed}).encode()
    for changes, words in (
        ({"summary.txt": text}, "summary.txt was changed."),
        ({"extra.txt": b"x"}, "A file was added or removed."),
        ({"summary.txt": text, "manifest.json": forged}, "made no file with this manifest"),
    ):
        with zipfile.ZipFile(place, "w") as archive:
            for name, data in {**held, **changes}.items():
                archive.writestr(name, data)
        with pytest.raises(CommandError, match=words):
            call_command("verify_evidence", place)
    for data in (b"", b"PK", content[:-30]):
        place.write_bytes(data)
        with pytest.raises(CommandError, match="can't be read as an evidence file"):
            call_command("verify_evidence", place)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_evidence", tmp_path / "none.zip")


def test_a_file_is_recognized_years_later_when_who_and_why_are_deleted(login, request_, tmp_path, settings):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)
    place = tmp_path / "evidence.zip"
    place.write_bytes(client.get(file_url(row)).content)
    Evidence.objects.update(made_at=timezone.now() - timedelta(days=settings.RETENTION_EXPORT_DAYS + 1))

    retention.run()

    row.refresh_from_db()
    assert (row.about, row.reason, row.subject, row.file_id) == ("", "", "", None)
    assert not EvidenceDownload.objects.exists()
    assert list(files.stored()) == []
    call_command("verify_evidence", place)


# Its life.


def test_it_is_on_record_who_asked_and_who_downloaded(login, request_):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)

    unzip(client, row)

    said = list(LogEntry.objects.order_by("pk").values_list("object_id", "change_message"))
    assert said == [
        (str(request_.pk), f"Asked for an evidence file\n{WHY}"),
        (str(request_.pk), "Downloaded an evidence file"),
    ]
    assert list(EvidenceDownload.objects.values_list("user__username", flat=True)) == ["compliance"]
    answer = client.get(file_url(row))
    assert answer.headers["Cache-Control"].startswith("no-store, private")
    assert THEIRS not in answer.headers["Content-Disposition"]


def test_only_who_asked_downloads_it_and_auditors_see_that_it_was_made(login, request_):
    row = made(login("compliance"), "toll-free", request_.pk)
    auditor = login("auditor")

    assert auditor.get(file_url(row)).status_code == 404
    assert login("admin").get(file_url(row)).status_code == 404
    assert login("operator").get(file_url(row)).status_code == 403
    assert WHY in auditor.get(f"{MINE}?all").content.decode()
    assert WHY not in auditor.get(MINE).content.decode()


def test_whoever_may_no_longer_see_all_of_it_can_not_download_it(login, request_):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)
    user = User.objects.get(username="compliance")
    user.groups.clear()
    for name in ("make_evidence", "view_verificationrequest"):
        user.user_permissions.add(Permission.objects.get(codename=name))

    assert client.get(file_url(row)).status_code == 403
    assert "Download</a>" not in client.get(MINE).content.decode()


@pytest.mark.parametrize(
    ("kind", "lost", "named"),
    [
        ("toll-free", "change_verificationrequest", ""),
        ("hosted-order", "download_document", ""),
        ("message", "view_webhookevent", "Can view webhook event"),
        ("number", "view_optout", "Can view opt-out"),
    ],
)
def test_whoever_lost_what_decided_its_content_can_not_download_it(
    login, request_, order, message, kind, lost, named
):
    keys = {
        "toll-free": request_.pk,
        "hosted-order": order.pk,
        "message": message.pk,
        "number": token_of(THEIRS),
    }
    client = login("compliance")
    row = made(client, kind, keys[kind])
    assert client.get(file_url(row)).status_code == 200
    user = User.objects.get(username="compliance")

    user.groups.get().permissions.remove(Permission.objects.get(codename=lost))
    refused = client.get(file_url(row))
    assert refused.status_code == 403
    assert named in refused.content.decode()
    assert "Download</a>" not in client.get(MINE).content.decode()

    user.groups.clear()
    assert client.get(file_url(row)).status_code == 403
    assert EvidenceDownload.objects.count() == 1


def test_whoever_may_no_longer_have_it_gets_none(login, request_):
    client = login("compliance")
    client.post(start_url("toll-free", request_.pk), {"reason": WHY})
    User.objects.get(username="compliance").groups.clear()

    assert life.write_due() == 0

    row = Evidence.objects.get()
    assert (row.state, list(files.stored())) == (Evidence.State.FAILED, [])


def test_a_draft_that_was_deleted_meanwhile_has_none(login, db):
    draft = make_request()
    client = login("compliance")
    client.post(start_url("toll-free", draft.pk), {"reason": WHY})
    draft.delete()

    life.write_due()

    assert "no longer in the desk" in client.get(MINE).content.decode()


def test_its_file_is_sealed_and_deleted_after_some_days(login, request_):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)
    assert request_.business_name.encode() not in files.read(row.file_id)
    assert not files.read(row.file_id).startswith(b"PK")

    Evidence.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(file_url(row)).status_code == 410
    life.write_due()

    assert list(files.stored()) == []
    assert client.get(file_url(row)).status_code == 410
    assert "Expired, file deleted" in client.get(MINE).content.decode()


def test_a_file_that_was_changed_on_our_disk_is_not_given_out(login, request_, folder):
    client = login("compliance")
    row = made(client, "toll-free", request_.pk)
    (folder / str(row.file_id)).write_bytes(b"something else")

    answer = client.get(file_url(row))

    assert answer.status_code == 409
    assert not EvidenceDownload.objects.exists()


def test_a_disk_that_is_full_is_tried_again_and_then_said(login, request_, settings, tmp_path):
    client = login("compliance")
    client.post(start_url("toll-free", request_.pk), {"reason": WHY})
    (tmp_path / "file").write_text("")
    settings.DOCUMENTS_ROOT = tmp_path / "file" / "documents"
    for _ in range(life.MOST_TRIES + 1):
        Evidence.objects.update(next_at=timezone.now())
        assert life.write_due() == 0

    assert Evidence.objects.get().state == Evidence.State.FAILED
    assert "our disk is full" in client.get(MINE).content.decode()


def test_a_worker_makes_each_file_once(login, request_):
    client = login("compliance")
    made(client, "toll-free", request_.pk)

    assert life.write_due() == 0
    assert len(list(files.stored())) == 1


def test_the_list_costs_the_same_however_long_it_is(login, request_):
    client = login("compliance")
    made(client, "toll-free", request_.pk)
    few = queries(client, MINE)
    for _ in range(3):
        made(client, "toll-free", request_.pk)

    assert len(queries(client, MINE)) == len(few)


def test_very_many_files_have_to_wait(login, request_, monkeypatch):
    monkeypatch.setattr(throttle, "FILES", throttle.Limit("file", 1))
    client = login("compliance")
    client.post(start_url("toll-free", request_.pk), {"reason": WHY})

    assert client.post(start_url("toll-free", request_.pk), {"reason": WHY}).status_code == 429
    assert Evidence.objects.count() == 1

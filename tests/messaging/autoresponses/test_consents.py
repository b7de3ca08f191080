"""When and how people agreed to texts: from START replies, a form and a table; shown where it matters, as evidence."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from messaging.desk import number_address
from messaging.evidence import kinds
from messaging.log.why import of
from messaging.mirror.inbound import drain
from messaging.models import Consent, Message, MessagingProfile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, inbound, message_event, outbound
from tests.signing import deliver
from tests.tollfree.pages import text
from tests.visitor import Forms

OPTOUTS = "/admin/messaging/optout/"
OTHER = "+13125550199"


def hear(kind: str, payload: dict) -> None:
    body = message_event(kind, payload)
    body["data"]["occurred_at"] = payload["received_at"]
    assert deliver(body) == 200
    drain.drain()


def table(rows: str, **more: str) -> dict:
    return {"how": "Paper form in the shop", "table": SimpleUploadedFile("agreed.csv", rows.encode()), **more}


def test_a_start_reply_is_kept_once_and_shown_in_why_on_the_number_page_and_in_evidence(
    db, login, django_user_model
):
    MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind")
    at = timezone.now() - timedelta(days=2)
    start = inbound(text="START", autoresponse_type="START", received_at=at.isoformat())
    for _ in range(2):
        hear("received", start)
    hear("received", inbound(text="STOP", autoresponse_type="STOP", received_at=at.isoformat()))
    sent = outbound(status="delivery_failed", received_at=timezone.now().isoformat())
    hear("finalized", sent)

    row = Consent.objects.get()
    assert (row.source, row.to_number, row.our_number, row.how) == ("reply", THEIRS, OURS, "START")
    client = login("support")
    message = Message.objects.get(remote_id=sent["id"])
    page = text(client.get(f"/admin/messaging/message/{message.pk}/change/"))
    assert "Agreed on" in page.split("What was checked")[1]
    assert "by texting START to +1 555 010 0011" in page
    number = text(client.get(number_address.url_of(THEIRS)))
    assert "Consent to texts" in number
    assert "Texted START" in number
    user = django_user_model.objects.get(username="support")
    said = [one for one in kinds.consent_about(user, [THEIRS]) if one.title.startswith("Consent of")]
    assert {str(label): value for label, value in said[0].lines}["Messaging profile"] == "Northwind"
    assert of(message, number="x").verdict.title == "The recipient has opted out of our messages."


def test_a_colleague_records_that_someone_agreed(db, login):
    client = login("compliance")
    given = {"number": THEIRS, "agreed": "2026-03-31 14:05", "how": "Web form, ticket 12", "profile": ""}

    bad = client.post(f"{OPTOUTS}consent/", given | {"agreed": "31/03/2026"})
    late = client.post(f"{OPTOUTS}consent/", given | {"agreed": "2099-01-01"})
    assert not Consent.objects.exists()
    good = text(client.post(f"{OPTOUTS}consent/", given))
    client.post(f"{OPTOUTS}consent/", given)

    assert "Write the day as 2026-03-31" in text(bad)
    assert "This day is in the future." in text(late)
    row = Consent.objects.get()
    assert (row.source, row.how, row.recorded_by.username) == ("form", "Web form, ticket 12", "compliance")
    assert "Web form, ticket 12 (recorded by" in good


def test_consent_is_recorded_from_the_list_with_the_days_own_field_and_shown_as_a_day(db, login):
    client = login("compliance")
    start = f"{OPTOUTS}consent/"
    assert f'href="{start}"' in client.get(OPTOUTS).content.decode()
    assert f'href="{start}"' not in login("auditor").get(OPTOUTS).content.decode()

    asked = Forms(client.get(start).content.decode()).fields
    page = client.post(f"{OPTOUTS}look-up/", asked | {"number": THEIRS}).content.decode()
    assert '<details class="desk-choice desk-apart" id="consent" open>' in page
    assert 'type="date"' in page

    given = {"number": THEIRS, "agreed": "2026-03-31", "how": "Paper form", "profile": ""}
    day = text(client.post(start, given | {"agreed_time": ""}))
    timed = text(client.post(start, given | {"agreed_time": "14:05", "agreed": "2026-04-01"}))

    assert "Agreed on March 31, 2026: Paper form" in day
    assert "Agreed on April 1, 2026, 14:05:00" in timed


def record(client, rows: dict):
    """Choose a file, look at what becomes of it, and record that."""
    looked = client.post(f"{OPTOUTS}import-consents/", rows)
    return client.post(f"{OPTOUTS}import-consents/", Forms(looked.content.decode()).fields, follow=True)


def test_a_table_is_looked_at_before_its_good_rows_are_recorded_and_only_once(db, login):
    client = login("compliance")
    rows = f"Phone,Date,How\n{THEIRS},2026-03-31,Web form\n(312) 555-0199,2026-04-01 09:30,\n"
    wrong = rows + "12,2026-04-01,\n+13125550142,tomorrow,\n"
    client.post(f"{OPTOUTS}add-promise/", {"number": OTHER, "note": "By phone", "profile": ""})

    looked = client.post(f"{OPTOUTS}import-consents/", table(wrong))
    held = Forms(looked.content.decode()).fields
    said = text(looked)
    assert "2 new consents can be recorded. 2 rows have something wrong and are left out." in said
    assert "1 number must not be texted" in said
    assert "+1 312 555 0199 Blocked by us since" in said
    assert "Row 5 Write the day as 2026-03-31" in said
    file = client.post(f"{OPTOUTS}import-consents/", held | {"left_out": "1"})
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines[0].endswith('"Phone","Date","How","Row","What is wrong"')
    assert lines[2].startswith('"+13125550142","tomorrow","","5","Write the day as')
    other = login("admin")
    assert "Nothing was imported" in text(other.post(f"{OPTOUTS}import-consents/", held, follow=True))
    assert not Consent.objects.exists()

    done = text(client.post(f"{OPTOUTS}import-consents/", held, follow=True))
    again = text(client.post(f"{OPTOUTS}import-consents/", held, follow=True))

    assert "2 new consents were recorded." in done
    assert "0 new consents were recorded." in again
    assert dict(Consent.objects.values_list("to_number", "how")) == {
        THEIRS: "Web form",
        OTHER: "Paper form in the shop",
    }
    assert set(Consent.objects.values_list("source", "recorded_by__username")) == {("import", "compliance")}
    acts = LogEntry.objects.filter(content_type__model="consent").order_by("pk")
    assert acts[0].change_message == "Imported 2 consents from a table"
    assert "compliance: Imported 2 consents from a table" in text(other.get("/admin/mirror/auditentry/"))


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "number,agreed\n", "PK\x03\x04"])
def test_a_file_that_is_no_such_table_says_what_to_do(db, login, content):
    page = login("compliance").post(f"{OPTOUTS}import-consents/", table(content))

    assert page.status_code == 200
    assert not Consent.objects.exists()
    assert any(
        words in text(page)
        for words in ("Save it as CSV", "must name the columns", "no rows below", "submitted file is empty")
    )


def spreadsheet(*rows: list) -> bytes:
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_american_days_and_spreadsheets_are_imported_and_the_reading_is_said(db, login):
    client = login("compliance")
    made = f"{OPTOUTS}import-consents/"
    rows = [[THEIRS, "11/02/2025"], [OTHER, "11/3/2025 2:05 PM"]]

    assert "Row 2 Write the day as" in text(client.post(made, table(f"phone,agreed\n{THEIRS},13/02/2025\n")))
    lines = "\n".join([",".join(row) for row in [["phone", "agreed"], *rows]])
    said = text(client.post(made, table(lines)))
    record(client, table(lines))
    sheet = record(
        client,
        {
            "how": "Paper",
            "table": SimpleUploadedFile("agreed.xlsx", spreadsheet(["phone", "agreed"], [THEIRS, 45963.5])),
        },
    )

    assert "Days with slashes were read as month/day/year: 11/02/2025 as Nov. 2, 2025." in said
    assert "1 new consent was recorded." in text(sheet)
    agreed = Consent.objects.order_by("agreed_at").values_list("agreed_at", flat=True)
    assert [f"{timezone.localtime(at):%m-%d %H:%M}" for at in agreed] == [
        "11-02 00:00",
        "11-02 12:00",
        "11-03 14:05",
    ]


def test_who_may_only_look_records_nothing(db, login):
    client = login("auditor")

    for path, given in (("consent", {"number": THEIRS}), ("import-consents", table("number,agreed\n"))):
        assert client.post(f"{OPTOUTS}{path}/", given).status_code == 403
    assert "Record that this person agreed" not in text(client.post(f"{OPTOUTS}look-up/", {"number": THEIRS}))
    assert not Consent.objects.exists()


WRONG = "A typo: it was another customer"


def strike(client, row: Consent, **given: str):
    data = {"number": row.to_number, "reason": WRONG, **given}
    return client.post(f"{OPTOUTS}consent/{row.pk}/strike-out/", data)


def test_a_consent_that_was_recorded_wrongly_is_struck_out_with_a_reason_and_counts_nowhere(
    db, login, django_user_model
):
    MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind")
    sent = outbound(status="delivery_failed", received_at=timezone.now().isoformat())
    hear("finalized", sent)
    why = f"/admin/messaging/message/{Message.objects.get(remote_id=sent['id']).pk}/change/"
    client = login("compliance")
    user = django_user_model.objects.get(username="compliance")
    given = {"number": THEIRS, "agreed": "2026-03-31 14:05", "how": "Web form, ticket 12", "profile": ""}
    before = client.post(f"{OPTOUTS}consent/", given)
    row = Consent.objects.get()
    assert f"{OPTOUTS}consent/{row.pk}/strike-out/" in before.content.decode()
    assert "Web form, ticket 12" in text(client.get(why))

    unsaid = text(strike(client, row, reason="ok"))
    assert "Nothing was struck out." in unsaid
    assert strike(client, row, number=OTHER).status_code == 404
    assert Consent.objects.filter(struck_at=None).count() == 1
    done = strike(client, row)

    row.refresh_from_db()
    assert (row.struck_by, row.struck_why, row.how) == (user, WRONG, "Web form, ticket 12")
    assert "<s>Agreed on" in done.content.decode()
    assert f"by compliance: {WRONG}" in text(done)
    assert "This desk has no record of when and how this person agreed to texts." in text(done)
    assert "Nothing on record in this desk." in text(client.get(why))
    assert "Web form, ticket 12" not in text(client.get(number_address.url_of(THEIRS)))
    assert not [one for one in kinds.consent_about(user, [THEIRS]) if one.title.startswith("Consent of")]
    act = LogEntry.objects.get(object_id=str(row.pk), content_type__model="consent", action_flag=CHANGE)
    assert act.change_message == f"Consent struck out\n{WRONG}"
    assert "it was struck out already" in text(strike(client, row, reason="Again, for certain"))
    row.refresh_from_db()
    assert row.struck_why == WRONG

    client.post(f"{OPTOUTS}consent/", given | {"how": "Web form, ticket 13"})
    assert Consent.objects.filter(struck_at=None).get().how == "Web form, ticket 13"
    assert "Web form, ticket 13" in text(client.get(why))


def test_a_table_that_is_imported_again_brings_back_nothing_that_was_struck_out(db, login):
    client = login("compliance")
    rows = f"number,agreed\n{THEIRS},2026-03-31\n"
    record(client, table(rows))
    strike(client, Consent.objects.get())

    again = text(client.post(f"{OPTOUTS}import-consents/", table(rows)))

    assert "0 new consents can be recorded. 1 row says what is on record already" in again
    assert Consent.objects.get().struck_at


@pytest.mark.parametrize("name", ["support", "auditor", "operator"])
def test_who_may_not_strikes_nothing_out(db, login, name):
    at = timezone.now()
    row = Consent.objects.create(to_number=THEIRS, source="form", agreed_at=at, how="By phone")
    client = login(name)

    assert "Strike out" not in text(client.post(f"{OPTOUTS}look-up/", {"number": THEIRS}))
    assert strike(client, row).status_code == 403
    assert strike(login("admin", enforce_csrf_checks=True), row).status_code == 403
    assert not Consent.objects.exclude(struck_at=None).exists()


def test_a_start_text_is_never_struck_out(db, login):
    Consent.replied("", OURS, THEIRS, timezone.now(), "START")
    client = login("compliance")

    assert "Strike out" not in text(client.post(f"{OPTOUTS}look-up/", {"number": THEIRS}))
    assert "Nothing was changed" in text(strike(client, Consent.objects.get()))
    assert Consent.objects.get().struck_at is None

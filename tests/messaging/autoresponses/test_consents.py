"""When and how people agreed to texts: from START replies, a form and a table; shown where it matters, as evidence."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from messaging.desk import number_address
from messaging.evidence import kinds
from messaging.log.why import of
from messaging.mirror.inbound import drain
from messaging.models import Consent, Message, MessagingProfile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, inbound, message_event, outbound
from tests.signing import deliver
from tests.tollfree.pages import text

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

    bad = client.post(f"{OPTOUTS}consent/", given | {"agreed": "03/31/2026"})
    late = client.post(f"{OPTOUTS}consent/", given | {"agreed": "2099-01-01"})
    assert not Consent.objects.exists()
    good = text(client.post(f"{OPTOUTS}consent/", given))
    client.post(f"{OPTOUTS}consent/", given)

    assert "Write the day as 2026-03-31" in text(bad)
    assert "This day is in the future." in text(late)
    row = Consent.objects.get()
    assert (row.source, row.how, row.recorded_by.username) == ("form", "Web form, ticket 12", "compliance")
    assert "Web form, ticket 12 (recorded by" in good


def test_a_table_is_imported_whole_or_not_at_all_and_only_once(db, login):
    client = login("compliance")
    rows = f"Phone,Date,How\n{THEIRS},2026-03-31,Web form\n(312) 555-0199,2026-04-01 09:30,\n"
    wrong = rows + "12,2026-04-01,\n+13125550142,tomorrow,\n"

    refused = text(client.post(f"{OPTOUTS}import-consents/", table(wrong)))
    assert "Nothing was imported." in refused
    assert "Row 4:" in refused
    assert "Row 5: Write the day as 2026-03-31" in refused
    assert not Consent.objects.exists()
    done = text(client.post(f"{OPTOUTS}import-consents/", table(rows), follow=True))
    again = text(client.post(f"{OPTOUTS}import-consents/", table(rows), follow=True))

    assert "2 new consents were recorded." in done
    assert "0 new consents were recorded." in again
    assert dict(Consent.objects.values_list("to_number", "how")) == {
        THEIRS: "Web form",
        OTHER: "Paper form in the shop",
    }
    assert set(Consent.objects.values_list("source", "recorded_by__username")) == {("import", "compliance")}


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "number,agreed\n", "PK\x03\x04"])
def test_a_file_that_is_no_such_table_says_what_to_do(db, login, content):
    page = login("compliance").post(f"{OPTOUTS}import-consents/", table(content))

    assert page.status_code == 200
    assert not Consent.objects.exists()
    assert any(
        words in text(page)
        for words in ("Save it as CSV", "must name the columns", "no rows below", "submitted file is empty")
    )


def test_who_may_only_look_records_nothing(db, login):
    client = login("auditor")

    for path, given in (("consent", {"number": THEIRS}), ("import-consents", table("number,agreed\n"))):
        assert client.post(f"{OPTOUTS}{path}/", given).status_code == 403
    assert "Record that this person agreed" not in text(client.post(f"{OPTOUTS}look-up/", {"number": THEIRS}))
    assert not Consent.objects.exists()

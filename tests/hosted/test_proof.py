"""Codes that prove ownership: sent only when a person asks, checked per number, and never stored."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from hosted.orders import ownership_codes, workflow
from hosted.orders.steps import StepState, tracks
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, TWO, number

State = OutboxEntry.State


@pytest.fixture
def proving(ordered, work, operator):
    """An order at Telnyx with two numbers that both received a code."""
    order = ordered(ONE, TWO)
    work(workflow.send_codes(order, [ONE, TWO], "sms", by=operator))
    return order


def owned_step(order, phone_number=ONE):
    [track] = tracks(order, [number(order, phone_number)], [])
    return track.step("owned")


@pytest.mark.promise("B", "F37")
def test_codes_are_sent_the_way_that_was_chosen(proving, sandbox):
    asked = [entry for entry in sandbox.requests("POST") if entry["path"].endswith("/verification_codes")]

    assert len(asked) == 1
    assert set(sandbox.codes(proving.remote_id)) == {ONE, TWO}
    one = number(proving)
    assert (one.code_method, one.code_error, one.codes_sent) == ("sms", "", 1)
    assert timedelta(0) < ownership_codes.resend_at(one) - timezone.now() <= ownership_codes.RESEND_AFTER


@pytest.mark.promise("B", "F38")
def test_right_codes_prove_ownership(proving, sandbox, work, operator, client):
    work(workflow.validate_codes(proving, sandbox.codes(proving.remote_id), by=operator))

    assert [n.code_result for n in proving.numbers.all()] == ["verified", "verified"]
    assert [n.status for n in proving.numbers.all()] == ["ownership_successful"] * 2
    sync.refresh(proving, client)
    assert all(n.is_owned() for n in proving.numbers.all())
    assert owned_step(proving).state == StepState.DONE
    assert str(proving.turn().words) == "Upload the letter and the bill."


@pytest.mark.promise("B6")
def test_a_number_that_was_proved_before_counts_as_a_success(proving, sandbox, work, operator):
    right = sandbox.codes(proving.remote_id)
    work(workflow.validate_codes(proving, right, by=operator))
    proving.numbers.update(owned_at=None, status="pending")

    work(workflow.validate_codes(proving, {ONE: right[ONE]}, by=operator))

    assert number(proving).code_result == "already_verified"
    assert number(proving).is_owned()


@pytest.mark.promise("F37")
def test_sending_codes_is_never_repeated_by_itself(ordered, sandbox, work, operator):
    order = ordered(ONE)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(workflow.send_codes(order, [ONE], "sms", by=operator), State.NEEDS_PERSON)

    sent = [made for made in sandbox.requests("POST") if made["path"].endswith("/verification_codes")]
    assert len(sent) == 1
    order.refresh_from_db()
    assert order.sync_state == "accepted"
    assert str(order.turn().words) == entry.reason
    again = work(workflow.send_codes(order, [ONE], "sms", by=operator))
    entry.refresh_from_db()
    assert (entry.state, again.state) == (State.CANCELLED, State.ACCEPTED)


def test_a_lost_answer_to_a_check_of_codes_is_asked_for_again(proving, sandbox, work, operator):
    right = sandbox.codes(proving.remote_id)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(workflow.validate_codes(proving, right, by=operator))

    assert entry.state == State.ACCEPTED
    assert {n.code_result for n in proving.numbers.all()} == {"already_verified"}
    assert all(n.is_owned() for n in proving.numbers.all())


CANARY = "Zebra91827"


@pytest.mark.parametrize("ending", ["accepted", "refused", "lost"])
@pytest.mark.promise("F38", "X94")
def test_no_code_is_kept_anywhere(proving, sandbox, client, operator, caplog, ending):
    caplog.set_level(0)
    if ending == "refused":
        echo = {"errors": [{"code": "10015", "title": "Bad Request", "detail": f"{CANARY} is no code"}]}
        sandbox.fault("status", status=422, method="POST", json=echo)
    elif ending == "lost":
        sandbox.fault("store_then_lose", method="POST")
    entry = workflow.validate_codes(proving, {ONE: CANARY}, by=operator)
    guessable = hashlib.sha256(entry.wire_body()).hexdigest()

    relay.relay(entry.pk, client)

    assert CANARY not in everything_stored()
    assert guessable not in everything_stored()
    assert CANARY not in caplog.text
    assert CANARY not in repr(entry.__dict__) + entry.body_text()
    entry.refresh_from_db()
    if not entry.is_open():
        assert bytes(entry.body) == b""


def everything_stored() -> str:
    """Return every value of every row of every table, as text."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
            cursor.execute(
                f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
                " AND data_type = 'bytea'"
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f'SELECT encode("{column}", \'escape\') FROM "{table}"')
                found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_canary_would_be_found(proving, operator):
    proving.cancelled_reason = CANARY
    proving.save(update_fields=["cancelled_reason"])
    assert CANARY in everything_stored()

    entry = OutboxEntry.objects.get(operation="send_codes")
    assert ONE in bytes(entry.body).decode()
    assert ONE in everything_stored()


# What people paste.


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE} 12345\n{TWO} 67890",
        "(312) 555-0101, 12345\n(312) 555-0102; 67890",
        "312-555-0101\t12345\r\n312-555-0102\t67890\r\n",
        "12345\n67890",
        f"{TWO}: 67890\n\n{ONE} = 12345",
        f"{ONE} 123 45\n{TWO}\t6 7 8 9 0",
        "123 45\n678-90",
        f"Zoë Núñez\t312-555-0101\t12345\n{TWO} Dr. Patel 678 90",
        f"{ONE}: code 12345\n'{TWO} 67890",
    ],
)
@pytest.mark.promise("F38")
def test_pasted_lines_fill_the_grid(text):
    pasted = ownership_codes.read_paste(text, [ONE, TWO])

    assert (pasted.codes, pasted.unread) == ({ONE: "12345", TWO: "67890"}, {})


@pytest.mark.promise("F38")
def test_lines_that_fit_no_number_are_named_by_position_and_number_and_not_repeated():
    assert ownership_codes.read_paste("12345\n" * 100_000, [ONE, TWO]).is_too_long

    pasted = ownership_codes.read_paste(f"{ONE} 12345\n\n+13125550999 55555\nhello\n3125550998", [ONE, TWO])

    assert (pasted.codes, pasted.unread) == ({ONE: "12345"}, {3: "+13125550999", 4: "", 5: ""})
    assert "12345" not in repr(pasted)


def desk_of(user) -> Client:
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_hostedorder", "submit_hostedorder"])
    )
    user.is_staff = True
    user.save()
    browser = Client()
    browser.force_login(user)
    return browser


def test_pasted_codes_are_checked_although_some_lines_fit_no_number(proving, operator, sandbox, work):
    codes = sandbox.codes(proving.remote_id)
    paste = f"{ONE} {codes[ONE]}\n\n+1 312 555 0999 Old office 55555\nhello 7777"

    desk = desk_of(operator)
    address = f"/admin/hosted/hostedorder/{proving.pk}/check-codes/"
    answer = desk.post(
        address,
        {"form_token": "0" * 32, "paste": paste, f"code{TWO}": "1", "desk_typed": "0" * 16},
        follow=True,
    )

    html = answer.content.decode()
    assert "1 code queued for Telnyx." in html
    assert "so they weren&#x27;t checked: line 3 (+1 312 555 0999), line 4." in html
    assert "the codes typed for these weren&#x27;t checked: +1 312 555 0102." in html
    assert "55555" not in html
    assert "7777" not in html
    assert desk.cookies[f"desk_saved_{'0' * 16}"].value == "1"
    work(OutboxEntry.objects.get(operation="validate_codes"))
    assert number(proving).is_owned()


def test_a_paste_without_a_number_of_the_order_is_refused_and_says_so(proving, operator):
    address = f"/admin/hosted/hostedorder/{proving.pk}/check-codes/"
    answer = desk_of(operator).post(
        address,
        {"form_token": "0" * 32, "paste": "+13125550999 55555"},
        headers={"X-Desk-Quiet": "next"},
    )

    assert answer.status_code == 409
    assert answer.content.decode() == (
        "Nothing was checked. These pasted lines don't match any number that still has to be proved here, "
        "so they weren't checked: line 1 (+1 312 555 0999)."
    )


def test_a_script_that_goes_on_to_the_next_page_finds_there_what_was_done(proving, operator, sandbox):
    code = sandbox.codes(proving.remote_id)[ONE]
    desk = desk_of(operator)

    address = f"/admin/hosted/hostedorder/{proving.pk}/"
    form = {"form_token": "0" * 32, f"code{ONE}": code}
    answer = desk.post(f"{address}check-codes/", form, headers={"X-Desk-Quiet": "next"})

    assert answer.status_code == 204
    assert "1 code queued for Telnyx." in desk.get(f"{address}change/").content.decode()


def test_while_codes_are_requested_the_page_does_not_offer_them_again(ordered, operator):
    order = ordered(ONE)
    workflow.send_codes(order, [ONE], "sms", by=operator)

    page = desk_of(operator).get(f"/admin/hosted/hostedorder/{order.pk}/change/").content.decode()

    assert "A request for codes is on its way to Telnyx." in page
    assert "No code requested yet." not in page


def test_many_codes_are_asked_about_before_they_go_out(ordered, operator):
    numbers = [f"+131255501{n:02}" for n in range(10, 18)]
    order = ordered(*numbers)
    desk = desk_of(operator)
    address = f"/admin/hosted/hostedorder/{order.pk}/send-codes/"
    ways = {f"way{one}": "call" for one in numbers[:6]} | {f"way{one}": "sms" for one in numbers[6:7]}

    asked = desk.post(address, {"form_token": "1" * 32, **ways}).content.decode()

    assert "6 lines are called now." in asked
    assert "1 text goes out now." in asked
    assert "Send 7 codes" in asked
    assert not OutboxEntry.objects.filter(operation="send_codes").exists()
    fields = dict(re.findall(r'<input type="hidden" name="((?:way|sure|form)[^"]*)" value="([^"]*)"', asked))
    assert ways.items() <= fields.items()
    desk.post(address, fields)
    assert OutboxEntry.objects.filter(operation__in=workflow.SENDINGS).count() == 2


def test_a_few_codes_go_out_without_a_question(ordered, operator):
    order = ordered(ONE, TWO)

    desk_of(operator).post(
        f"/admin/hosted/hostedorder/{order.pk}/send-codes/",
        {"form_token": "1" * 32, f"way{ONE}": "call", f"way{TWO}": "call"},
    )

    assert OutboxEntry.objects.filter(operation="send_codes").count() == 1


def test_a_number_is_removed_from_an_order_only_after_a_question(proving, operator):
    desk = desk_of(operator)
    operator.user_permissions.add(Permission.objects.get(codename="cancel_hostedorder"))
    address = f"/admin/hosted/hostedorder/{proving.pk}/remove-number/"

    asked = desk.post(address, {"number": ONE}).content.decode()

    assert "This takes +1 312 555 0101 out of the order at Telnyx. It cannot be undone." in asked
    assert not OutboxEntry.objects.filter(operation="remove_number").exists()
    desk.post(address, {"number": ONE, "sure": "1", "form_token": "2" * 32})
    assert OutboxEntry.objects.filter(operation="remove_number").exists()


def test_blanks_in_a_typed_code_are_dropped(proving, operator, sandbox, work):
    code = sandbox.codes(proving.remote_id)[ONE]
    typed = f" {code[:2]} {code[2:3]}-{code[3:]} "

    form = {"form_token": "0" * 32, f"code{ONE}": typed}
    desk_of(operator).post(f"/admin/hosted/hostedorder/{proving.pk}/check-codes/", form)
    work(OutboxEntry.objects.get(operation="validate_codes"))

    assert number(proving).is_owned()


def test_a_call_is_the_way_offered_first_since_a_landline_gets_no_text(proving, operator):
    proving.numbers.update(code_sent_at=None, code_method="", code_error="")
    client = desk_of(operator)

    html = client.get(f"/admin/hosted/hostedorder/{proving.pk}/change/").content.decode()

    beside = html.split(f'name="way{ONE}"')[1].split("</select>")[0]
    assert '<option value="call" selected>' in beside


def test_a_code_for_a_foreign_number_is_not_sent(proving, operator):
    with pytest.raises(workflow.NotAllowed):
        workflow.validate_codes(proving, {"+13125550999": "12345"}, by=operator)
    assert not outbox.entries(proving).filter(operation="validate_codes").exists()

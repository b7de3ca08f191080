"""A desk with a record of every kind, and every address of the admin site, for tests that walk all of it.

The addresses are read from the URL configuration, so a page added tomorrow is visited, too. If its address needs
something this module does not know, the walk fails.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from hosted.models import BulkChange, BulkLine, Document, HostedNumber, HostedOrder
from messaging.desk.number_address import token_of
from messaging.log.choices import Direction, TermKind
from messaging.mirror import reveals
from messaging.mirror.inbound import inbox
from messaging.mirror.models import (
    ApiCall,
    Attempt,
    Import,
    Incident,
    OutboxAct,
    OutboxEntry,
    Purge,
    Recovery,
    RefusedWebhooks,
    Replay,
    Source,
    StatusChange,
    WebhookEvent,
    WebhookTest,
)
from messaging.mirror.outbound import outbox
from messaging.models import (
    AlphanumericSender,
    AutoResponse,
    ComposedMessage,
    Evidence,
    Export,
    LinkClick,
    LogSearch,
    Mention,
    Message,
    MessageQuestion,
    MessagingProfile,
    Note,
    Notice,
    NumberAssignment,
    OptOut,
    Reveal,
    SavedText,
)
from rcs.models import (
    Capability,
    CapabilityCheck,
    Deeplink,
    RcsAgent,
    RcsAgentRegistration,
    RcsBrand,
    RcsMessage,
    RcsTemplate,
    TestInvite,
)
from tests.desk.conftest import State, make_entry, make_request
from tollfree.models import BulkImport, BusinessProfile, LinkCheck, RejectionReason, VerificationRequest

OURS = "+13125550100"
# A number and a text for each kind of page, and who sees them without opening anything.
MESSAGE = ("+14155550142", "Quokka at the lighthouse tonight")
LOGGED = ("+14155550143", "Narwhal parcel is waiting")
RECEIVED = ("+14155550144", "Axolotl wants a refund")
UNKNOWN = ("+14155550145", "Pangolin in a new field")
RICH = ("+14155550146", "Capybara carousel for you")
OUT, CHECKED, INVITED, LINKED = ("+14155550147", "+14155550148", "+14155550149", "+14155550150")
LINK_TEXT = "Tapir says hello"
CONTACT = {
    "business_contact_first_name": "Wilhelmina",
    "business_contact_last_name": "Featherstonehaugh",
    "business_contact_email": "wilhelmina@quince.example",
    "business_contact_phone": "+14155550151",
    "business_addr1": "4711 Marmalade Crescent",
    "business_addr2": "Suite Pomelo",
    "business_city": "Clementineville",
    "business_zip": "94117-4821",  # five digits alone also stand in ids and times
}


def echo(number: str, text: str) -> list[dict[str, str]]:
    """Return an error in which Telnyx repeats numbers and text, as code 40300 does."""
    detail = f"Messages from {OURS} to {number} are blocked: {text!r} was refused for {number[2:]}."
    return [{"code": "40300", "title": "Blocked", "detail": detail, "pointer": "/to", "parameter": ""}]


def settle(entry: OutboxEntry, errors: list[dict[str, str]], reason: str = "") -> OutboxEntry:
    """Make Telnyx refuse a request with words that repeat its content."""
    sending = {"lease_token": uuid4(), "send_started_at": timezone.now(), "sends": 1}
    assert outbox.move(entry, expect=[State.QUEUED], state=State.SENDING, **sending)
    ended = {"resolved_at": timezone.now(), "resolution": OutboxEntry.Resolution.ANSWERED}
    assert outbox.move(
        entry, expect=[State.SENDING], state=State.REFUSED, errors=errors, reason=reason, **ended
    )
    entry.attempts.create(outcome=Attempt.Outcome.REFUSED, worker="w", error=reason, http_status=422)
    return entry


def noted(record: Any, by: User, words: str) -> None:
    """Write into the history of a record, like a person who types a number there."""
    kind = ContentType.objects.get_for_model(record)
    LogEntry.objects.create(
        user=by,
        content_type=kind,
        object_id=str(record.pk),
        object_repr=words[:200],
        action_flag=2,
        change_message=words,
    )


def fill(author: User) -> None:
    """Fill every list of the desk with what this person made or saw."""
    profile = MessagingProfile.objects.create(remote_id=str(uuid4()), name="Shop")
    _messages(author, profile)
    _log(author)
    _rcs(author, profile)
    _requests(author)
    _the_rest(author, profile)


def _messages(author: User, profile: MessagingProfile) -> None:
    number, text = MESSAGE
    for state in (State.QUEUED, State.REFUSED):
        message = ComposedMessage.objects.create(
            kind="message",
            purpose="manual",
            sender=OURS,
            recipients=[number],
            text=text,
            messaging_profile=profile,
            created_by=author,
            send_at=timezone.now() + timedelta(days=1),
        )
        entry = outbox.add(message, message.create_operation(), requested_by=author)
        if state == State.REFUSED:
            settle(entry, echo(number, text), f"Called {number} about it.")
        noted(entry, author, f"Cancel request: {number} called.")
        noted(message, author, f"Cancelled for {number}.")
    number, text = UNKNOWN
    OutboxEntry.objects.create(
        resource_type=ContentType.objects.get_for_model(ComposedMessage),
        resource_id=uuid4(),
        operation="create",
        method="POST",
        path=f"/messages/{number}/{text.replace(' ', '%20')}",
        body=json.dumps(
            {number: {"future": text, "type": text, "to": int(number[1:])}, text: [number]}
        ).encode(),
        not_before=timezone.now(),
    )


def _log(author: User) -> None:
    number, text = LOGGED
    now = timezone.now()
    for direction in Direction.values:
        row = Message.objects.create(
            remote_id=uuid4(),
            direction=direction,
            type="SMS",
            our_address=OURS,
            their_address=number,
            happened_at=now,
            status="delivery_failed",
            status_at=now,
            error_code="40300",
            errors=echo(number, ""),
            text=text,
            details={"anything": text},
            details_at=now,
        )
    LinkClick.objects.create(
        message_id=row.remote_id,
        their_address=number,
        url=f"https://x.example/{text}",
        clicked_at=now,
        event_id="1",
    )
    MessageQuestion.objects.create(remote_id=row.remote_id, asked_by=author)
    Reveal.objects.create(
        user=author, message_id=row.pk, remote_id=row.remote_id, reason=f"{number} called", at=now
    )
    Export.objects.create(
        owner=author, term=number, kind=TermKind.ADDRESS, meant=[number], until=now, zone="UTC", most=9
    )
    Evidence.objects.create(
        owner=author,
        kind="message",
        subject=str(row.pk),
        about=str(row),
        reason=f"{number} called",
        zone="UTC",
    )
    number, text = RECEIVED
    for state in (WebhookEvent.State.DEAD, WebhookEvent.State.KEPT):
        payload = {"text": text, "to": [{"phone_number": number, "status": "delivered"}], "from": number}
        body = {"data": {"id": str(uuid4()), "event_type": "message.new", "payload": payload, text: number}}
        inbox.store(json.dumps(body).encode(), "0123456789abcdef")
        WebhookEvent.objects.filter(dedupe_key=body["data"]["id"]).update(state=state)
    WebhookEvent.objects.update(error=f"ValueError: {text} from {number}", callback_token="")
    for event in WebhookEvent.objects.all():
        noted(event, author, f"Process again for {number}")
        reveals.reveal(author, event, f"{number} called")


def _rcs(author: User, profile: MessagingProfile) -> None:
    agent = RcsAgent.objects.create(
        remote_id=str(uuid4()), agent_name="Shop", enabled=True, messaging_profile_id=profile.remote_id
    )
    number, text = RICH
    content = {"text": text, "suggestions": [{"reply": {"text": text, "postback_data": text}}]}
    message = RcsMessage.objects.create(
        agent=agent,
        recipient=number,
        content=content,
        purpose="manual",
        messaging_profile=profile,
        created_by=author,
        sms_fallback={"text": text, "from": OURS},
    )
    settle(outbox.add(message, "create", requested_by=author), echo(number, text), f"{number} called")
    invite = TestInvite.objects.create(agent=agent, phone_number=INVITED, created_by=author)
    settle(invite.promise(requested_by=author), echo(INVITED, ""), "")
    capability = Capability.objects.create(
        agent=agent, phone_number=CHECKED, error=f"{CHECKED} cannot be asked", as_of=timezone.now()
    )
    check = CapabilityCheck.objects.create(agent=agent, total=1, requested_by=author)
    check.numbers.add(capability)
    Deeplink.objects.create(
        agent=agent,
        phone_number=LINKED,
        body=LINK_TEXT,
        url=f"sms:{LINKED}?body={LINK_TEXT}",
        created_by=author,
    )
    Deeplink.objects.create(
        agent=agent, phone_number=LINKED, error=f"{LINKED} is not ours", created_by=author
    )
    _registrations(author)
    RcsTemplate.objects.create(name="Greeting", content={"text": "Hello"}, created_by=author)


def _registrations(author: User) -> None:
    """Keep a brand whose contact is one of the canaries, in its fields, in what was sent and in Telnyx's words."""
    personal = {
        "contact_first_name": CONTACT["business_contact_first_name"],
        "contact_last_name": CONTACT["business_contact_last_name"],
        "contact_email": CONTACT["business_contact_email"],
        "contact_phone": CONTACT["business_contact_phone"],
        "address_line_1": CONTACT["business_addr1"],
    }
    brand = RcsBrand.objects.create(display_name="Shop", created_by=author, **personal)
    said = [
        {"code": "value_error", "title": "", "detail": f"{word} is unknown"} for word in personal.values()
    ]
    settle(outbox.add(brand, "create", requested_by=author), said)
    remote = {"test_devices": [{"test_device_id": "1", "phone_number": INVITED, "invite_status": "PENDING"}]}
    RcsAgentRegistration.objects.create(
        display_name="Shop",
        remote_id=str(uuid4()),
        remote_status="VERIFIED",
        remote_data=remote,
        sync_state="accepted",
        created_by=author,
    )


def _requests(author: User) -> None:
    RejectionReason.objects.create(
        title="Ours", phrases="no brand", meaning="m", verdict="resubmit", advice="a"
    )
    profile = BusinessProfile.objects.create(name="Shop", created_by=author, **CONTACT)
    heads, cells = [*CONTACT, "phone_numbers"], [*CONTACT.values(), "+13125550100"]
    BulkImport.objects.create(
        table={"heads": heads, "rows": [[2, cells]]}, sha256="0" * 64, uploaded_by=author
    )
    for state in (State.QUEUED, State.REFUSED):
        request = make_request()
        for name, value in CONTACT.items():
            setattr(request, name, value)
        request.created_by, request.remote_reason = author, " ".join(CONTACT.values())
        request.business_profile = profile
        request.save()
        LinkCheck.objects.create(request=request, field="corporate_website", address="https://x.example")
        note = request.notes.create(author=author, text=" ".join(CONTACT.values()))
        Mention.objects.create(note=note, user=author)
        entry = make_entry(of=request)
        if state == State.REFUSED:
            said = ", ".join(CONTACT.values())
            settle(entry, [{"code": "1", "title": "Bad", "detail": f"{said} is unknown", "pointer": ""}])
        StatusChange.objects.create(
            resource_type=ContentType.objects.get_for_model(request),
            resource_id=request.pk,
            status="Waiting For Customer",
            reason=f"Who is {CONTACT['business_contact_email']} of {CONTACT['business_addr1']}?",
            occurred_at=timezone.now(),
            source=Source.WEBHOOK,
        )


def _the_rest(author: User, profile: MessagingProfile) -> None:
    out = OptOut.objects.create(
        from_number=OURS, to_number=OUT, is_ours=True, note=f"{OUT} called", stopped_at=timezone.now()
    )
    noted(out, author, f"Our own opt-out of {OUT}")
    reveals.reveal(author, out, f"{OUT} called")
    SavedText.objects.create(
        name="Order ready", text="Order {order number} is ready.", created_by=author, changed_by=author
    )
    AutoResponse.objects.create(
        profile=profile, op="stop", keywords=["STOP"], resp_text="You are out of it now."
    )
    AlphanumericSender.objects.create(
        remote_id=str(uuid4()), alphanumeric_sender_id="Northwind", messaging_profile_id=profile.remote_id
    )
    putting = outbox.add(profile, "assign_numbers", requested_by=author, numbers=[OURS])
    NumberAssignment.objects.create(entry=putting, profile=profile, numbers={OURS: ""})
    held = HostedNumber.objects.create(remote_id=str(uuid4()), phone_number=OURS)
    bulk = BulkChange.objects.create(form_token="1", asked_by=author)
    BulkLine.objects.create(bulk=bulk, number=held, left_out=BulkLine.LeftOut.SAME)
    order = HostedOrder.objects.create(messaging_profile=profile, created_by=author)
    order.numbers.create(phone_number=OURS)
    Document.objects.create(order=order, kind="loa", size=1, sha256="0" * 64, uploaded_by=author)
    LogSearch.objects.create(owner=author)
    ApiCall.objects.create(
        method="GET", path="/messaging_profiles", purpose="lists", status=200, answered=2, milliseconds=90
    )
    Incident.objects.create(
        kind="worker", started_at=timezone.now(), seen_at=timezone.now(), is_certain=True, requests_waiting=3
    )
    Purge.objects.create(rule="message_text", days=90, before=timezone.now())
    names = {"new": [["1", "Northwind"]]}
    Import.objects.create(requested_by=author).parts.create(
        place=0, kind="messaging.MessagingProfile", listed_at=timezone.now(), new=1, names=names
    )
    Recovery.objects.create(since=timezone.now() - timedelta(hours=1), until=timezone.now())
    Authenticator.objects.create(user=author, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop"})
    Notice.objects.create(user=author, kind="mention", event="mention:1")
    WebhookTest.objects.create(requested_by=author)
    RefusedWebhooks.objects.create(
        slot=timezone.now(), cause="no_signature", count=2, first_at=timezone.now(), last_at=timezone.now()
    )
    act = OutboxAct.objects.create(
        asked_by=author, reason="The provider is back", act="retry", form_token="1"
    )
    for entry in OutboxEntry.objects.all()[:3]:
        act.rows.create(entry_id=entry.pk)
    Replay.objects.create(
        asked_by=author,
        reason="After the fix",
        event_ids=list(WebhookEvent.objects.values_list("pk", flat=True)[:3]),
    )


# Addresses.


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        here = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, here)
        else:
            yield here, pattern


PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
# Parts of addresses that are not the key of the record the page is about.
NUMBERS = [OURS, OUT, CHECKED, INVITED, LINKED, CONTACT["business_contact_phone"]]
NUMBERS += [number for number, _text in (MESSAGE, LOGGED, RECEIVED, UNKNOWN, RICH)]
FIXED: dict[str, list[Any]] = {
    "kind": ["message", "long_code"],
    "position": [0],
    "token": [token_of(number) for number in NUMBERS],
}
OF_OTHER_RECORDS: dict[str, Any] = {
    "desk_work_of": User,
    "desk_remove_app_of": User,
    "desk_separate_of": User,
    "desk_end_all_of": User,
    "desk_unlock": User,
    "desk_dismiss_mention": Mention,
    "desk_remove_passkey": Authenticator,
    "desk_notice_open": Notice,
    "desk_outbox_act": OutboxAct,
    "desk_replay_result": Replay,
    "desk_notice_acknowledge": Notice,
    "hosted_hostednumber_bulk": BulkChange,
    "hosted_hostednumber_undo": BulkChange,
    "messaging_message_question": MessageQuestion,
    "messaging_message_forget": LogSearch,
    "messaging_message_default": LogSearch,
    "messaging_message_remove_search": LogSearch,
    "messaging_message_elsewhere": LogSearch,
    "rcs_capability_check": CapabilityCheck,
    "rcs_capability_check_progress": CapabilityCheck,
    "tollfree_verificationrequest_bulk_table": BulkImport,
    "tollfree_verificationrequest_bulk_import": BulkImport,
    "tollfree_verificationrequest_bulk_left_out": BulkImport,
}
# Every kind with every key: most name nothing, which shows nothing either.
EVIDENCE: dict[str, Any] = {
    "kind": lambda: ["toll-free", "hosted-order", "message", "number"],
    "key": lambda: [
        *FIXED["token"],
        *(
            pk
            for model in (VerificationRequest, HostedOrder, Message)
            for pk in model.objects.values_list("pk", flat=True)
        ),
    ],
}
OTHERS: dict[str, Any] = {
    "order_id": HostedOrder,
    "document_id": Document,
    "handset_pk": TestInvite,
    "assignment_pk": NumberAssignment,
    "link": LinkCheck,
    "note_id": Note,
}
# These show none of our data: redirects, and Django's own answers. What a search found belongs to one session, and
# test_finding.py looks at it as each role.
LEFT_OUT = {"view_on_site", "app_list", "logout", "desk_found"}


def values(name: str, place: str, model: Any) -> list[Any]:
    """Return what can be filled in at a place in an address: the keys of all rows of the record it is about."""
    if name == "messaging_evidence_start":
        return EVIDENCE[place]()
    if place in FIXED:
        return FIXED[place]
    if place in OTHERS:
        return list(OTHERS[place].objects.values_list("pk", flat=True))
    if place == "key":
        return list((Evidence if model is Evidence else Export).objects.values_list("key", flat=True))
    assert place in ("pk", "id", "object_id"), f"this test does not know what <{place}> of {name} is"
    return list(OF_OTHER_RECORDS.get(name, model)._base_manager.values_list("pk", flat=True))


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the route of everything in the admin that has a name."""
    for route, pattern in patterns(get_resolver()):
        if route.startswith("admin/") and pattern.name:
            yield pattern.name, route


def addresses() -> Iterator[str]:
    """Yield every address in the admin, for every row it can be about."""
    for name, route in pages():
        if name not in LEFT_OUT:
            yield from addresses_of(name, route)


def addresses_of(name: str, route: str) -> Iterator[str]:
    """Yield the addresses of one page, for every row it can be about."""
    app, _under, rest = name.partition("_")
    model = next(
        (
            m
            for m in apps.get_models()
            if m._meta.app_label == app and rest.startswith(m._meta.model_name or "-")
        ),
        None,
    )
    found = [""]
    for place in PLACE.finditer(route):
        choices = values(name, place[1], model)
        assert choices, f"{name} has no row to walk to"
        found = [f"{begin}{place[0]}\0{choice}" for begin in found for choice in choices]
    for one in found:
        filled = route
        for part in filter(None, re.split(r"(?=<)", one)):
            place_text, _nul, choice = part.partition("\0")
            filled = filled.replace(place_text, choice, 1)
        yield f"/{filled}"

"""Fill an empty demo with messages and what people do around them: the outbox, the sandbox's phones, its webhooks."""

from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User

from messaging import demo
from messaging.autoresponses import edits
from messaging.autoresponses.words import REVOKING, Op
from messaging.desk.number_address import token_of
from messaging.evidence import kinds, life
from messaging.exports import build
from messaging.log import reveals, searches
from messaging.log.choices import Direction
from messaging.log.filters import Criteria
from messaging.log.searches import Search
from messaging.mirror import clock, incidents, retention
from messaging.mirror import reveals as records
from messaging.mirror.inbound import recover
from messaging.mirror.models import ApiCall, Heartbeat, Import, OutboxEntry, Source, WebhookEvent
from messaging.mirror.outbound import outbox
from messaging.mirror.records import importing, sync
from messaging.models import (
    AlphanumericSender,
    AutoResponse,
    ComposedMessage,
    Message,
    MessagingProfile,
    OptOut,
    SavedText,
)
from messaging.optouts import consents, reconcile
from messaging.saved_texts import placeholders, writing
from messaging.sending import promise
from messaging.sending.choices import Kind, Purpose

# Numbers that no one has, each with one story.
ROBIN, ALEX, JORDAN, CASEY, MORGAN = (f"+1773555014{last}" for last in range(5))
STOPPED, CAME_BACK, AT_TELNYX, BLOCKED, UNBLOCKED = (f"+1773555015{last}" for last in range(5))
LANDLINE, PICTURED, CHATTING = (f"+1773555016{last}" for last in range(3))
ABROAD = "+447700900123"
NAME = "Larkspur"
ZONE = "America/Chicago"
SERVICE_DESK = "The customer called about this message."
# For so long nothing ran, as after a deploy that went wrong.
AWAY = timedelta(minutes=9)
# So many calls to Telnyx are old enough to be deleted.
OLD_CALLS, OLD = 20, timedelta(days=settings.RETENTION_API_CALL_DAYS + 1)
REPLIES: tuple[tuple[str, list[str], str], ...] = (
    (
        Op.STOP,
        list(REVOKING),
        "Larkspur Dental: you are unsubscribed and will get no more texts. Reply START to come back.",
    ),
    (
        Op.START,
        ["START", "UNSTOP"],
        "Larkspur Dental: welcome back. You get texts about your appointments. Reply STOP to opt out.",
    ),
    (Op.INFO, ["HELP", "INFO"], "Larkspur Dental: call us at 312-555-0160 or reply STOP to opt out."),
)
# Two texts that people start messages from.
VISIT, READY = "Visit moved", "Order ready"
SAVED_TEXTS = {
    VISIT: "Larkspur Dental: your visit moved to {day} at {time}. Reply STOP to opt out.",
    READY: "Larkspur Dental: {order number} is ready, {first name}. We are open until 6 pm.",
}
CHANGED = "Larkspur Dental: call us at 312-555-0161, Monday to Friday. Reply STOP to opt out."


class Command(demo.DemoCommand):
    help = (
        "Fills an empty demo with messages, opt-outs, auto-responses, exports and more. Only on a private "
        "database that talks to the sandbox."
    )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        self.sandbox, self.seconds = demo.sandbox(), seconds
        if ComposedMessage.objects.exists():
            self.stdout.write("There are messages sent from here already; nothing is added.")
            return
        profiles = MessagingProfile.objects.filter(remote_id=self.number["messaging_profile_id"])
        self.wait(profiles.exists, "The list of messaging profiles")
        self.profile = profiles[0]
        self.phones_write()
        self.set_up_profile()
        self.save_texts()
        self.send()
        self.keep_records()
        self.machinery()
        self.look_at_messages()
        self.stdout.write("The demo has messages of every kind.")

    # Who and what there is.

    @cached_property
    def people(self) -> dict[str, User]:
        return {user.username: user for user in User.objects.all()}

    @cached_property
    def number(self) -> dict[str, Any]:
        """Return a long code of the account that has a profile."""
        return next(
            found
            for found in self.press("/numbers")
            if found["type"] == "long-code" and found["messaging_profile_id"]
        )

    @property
    def ours(self) -> str:
        return str(self.number["phone_number"])

    # What phones do.

    def phones_write(self) -> None:
        """Let people ask, send a picture, use WhatsApp, agree and opt out."""
        self.write(ROBIN, "Hi, can I come in on Thursday instead?")
        self.write(PICTURED, "Is this the right form?", media=1)
        self.write(STOPPED, "STOP")
        self.write(CAME_BACK, "STOP")
        self.write(CAME_BACK, "START")
        for kind in ("text", "location"):
            self.press("/messages/whatsapp", {"from": CHATTING, "to": self.ours, "kind": kind})
        self.press(
            "/optouts",
            {"from": self.ours, "to": AT_TELNYX, "messaging_profile_id": self.profile.remote_id},
        )
        self.press("/messages/outcome", {"to": LANDLINE, "outcome": "delivery_failed", "code": "40001"})

    def write(self, phone: str, text: str, **more: Any) -> None:
        self.press("/messages/inbound", {"from": phone, "to": self.ours, "text": text, **more})

    # What people do.

    def set_up_profile(self) -> None:
        """Add auto-responses, of which somebody changes one in the portal, and a name as a sender."""
        by, entries = self.people["operator"], []
        for op, keywords, text in REPLIES:
            values = {"op": op, "keywords": keywords, "country_code": "*", "resp_text": text}
            row = edits.draft(uuid4(), self.profile, values, by=by)
            entries.append(edits.send(row, {}, by=by, form_token=uuid4().hex, was=edits.seen(row)))
        sender = AlphanumericSender.objects.create(
            alphanumeric_sender_id=NAME,
            messaging_profile_id=self.profile.remote_id or "",
            created_by=by,
        )
        entries.append(outbox.add(sender, "create", requested_by=by, form_token=sender.pk.hex))
        self.press(
            f"/profiles/{self.profile.remote_id}", {"whitelisted_destinations": ["US", "CA", "GB"]}, "PATCH"
        )
        sync.ask_soon(self.profile, Source.SYNC)
        self.all_kept(entries)
        changed = AutoResponse.objects.get(op=Op.INFO, profile=self.profile)
        config = {"op": changed.op, "keywords": changed.keywords, "country_code": "*", "resp_text": CHANGED}
        self.press(f"/autoresponses/{changed.remote_id}", config, "PUT")
        sync.ask_soon(changed, Source.SYNC)
        self.wait_for(self.profile, lambda: "GB" in self.profile.whitelisted_destinations)

    def save_texts(self) -> None:
        """Write the saved texts as compliance does, through their form."""
        for name, text in SAVED_TEXTS.items():
            typed = {"draft_id": uuid4(), "name": name, "text": text, "is_in_use": "on"}
            form = writing.WriteForm(typed, initial=typed)
            form.full_clean()
            writing.keep(form.cleaned_data, None, self.people["compliance"])

    def send(self) -> None:
        """Send one message of each kind; one waits for its time and one is canceled."""
        wrote = Message.objects.filter(direction=Direction.INBOUND, type="WHATSAPP", their_address=CHATTING)
        self.wait(wrote.exists, "The first WhatsApp message")
        tomorrow = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        later = tomorrow + timedelta(days=1)
        canceled = self.message([CASEY], "Larkspur Dental: we are closed on Friday.", send_at=later)
        entries = [
            canceled,
            self.message([ROBIN], "Larkspur Dental: of course. Thursday at 10:30 is yours."),
            self.message([ALEX], "Larkspur Dental: your crown is here. Call us to pick a day. 🦷"),
            self.message([LANDLINE], "Larkspur Dental: please confirm your visit on Monday."),
            self.message([JORDAN], "Larkspur Dental: see you tomorrow at 9:00.", send_at=tomorrow),
            self.message([MORGAN], "Larkspur Dental: this is a test.", purpose=Purpose.TEST),
            self.saved(VISIT, [JORDAN], day="Tuesday", time="10:30"),
            self.saved(READY, [LANDLINE], order_number="Retainer 8842", first_name="Sam"),
            self.message(
                [ALEX, JORDAN, CASEY], "Larkspur Dental: the family visit is at 4 pm.", kind=Kind.GROUP
            ),
            self.message(
                [ABROAD], "Your appointment in Leeds is on Monday.", kind=Kind.ALPHANUMERIC, sender=NAME
            ),
            self.whatsapp({"type": "text", "text": {"body": "Yes, it is ready. We are open until 6 pm."}}),
            self.whatsapp(
                {
                    "type": "template",
                    "template": {
                        "name": "appointment_reminder",
                        "language": {"policy": "deterministic", "code": "en_US"},
                    },
                }
            ),
        ]
        self.all_kept(entries)
        message = ComposedMessage.objects.get(pk=canceled.resource_id)
        self.wait_for(message, message.can_cancel)
        promise.cancel(message, by=self.people["operator"], form_token=uuid4().hex, reason="Open after all.")

    def message(
        self,
        recipients: list[str],
        text: str = "",
        *,
        kind: str = Kind.MESSAGE,
        sender: str = "",
        purpose: str = Purpose.MANUAL,
        values: dict[str, str] | None = None,
        **more: Any,
    ) -> OutboxEntry:
        """Promise one message, as the support user."""
        row = ComposedMessage(
            kind=kind,
            sender=sender or self.ours,
            recipients=recipients,
            text=text,
            purpose=purpose,
            messaging_profile=self.profile,
            **more,
        )
        row.values = values
        return promise.send(row, by=self.people["support"], form_token=uuid4().hex)

    def saved(self, name: str, recipients: list[str], **values: str) -> OutboxEntry:
        """Promise one message made from a saved text."""
        text, typed = (
            SavedText.objects.get(name=name),
            {f"value_{key}": value for key, value in values.items()},
        )
        filled = placeholders.fill(text.text, typed)
        return self.message(recipients, filled, saved_text=text, values=typed)

    def whatsapp(self, content: dict[str, Any]) -> OutboxEntry:
        return self.message([CHATTING], kind=Kind.WHATSAPP, whatsapp=content)

    def keep_records(self) -> None:
        """Record consents and blocks of our own, and save searches."""
        by, profile_id = self.people["compliance"], self.profile.remote_id or ""
        agreed = clock.now() - timedelta(days=40)
        paper = "Signed the form at the front desk"
        consents.record(ROBIN, profile_id=profile_id, agreed_at=agreed, how=paper, by=by)
        table = consents.Table([(phone, agreed, "Box on the website") for phone in (ALEX, JORDAN, CASEY)])
        consents.take(table, profile_id=profile_id, by=by)
        note = "Asked at the front desk not to be texted"
        for phone in (BLOCKED, UNBLOCKED):
            row = reconcile.promise(phone, profile_id="", note=note, by=by)
        reconcile.withdraw(row, by=by)
        reconcile.ask_soon()
        admin = self.people["admin"]
        searches.save(
            admin, searches.NOTHING, Criteria(status="failed"), name="Not delivered", is_shared=True
        )
        week = Criteria(direction=Direction.INBOUND, when="week")
        searches.save(admin, searches.NOTHING, week, name="Answers of this week", is_shared=False)

    def machinery(self) -> None:
        """Compare with Telnyx, look for lost webhooks, let beat have been away, and delete what is old."""
        admin, now = self.people["admin"], clock.now()
        Import.start(list(importing.kinds_for(admin)), only_look=True, by=admin)
        recover.ask(now - timedelta(hours=1), now, by=admin, only_look=True)
        # This look finds that nobody has looked for a while.
        Heartbeat.objects.update_or_create(name=Heartbeat.LOOKED, defaults={"seen_at": now - AWAY})
        incidents.look()
        oldest = list(ApiCall.objects.order_by("id").values_list("pk", flat=True)[:OLD_CALLS])
        ApiCall.objects.filter(pk__in=oldest).update(at=now - OLD)
        retention.run()

    def look_at_messages(self) -> None:
        """Open a message and a webhook on record, and make the files that somebody asked for."""
        admin, support = self.people["admin"], self.people["support"]
        failed = Message.objects.filter(their_address=LANDLINE, error_code="40001")
        self.wait(failed.exists, "The message to a landline")
        message = failed[0]
        reveals.reveal(support, message, SERVICE_DESK)
        event = WebhookEvent.objects.order_by("id").first()
        for record in filter(None, (event, OptOut.objects.filter(to_number=BLOCKED).first())):
            records.reveal(self.people["compliance"], record, "Asked by the customer's lawyer")
        for criteria in (Criteria(), Criteria(status="failed")):
            build.start(admin, Search(criteria=criteria), zone=ZONE)
        for slug, key in (("message", str(message.pk)), ("number", token_of(STOPPED))):
            if kind := kinds.get(slug):
                life.start(admin, kind, kind.find(key), key, zone=ZONE, reason="Complaint from a customer")

    # Waiting and pressing.

    def press(self, path: str, data: dict[str, Any] | None = None, method: str | None = None) -> Any:
        return demo.press(self.sandbox + path, data, method)

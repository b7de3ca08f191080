"""Fill an empty demo with RCS: templates, phones that were asked about, messages, a link, a handset, registrations."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db.models.functions import Now

from messaging import demo
from messaging.mirror.models import Source, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.sending.choices import Purpose
from rcs.handsets import capability_jobs
from rcs.messages import sending
from rcs.models import (
    Capability,
    Deeplink,
    RcsAgent,
    RcsAgentRegistration,
    RcsBrand,
    RcsMessage,
    RcsTemplate,
    TestInvite,
)

# Numbers that no one has. What the last digit of one says about it is in the sandbox: 1 and 3 have no RCS.
PHONES = [f"+1773555017{last}" for last in (0, 1, 2, 4, 5)]
REMINDER = {
    "text": "Larkspur Dental: see you on Tuesday at 10:00.",
    "suggestions": [
        {"reply": {"text": "I'll be there", "postback_data": "Y29uZmlybQ=="}},
        {"reply": {"text": "Another day", "postback_data": "bW92ZQ=="}},
    ],
}
CARD = {
    "rich_card": {
        "standalone_card": {
            "card_orientation": "VERTICAL",
            "thumbnail_image_alignment": "LEFT",
            "card_content": {
                "title": "Time for your checkup",
                "description": "It has been six months. Choose a day that suits you.",
                "suggestions": [{"reply": {"text": "Choose a day", "postback_data": "Ym9vaw=="}}],
            },
        }
    }
}
FALLBACK = "Larkspur Dental: time for your checkup. Call us to choose a day."

BUSINESS = {
    "legal_entity_type": "LIMITED_LIABILITY_COMPANY",
    "organization_type": "PRIVATE_PROFIT",
    "ein": "12-3456789",
    "address_line_1": "200 Fictional Way",
    "city": "Springfield",
    "administrative_area": "IL",
    "postal_code": "62704",
    "contact_first_name": "Robin",
    "contact_last_name": "Sample",
    "contact_email": "robin@larkspur-dental.example.com",
    "contact_phone": "+12175550142",
}
SITE = "https://larkspur-dental.example.com"
AGENT = {
    "display_name": "Larkspur Reminders",
    "use_case": "TRANSACTIONAL",
    "description": "Reminders of dental appointments",
    "logo_url": f"{SITE}/logo.png",
    "hero_url": f"{SITE}/banner.png",
    "brand_color": "#1F6F5C",
    "privacy_policy_url": f"{SITE}/privacy",
    "terms_and_conditions_url": f"{SITE}/terms",
    "email_address": "help@larkspur-dental.example.com",
    "email_label": "Support",
}
LAUNCH = {
    "campaign": {
        "company_overview": "Larkspur Dental runs four dental practices.",
        "agent_overview": "It reminds patients of their appointments.",
        "interactions": [{"interaction_type": "TRANSACTIONAL_UPDATES"}],
        "message_examples": [
            "See you on Tuesday at 10:00.",
            "Your visit is now on Friday.",
            "Time for your checkup.",
        ],
        "consent_settings": {
            "opt_in_methods": [{"method_type": "SALE_POINT"}],
            "call_to_action": "Patients tick a box on the form at the front desk.",
            "double_opt_in": False,
            "opt_in_message": "You will get reminders from Larkspur Dental. Reply STOP to end them.",
            "help_response": "Write to help@larkspur-dental.example.com.",
            "opt_out_response": "You will get no more messages from Larkspur Dental.",
        },
    },
    "testing": {"test_url": f"{SITE}/rcs-test-video"},
}
DECISIONS = (
    ("AT&T", "APPROVED", ""),
    ("T-Mobile", "REJECTED", "The video doesn't show what happens after STOP."),
)


class Command(demo.DemoCommand):
    help = "Fills an empty demo with RCS. Only on a private database that talks to the sandbox."

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        demo.sandbox()
        self.seconds = seconds
        if RcsMessage.objects.exists():
            self.stdout.write("There are RCS messages already; nothing is added.")
            return
        self.operator = User.objects.get(username="operator")
        usable = RcsAgent.objects.filter(enabled=True, gone_at=None).exclude(messaging_profile_id="")
        self.wait(usable.exists, "The list of RCS agents")
        agent = usable.order_by("agent_name").last()
        assert agent is not None
        self.ask_about(agent)
        for name, content, text in (("Reminder", REMINDER, ""), ("Checkup", CARD, FALLBACK)):
            RcsTemplate.objects.get_or_create(
                name=name,
                defaults={"content": content, "sms_fallback": text, "created_by": self.operator},
            )
        self.send(agent)
        self.register()
        self.stdout.write("The demo has RCS messages.")

    def ask_about(self, agent: RcsAgent) -> None:
        """Ask what phones can show, for a link to the agent, and for a handset to test with."""
        capability_jobs.begin(uuid4(), agent, PHONES, by=self.operator)
        Deeplink.objects.create(
            agent=agent, body="Hi, I have a question", created_by=self.operator, due_at=Now()
        )
        TestInvite.objects.create(agent=agent, phone_number=PHONES[0], created_by=self.operator).promise(
            requested_by=self.operator
        )
        waiting = Capability.objects.filter(phone_number__in=PHONES, as_of=None)
        self.wait(lambda: not waiting.exists(), "The list of phones with RCS")

    def send(self, agent: RcsAgent) -> None:
        profile = MessagingProfile.objects.filter(remote_id=agent.messaging_profile_id).first()
        for phone, content in ((PHONES[0], REMINDER), (PHONES[2], CARD), (PHONES[3], REMINDER)):
            message = RcsMessage(
                agent=agent,
                recipient=phone,
                content=content,
                purpose=Purpose.MANUAL,
                messaging_profile=profile,
            )
            sending.promise(message, self.operator, uuid4().hex)
        open_ones = RcsMessage.objects.exclude(sync_state=SyncState.ACCEPTED)
        self.wait(lambda: not open_ones.exists(), "Sending RCS messages")

    def register(self) -> None:
        """Register two brands, one of which is rejected, and an agent that the carriers disagree about."""
        verified, rejected = self.brands()
        panel = demo.sandbox()
        demo.press(f"{panel}/rcs/brands/{verified.remote_id}/status", {"status": "VERIFIED"})
        demo.press(f"{panel}/rcs/brands/{rejected.remote_id}/status", {"status": "REJECTED"})
        for brand in (verified, rejected):
            self.wait_for(brand, lambda brand=brand: brand.remote_status in ("VERIFIED", "REJECTED"))  # type: ignore[misc]
        agent = RcsAgentRegistration(
            **AGENT, brand_remote_id=verified.remote_id or "", created_by=self.operator
        )
        agent.save(force_insert=True)
        self.ask(agent, "create")
        self.ask(agent, "submit")
        demo.press(f"{panel}/rcs/registrations/{agent.remote_id}/status", {"status": "VERIFIED"})
        self.wait_for(agent, lambda: agent.remote_status == "VERIFIED")
        self.ask(agent, "add_device", phone_number=PHONES[0])
        self.ask(agent, "launch", launch=LAUNCH)
        for carrier, status, reason in DECISIONS:
            demo.press(
                f"{panel}/rcs/registrations/{agent.remote_id}/approval",
                {"carrier": carrier, "status": status, "reason": reason},
            )
        sync.ask_soon(agent, Source.SYNC)
        RcsBrand(
            display_name="Fernhill Pharmacy", legal_name="Fernhill Pharmacy Inc", created_by=self.operator
        ).save()

    def brands(self) -> list[RcsBrand]:
        """Create and submit both brands, and return them."""
        found = []
        for name, legal_name, site in (
            ("Larkspur Dental", "Larkspur Dental Group LLC", SITE),
            ("Harborlight Books", "Harborlight Books LLC", "https://harborlight.example.com"),
        ):
            brand = RcsBrand(
                display_name=name,
                legal_name=legal_name,
                website_url=site,
                created_by=self.operator,
                **BUSINESS,
            )
            brand.save(force_insert=True)
            self.ask(brand, "create")
            self.ask(brand, "submit")
            found.append(brand)
        return found

    def ask(self, record: Any, operation: str, **details: Any) -> None:
        """Promise a request as its page does, without the time to take it back, and wait until it is kept."""
        if operation in ("submit", "launch"):
            type(record)._base_manager.filter(pk=record.pk).update(awaited=operation)
        self.all_kept([outbox.add(record, operation, requested_by=None, **details)])
        record.refresh_from_db()

"""Fill an empty demo with RCS: templates, phones that were asked about, messages, a link and a test handset."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db.models.functions import Now

from messaging import demo
from messaging.mirror.models import SyncState
from messaging.models import MessagingProfile
from messaging.sending.choices import Purpose
from rcs.handsets import capability_jobs
from rcs.messages import sending
from rcs.models import Capability, Deeplink, RcsAgent, RcsMessage, RcsTemplate, TestInvite

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

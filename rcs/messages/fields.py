"""Form fields that only messages and their templates have."""

import json
from typing import Any

from django.utils.translation import gettext_lazy

from messaging.sending.json_field import JsonContent
from rcs.agents.forms import MOST_OFFERED, AgentChoice
from rcs.content.summary import summary
from rcs.models import RcsAgent


class Content(JsonContent):
    """A message as JSON. The builder writes it; engineers, and people without JavaScript, type it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(gettext_lazy("What Telnyx calls content_message"), **options)

    def in_words(self, value: str) -> str:
        """Return one line for people, where two versions are compared."""
        try:
            return summary(json.loads(value))
        except ValueError:
            return value


class SenderChoice(AgentChoice):
    """One of the agents that can send: enabled at Telnyx, with a messaging profile."""

    default_error_messages = {
        "invalid_choice": gettext_lazy(
            "This agent can't send: it isn't enabled at Telnyx, or has no messaging profile. Choose another."
        )
    }

    def offer(self, chosen: Any) -> None:
        able = RcsAgent.senders().exclude(messaging_profile_id="").order_by("agent_name", "pk")
        shown = list(able.values_list("pk", flat=True)[:MOST_OFFERED])
        self.queryset = able.filter(pk__in=[*shown, *([chosen] if chosen else [])]).defer("remote_data")
        if len(shown) == 1:
            self.initial = shown[0]

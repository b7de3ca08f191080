"""The pages that write an RCS message, as a test fills them in."""

import json

from tests.rcs.conftest import fields
from tests.visitor import Forms

LIST = "/admin/rcs/rcsmessage/"
NEW = f"{LIST}new/"
CARD = {"title": "Spring cleaning", "suggestions": [{"reply": {"text": "Book", "postback_data": "Ym9vaw=="}}]}
CAROUSEL = {
    "rich_card": {"carousel_card": {"card_width": "MEDIUM", "card_contents": [CARD, {"title": "Whitening"}]}},
    "suggestions": [{"action": {"text": "Where are you?", "share_location_action": {}}}],
}


def typed(desk, agent, content=None, **how):
    content = {"text": "Hello"} if content is None else content
    given = content if isinstance(content, str) else json.dumps(content)
    usual = {"agent": str(agent.pk), "to": "(303) 555-0123", "purpose": "manual", "content": given}
    return fields(desk, NEW) | usual | how


def review(desk, agent, content=None, **how):
    """Fill in the form and press the button that shows what will be sent."""
    return desk.post(NEW, typed(desk, agent, content, **how) | {"_review": "1"})


def confirm(desk, shown):
    """Press Send on the page that shows what will be sent."""
    return desk.post(NEW, fields_of(shown) | {"_send": "1"})


def fields_of(answer):
    return Forms(answer.content.decode()).fields

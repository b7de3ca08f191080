"""The inventory as a test reads it: who may do what, rows without an order, pages, and what the sandbox received."""

import json
from html import unescape
from uuid import uuid4

from hosted.models import HostedNumber
from messaging.mirror.models import SyncState
from tests.hosted.conftest import ONE

LIST = "/admin/hosted/hostednumber/"

EVERYBODY = ["operator", "compliance", "approver", "support", "auditor", "admin", "nobody"]
LOOKERS = set(EVERYBODY) - {"nobody"}
CHANGERS = {"operator", "admin"}
REMOVERS = {"operator", "compliance", "admin"}


def held(phone_number: str = ONE) -> HostedNumber:
    return HostedNumber.objects.get(phone_number=phone_number)


def make(phone_number: str = ONE, **changes) -> HostedNumber:
    told = {"health": {"message_count": 10, "success_ratio": 0.94, "spam_ratio": 0.06}}
    fields = {"sync_state": SyncState.ACCEPTED, "remote_data": told, "messaging_product": "A2P"}
    fields |= {"eligible_messaging_products": ["A2P", "P2P"], "type": "longcode", "country_code": "US"}
    row = {"phone_number": phone_number, "remote_id": str(uuid4().int)[:19]}
    return HostedNumber.objects.create(**(row | fields | changes))


def url(row: HostedNumber, action: str = "change") -> str:
    return f"{LIST}{row.pk}/{action}/"


def html(answer) -> str:
    return unescape(answer.content.decode())


def sent(sandbox, method: str = "PATCH") -> list:
    return [json.loads(made["body"]) for made in sandbox.requests(method, "messaging_hosted_numbers/")]

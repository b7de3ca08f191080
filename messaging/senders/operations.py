"""What is sent to Telnyx about an alphanumeric sender, and how to find out whether it arrived."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.mirror.records.operations import Absent, Finding, Found, Operation, Unclear
from messaging.telnyx.client import Client

BASE = "/alphanumeric_sender_ids"
SENDER = BASE + "/{id}"
FALLBACK = "us_long_code_fallback"


def sender_body(resource: TelnyxResource, callback_url: str) -> dict[str, Any]:
    return resource.wire.dump(resource)


def find_created(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look, by its text among those of its profile, for the sender that a lost answer may have left."""
    sent = json.loads(bytes(entry.body))
    listed = resource.wire.all(client, **{"filter[messaging_profile_id]": sent["messaging_profile_id"]})
    text = sent["alphanumeric_sender_id"]
    same = [record for record in listed if record.get("alphanumeric_sender_id") == text]
    ids = [resource.wire.remote_id(record) for record in same]
    known = set(type(resource)._base_manager.filter(remote_id__in=ids).values_list("remote_id", flat=True))
    ours = [record for id, record in zip(ids, same, strict=True) if id not in known]
    if len(ours) == 1 and (ours[0].get(FALLBACK) or "") == sent.get(FALLBACK, ""):
        return Found(ours[0])
    if ours:
        return Unclear(_("The profile already has this sender, but not as requested here."))
    return Absent()


# A sender cannot be changed (docs/telnyx.md, T8.11).
OF_SENDER = {
    "create": Operation(
        "POST",
        BASE,
        gettext_lazy("New alphanumeric sender"),
        body=sender_body,
        find=find_created,
        permission="messaging.add_alphanumericsender",
    ),
    "delete": Operation(
        "DELETE",
        SENDER,
        gettext_lazy("Sender deletion"),
        repeatable=True,
        too_late=gettext_lazy("If it is still needed, create the sender again."),
        permission="messaging.delete_alphanumericsender",
    ),
}

"""What is sent to Telnyx about auto-responses, and how to find out whether a request arrived."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.mirror.records import pages
from messaging.mirror.records.operations import Absent, Finding, Found, Operation, Unclear
from messaging.telnyx.client import Client
from messaging.telnyx.errors import NotFound

from .words import as_keywords

if TYPE_CHECKING:
    from messaging.models import AutoResponse

Record = dict[str, Any]

CONFIGS = "/messaging_profiles/{profile_id}/autoresp_configs"
CONFIG = CONFIGS + "/{id}"


def whole_config(resource: TelnyxResource, callback_url: str, *, profile_id: str) -> Record:
    """Return the body of a POST or PUT: everything, since a PUT clears what it leaves out."""
    config = cast("AutoResponse", resource)
    body = {"op": config.op, "keywords": config.keywords, "country_code": config.country_code}
    return body | ({"resp_text": config.resp_text} if config.resp_text else {})


def find_created(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look for the config that a lost answer may have left, by operation, country and set of words (T7.13)."""
    sent = json.loads(bytes(entry.body))
    listed = list(pages.single(client, entry.path, {"country_code": sent["country_code"]}))
    ids = [resource.wire.remote_id(record) for record in listed]
    known = set(type(resource)._base_manager.filter(remote_id__in=ids).values_list("remote_id", flat=True))
    alike = [
        record
        for id, record in zip(ids, listed, strict=True)
        if id not in known and _aim(record) == _aim(sent)
    ]
    if not alike:
        return Absent()
    if len(alike) == 1 and _reply(alike[0]) == _reply(sent):
        return Found(alike[0])
    return Unclear(
        _("Telnyx holds an auto-response for the same words and country that may be someone else's.")
    )


def find_replaced(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the config again: either it is what was sent, or the same bytes are sent again."""
    try:
        record = client.get(entry.path).body
    except NotFound:
        return Unclear(_("The auto-response is no longer at Telnyx, so nothing can be changed there."))
    sent = json.loads(bytes(entry.body))
    is_ours = isinstance(record, dict) and (_aim(record), _reply(record)) == (_aim(sent), _reply(sent))
    return Found(record) if is_ours else Absent()


def _aim(record: Mapping[str, Any]) -> tuple[Any, Any, frozenset[str]]:
    return record.get("op"), record.get("country_code"), frozenset(as_keywords(texts(record.get("keywords"))))


def _reply(record: Mapping[str, Any]) -> str:
    return str(record.get("resp_text") or "").strip()


def texts(value: Any) -> list[str]:
    """Return the strings of a list, leaving out everything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def of_profiles(client: Client, profile_ids: list[str], name: str) -> Iterator[Record]:
    """Yield the configs of each of these profiles, with its profile under `name`: Telnyx lists them by profile.

    A profile that Telnyx no longer has yields none. Raises as `pages.single` does.
    """
    for profile_id in profile_ids:
        try:
            listed = list(pages.single(client, CONFIGS.format(profile_id=profile_id)))
        except NotFound:
            continue
        for record in listed:
            yield {**record, name: profile_id}


OPERATIONS = {
    "create": Operation(
        "POST",
        CONFIGS,
        gettext_lazy("New auto-response"),
        body=whole_config,
        find=find_created,
        permission="messaging.submit_autoresponse",
    ),
    "replace": Operation(
        "PUT",
        CONFIG,
        gettext_lazy("Auto-response change"),
        body=whole_config,
        find=find_replaced,
        permission="messaging.submit_autoresponse",
    ),
    # Deleting it a second time answers 404, which is the result we want.
    "delete": Operation(
        "DELETE",
        CONFIG,
        gettext_lazy("Auto-response deletion"),
        repeatable=True,
        permission="messaging.delete_remote_autoresponse",
    ),
}

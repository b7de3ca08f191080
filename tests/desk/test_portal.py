"""Links into Telnyx's own portal: from what is there, never from a draft or from what is gone."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder
from messaging.desk import portal
from messaging.models import Message, MessagingProfile
from tests.desk.conftest import make_request
from tollfree.models import VerificationRequest

LINK = re.compile(r'<a [^>]*href="(https://portal\.telnyx\.com/[^"]*)"[^>]*>')


def verification(**there: Any) -> VerificationRequest:
    made = make_request()
    VerificationRequest.objects.filter(pk=made.pk).update(
        sync_state="accepted" if there else "draft", **there
    )
    return made


def page_of(record: Any) -> str:
    return f"/admin/{record._meta.label_lower.replace('.', '/')}/{record.pk}/change/"


KINDS: list[Callable[..., Any]] = [
    verification,
    lambda **there: HostedOrder.objects.create(customer="Larkspur", **there),
    lambda **there: MessagingProfile.objects.create(name="Main", **there),
]


@pytest.mark.parametrize("make", KINDS, ids=["verification", "order", "profile"])
def test_what_is_at_telnyx_links_to_the_portal_in_a_new_tab(login, db, make):
    record = make(remote_id=str(uuid4()))

    html = login("admin").get(page_of(record)).content.decode()

    link = LINK.search(html)
    assert link
    assert 'target="_blank"' in link[0]
    assert 'rel="noopener noreferrer"' in link[0]
    # Nothing of the record is in the address; its id is next to it, to copy.
    assert str(record.pk) not in link[1]
    assert html.index("desk-copy") < link.start()


@pytest.mark.parametrize("make", KINDS, ids=["verification", "order", "profile"])
def test_a_draft_and_what_is_gone_lead_nowhere(login, db, make):
    client = login("admin")

    assert not LINK.search(client.get(page_of(make())).content.decode())
    gone = make(remote_id=str(uuid4()), gone_at=timezone.now())
    assert not LINK.search(client.get(page_of(gone)).content.decode())


def test_a_hosted_number_and_a_message_link_too(login, db):
    client, now = login("admin"), timezone.now()
    number = HostedNumber.objects.create(phone_number="+13125550143", remote_id="n-1")
    message = Message.objects.create(
        remote_id=uuid4(),
        direction="outbound",
        our_address="+13125550100",
        their_address="+13125550143",
        happened_at=now,
        status_at=now,
        details_at=now,
    )

    for record in (number, message):
        assert LINK.search(client.get(page_of(record)).content.decode()), record


def test_every_section_belongs_to_a_model_that_exists():
    for label, section in portal.SECTIONS.items():
        assert hasattr(apps.get_model(label), "remote_id"), label
        assert not section.startswith(("/", "http"))

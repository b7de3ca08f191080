"""Profiles as the sandbox has them, auto-responses on them, and the sandbox itself."""

from collections.abc import Callable

import pytest

from messaging.mirror.records import sync
from messaging.models import AutoResponse, MessagingProfile
from tests.sandbox.hosted_control import PROFILE_ID

REPLY = "Larkspur Dental: you will get no more texts from us."


@pytest.fixture
def profile(db) -> MessagingProfile:
    return MessagingProfile.objects.create(
        remote_id=PROFILE_ID, name="Sandbox profile", sync_state="accepted"
    )


@pytest.fixture
def make(profile) -> Callable[..., AutoResponse]:
    """Return a function that makes drafts that Telnyx would accept."""

    def made(**changes: object) -> AutoResponse:
        values = {
            "op": "stop",
            "country_code": "US",
            "keywords": ["STOP", "PARAR"],
            "resp_text": REPLY,
            "profile": profile,
        }
        return AutoResponse.objects.create(**values | changes)

    return made


@pytest.fixture
def accepted(make, work, telnyx_client) -> AutoResponse:
    """Return an auto-response that Telnyx holds as we sent it."""
    config = make()
    work(config.promise("create", requested_by=None))
    sync.poll_due(telnyx_client)
    config.refresh_from_db()
    return config

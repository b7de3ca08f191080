"""People at the desk, agents as the pull brings them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client
from rcs.models import RcsAgent
from tests.messaging.profiles.conftest import browser_of, fields, newest, person, text
from tests.mirror.conftest import client  # noqa: F401 - a fixture: Telnyx's in the place of Django's
from tests.sandbox.rcs_control import AGENT_ID

__all__ = ["fields", "newest", "text"]

AGENTS, HANDSETS = "/admin/rcs/rcsagent/", "/admin/rcs/capability/"
VIEW = ("view_rcsagent", "view_capability", "view_capabilitycheck", "view_testinvite")
MANAGE = (*VIEW, "change_rcsagent", "add_capabilitycheck", "add_testinvite", "add_deeplink")


@pytest.fixture
def operator(transactional_db) -> User:
    return person("operator", *MANAGE)


@pytest.fixture
def desk(operator) -> Browser:
    return browser_of(operator)


@pytest.fixture
def viewer(transactional_db) -> Browser:
    return browser_of(person("viewer", *VIEW))


@pytest.fixture
def agent(sandbox, quick, transactional_db) -> RcsAgent:
    """Return an agent as the hourly pull brought it, with more patience than a test of lost answers has."""
    with Client(sandbox.api_key, sandbox.base_url) as patient:
        sync.pull(MessagingProfile, patient)
        sync.pull(RcsAgent, patient)
    return RcsAgent.objects.get(remote_id=AGENT_ID)


def url(agent: Any, action: str = "change") -> str:
    return f"{AGENTS}{agent.pk}/{action}/"

"""People at the desk, agents as the pull brings them in, and one round of the worker's work in this process."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from messaging.mirror import periodic
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client
from rcs.models import RcsAgent
from tests.messaging.profiles.conftest import browser_of, fields, newest, person, text
from tests.mirror.conftest import client, quick, running_sandbox, sandbox, work  # noqa: F401 - fixtures
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
def agent(sandbox, quick, transactional_db) -> RcsAgent:  # noqa: F811
    """Return an agent as the hourly pull brought it in, with more patience than a test of lost answers has."""
    with Client(sandbox.api_key, sandbox.base_url) as patient:
        sync.pull(MessagingProfile, patient)
        sync.pull(RcsAgent, patient)
    return RcsAgent.objects.get(remote_id=AGENT_ID)


@pytest.fixture
def chore(client) -> Callable[[], None]:  # noqa: F811
    """Poll and do the chores once, as the worker does every two seconds."""

    def done() -> None:
        sync.poll_due(client)
        periodic.run(client)

    return done


def url(agent: Any, action: str = "change") -> str:
    return f"{AGENTS}{agent.pk}/{action}/"

"""A desk that can send emails and post to a chat, and the rounds of its worker."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.core.mail.backends import smtp

from messaging.mirror import clock
from messaging.notices import look, post
from tests.notices.servers import Chat, MailServer, serving

SMTP = f"{smtp.__name__}.EmailBackend"


@pytest.fixture
def mails(settings) -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        settings.EMAIL_URL = server.url
        settings.EMAIL_BACKEND = SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.DEFAULT_FROM_EMAIL = "desk@desk.example"
        yield server


@pytest.fixture
def chat(settings) -> Iterator[Chat]:
    with serving(Chat()) as server:
        settings.NOTICE_CHANNELS = f"ops={server.url}"
        yield server


@pytest.fixture
def rounds() -> Callable[..., None]:
    """Work as the worker does, as if so much time had passed; twice, since nothing may happen twice."""

    def done(**later: float) -> None:
        now: datetime = clock.now() + timedelta(**later)
        for _ in range(2):
            look.look(now)
            look.look_at_senders(now)
            post.post(now)

    return done

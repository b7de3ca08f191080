"""Notices by email, through Django's mail: EMAIL_URL and EMAIL_FROM."""

import logging
import smtplib
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Notice, NoticeSettings

from . import hours, words

logger = logging.getLogger(__name__)

MOST_LINES = 50


class NotHandedOver(Exception):
    """The mail server didn't take it, so it may be tried again."""


class Refused(Exception):
    """The mail server won't ever take it."""


def is_set_up() -> bool:
    """Return True if this desk can send email."""
    return bool(settings.EMAIL_URL)


def send(
    wishes: NoticeSettings, batch: UUID, notices: Sequence[Notice], hand_over: Callable[[], bool]
) -> None:
    """Send one email about these. `hand_over` is called when the server listens; False stops it.

    Raise NotHandedOver or Refused if the server has nothing; any other error leaves that open.
    """
    connection = mail.get_connection(timeout=settings.EMAIL_TIMEOUT)
    message = _message(wishes, batch, notices)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise NotHandedOver(type(error).__name__) from None
    try:
        if not hand_over():
            return
        message.connection = connection
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _said in error.recipients.values()]
        raise (NotHandedOver if min(codes, default=500) < 500 else Refused)(f"{codes}") from None
    except smtplib.SMTPResponseException as error:
        raise (NotHandedOver if error.smtp_code < 500 else Refused)(f"{error.smtp_code}") from None
    finally:
        try:
            connection.close()
        except (OSError, smtplib.SMTPException) as error:
            logger.info("The mail server went away after an email (%s).", type(error).__name__)


def _message(wishes: NoticeSettings, batch: UUID, notices: Sequence[Notice]) -> EmailMessage:
    with timezone.override(hours.zone_of(wishes.zone)):
        lines = [words.line(notice) for notice in notices[:MOST_LINES]]
        if len(notices) == 1:
            subject = words.sentence(notices[0])
        else:
            subject = ngettext("%(n)s notice", "%(n)s notices", len(notices)) % {"n": len(notices)}
        if (more := len(notices) - MOST_LINES) > 0:
            lines.append(_("And %(n)s more.") % {"n": more})
        lines.append(
            _("All your notices: %(list)s\nWhich notices you get, when and how: %(settings)s")
            % {
                "list": words.address("admin:desk_notices"),
                "settings": words.address("admin:desk_notice_settings"),
            }
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or "telnyx-desk.invalid"
    return EmailMessage(
        f"[telnyx-desk] {subject}",
        "\n\n".join(lines),
        settings.DEFAULT_FROM_EMAIL,
        [wishes.user.email],
        headers={"Message-ID": f"<{batch}@{host}>", "Auto-Submitted": "auto-generated"},
    )

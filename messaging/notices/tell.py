"""Make the rows: a notice for each person and event, and what is sent of it. Called where the event is made."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from messaging.mirror import clock
from messaging.models import Notice, NoticeSending, NoticeSettings
from messaging.models.notices import EMAIL

from . import wishes
from .kinds import Kind
from .wishes import Choice

REPEAT_AFTER = timedelta(days=1)


@transaction.atomic
def tell(
    kind: Kind,
    event: str,
    users: Iterable[User],
    *,
    about: Model | None = None,
    about_id: tuple[type[Model], str] | None = None,
    at: datetime | None = None,
    by_default: Collection[int] | None = None,
    now: datetime | None = None,
) -> None:
    """Tell these people of an event, each once however often this is called. In the caller's transaction, if any.

    `by_default` names those who are told without having chosen it; None is everyone.
    """
    people = {user.pk: user for user in users if user.is_active and user.is_staff}
    if not people:
        return
    known = Notice.objects.filter(event=event, user__in=people).values_list("user", flat=True)
    for pk in list(known):
        del people[pk]
    now = now or clock.now()
    chosen = {}
    for pk, wish in wishes.of_each(list(people.values())).items():
        wish.user = people[pk]
        found = wishes.choice(wish, kind, by_default=by_default is None or pk in by_default)
        if found.is_any():
            chosen[pk] = (wish, found)
    if about is not None:
        about_id = (type(about), str(about.pk))
    resource: dict[str, Any] = (
        {"resource_type": ContentType.objects.get_for_model(about_id[0]), "resource_id": about_id[1]}
        if about_id
        else {}
    )
    notices = [
        Notice(
            user=wish.user,
            kind=kind.id,
            event=event,
            at=at,
            is_in_desk=found.desk,
            repeat_at=now + REPEAT_AFTER if kind.repeats else None,
            **resource,
        )
        for wish, found in chosen.values()
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    # Of those that another process made meanwhile, it made the sendings as well.
    made = set(Notice.objects.filter(pk__in=[each.pk for each in notices]).values_list("pk", flat=True))
    send_out([(each, *chosen[each.user_id]) for each in notices if each.pk in made], now)


def send_out(notices: Iterable[tuple[Notice, NoticeSettings, Choice]], now: datetime) -> None:
    """Make the rows of what leaves the desk for these notices. A room gets each event once, and at once."""
    rows = []
    for notice, wish, choice in notices:
        due = dict.fromkeys(choice.rooms, now)
        email_at = wishes.email_at(wish, choice.email, now)
        if email_at:
            due[EMAIL] = email_at
        rows += [
            NoticeSending(
                notice=notice, channel=channel, event=notice.event, round=notice.repeats, due_at=due_at
            )
            for channel, due_at in due.items()
        ]
    NoticeSending.objects.bulk_create(rows, ignore_conflicts=True)

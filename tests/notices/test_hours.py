"""Quiet hours and daily summaries follow the clock on a person's wall, also on the days it is changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.models import NoticeSending, NoticeSettings
from messaging.notices import hours, kinds, post, tell
from tests.desk.colleagues import colleague
from tests.desk.waiting import asked

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# In 2026 the clocks of New York go from 2:00 to 3:00 on March 8, and from 2:00 back to 1:00 on November 1.
@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-03-08T03:30", (22, 7), "2026-03-08T11:00"),  # 22:30 EST until 7:00 EDT: an hour shorter
        ("2026-03-07T03:30", (22, 7), "2026-03-07T12:00"),  # the night before
        ("2026-03-08T06:59", (22, 2), "2026-03-08T07:00"),  # until 2:00, which there is not: 3:00 EDT
        ("2026-03-08T07:00", (22, 2), "2026-03-08T07:00"),  # 3:00 EDT, over
        ("2026-03-08T07:30", (2, 3), "2026-03-08T07:30"),  # from 2:00 to 3:00, a night without such an hour
        ("2026-11-01T02:30", (22, 7), "2026-11-01T12:00"),  # 22:30 EDT until 7:00 EST: an hour longer
        ("2026-11-01T05:30", (22, 2), "2026-11-01T07:00"),  # the first 1:30
        ("2026-11-01T06:30", (22, 2), "2026-11-01T07:00"),  # the second 1:30
        ("2026-11-01T04:30", (22, 1), "2026-11-01T05:00"),  # until the first 1:00
        ("2026-11-01T06:30", (22, 1), "2026-11-01T06:30"),  # the second 1:30 is after it
        ("2026-11-01T16:00", (22, 7), "2026-11-01T16:00"),  # by day
        ("2026-06-01T15:00", (9, 17), "2026-06-01T21:00"),  # hours of the same day
        ("2026-06-01T15:00", (9, 9), "2026-06-01T15:00"),  # none
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(now, quiet, until):
    assert hours.after_quiet(utc(now), quiet, NEW_YORK) == utc(until)


@pytest.mark.parametrize(
    ("now", "hour", "at"),
    [
        ("2026-03-07T14:00", 8, "2026-03-08T12:00"),
        ("2026-03-07T12:00", 8, "2026-03-07T13:00"),
        ("2026-03-07T13:00", 8, "2026-03-08T12:00"),  # exactly then: tomorrow's
        ("2026-03-08T05:00", 2, "2026-03-08T07:00"),  # there is no 2:00 on that day
        ("2026-10-31T13:00", 8, "2026-11-01T13:00"),
        ("2026-11-01T04:00", 1, "2026-11-01T05:00"),
        ("2026-11-01T05:30", 1, "2026-11-02T06:00"),  # not again at the second 1:00
    ],
)
def test_a_summary_comes_once_a_day_by_the_clock_on_the_wall(now, hour, at):
    assert hours.next_at(hour, utc(now), NEW_YORK) == utc(at)


@pytest.mark.parametrize("night", ["2026-03-08", "2026-11-01"])
def test_over_a_change_of_the_clocks_each_mail_comes_once_and_never_in_the_quiet_hours(db, mails, night):
    ann = colleague("ann", "operator", email="ann@desk.example")
    NoticeSettings.objects.create(
        user=ann, zone="America/New_York", quiet_from=22, quiet_until=7, digest_at=8
    )
    start = utc(f"{night}T00:00") - timedelta(days=1)
    came = []
    for step in range(4 * 48):
        now = start + timedelta(minutes=15 * step)
        if step % 4 == 0:
            kind = kinds.LAST_DAY if step % 8 else kinds.OUR_TURN
            tell.tell(kind, f"x{step}", [ann], about=asked(f"r{step}"), at=now, now=now)
        before = len(mails.got)
        post.post(now)
        came += [now.astimezone(NEW_YORK)] * (len(mails.got) - before)

    assert {at.hour for at in came} <= set(range(7, 22))
    assert all(came.count(at) == 1 for at in came)
    summaries = NoticeSending.objects.filter(notice__kind="our_turn", state="sent")
    assert {at.astimezone(NEW_YORK).hour for at in summaries.values_list("ended_at", flat=True)} == {8}
    assert NoticeSending.objects.filter(state="sent").count() == (
        NoticeSending.objects.filter(due_at__lte=now).count()
    )
    assert len(mails.ids()) == len(set(mails.ids()))

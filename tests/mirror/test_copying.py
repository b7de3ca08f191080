"""COPY writes what Django's own INSERT writes."""

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType

from hosted.models import HostedNumber
from messaging.mirror.models import Source, StatusChange, SyncState
from messaging.mirror.records.bulk_copy import copy_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def number(remote_id):
    return HostedNumber(
        remote_id=remote_id,
        phone_number="+13125550001",
        # Members of an enumeration, which a driver may write by name.
        sync_state=SyncState.ACCEPTED,
        poll_because=Source.FETCHED,
        remote_reason='tab\t"quoted" \\N \\. \nñ 😀',
        remote_data={"nested": {"text": 'quote " and \\ and \n'}, "none": None, "list": [1, 2.5, True]},
        tags=["a,b", "{c}"],
        remote_as_of=NOON,
        next_poll_at=None,
    )


def test_a_copied_row_is_the_row_that_is_saved():
    copy_in([number("copied")])
    HostedNumber.objects.bulk_create([number("saved")])

    left_out = ("id", "remote_id", "created_at", "updated_at")
    copied, saved = (
        {k: v for k, v in HostedNumber.objects.filter(remote_id=id).values()[0].items() if k not in left_out}
        for id in ("copied", "saved")
    )
    assert copied == saved


def test_times_that_a_field_sets_by_itself_are_set():
    kind = ContentType.objects.get_for_model(HostedNumber)
    resource = number("copied")
    copy_in([resource])
    told = {"resource_type": kind, "resource_id": resource.pk, "occurred_at": NOON, "source": Source.SYNC}
    copy_in([StatusChange(status=status, **told) for status in ("one", "two")])

    assert HostedNumber.objects.get().updated_at > NOON.replace(year=2025)
    assert HostedNumber.objects.get().created_at > NOON.replace(year=2025)
    # The database numbers the rows, and a change knows when it was recorded.
    assert all(change.pk and change.recorded_at for change in StatusChange.objects.all())
    assert set(StatusChange.objects.values_list("status", "source")) == {("one", "sync"), ("two", "sync")}


def test_nothing_is_written_when_there_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        copy_in([])

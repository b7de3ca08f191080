"""A record with odd values is mirrored as far as the columns allow, so that a single one does not stop a list."""

import pytest
from django.utils import timezone

from hosted.models import HostedNumber
from messaging.mirror.models import Source, SyncState

ODD = ["x" * 900, 5, None, True, ["a"], {"a": 1}, "\x00", "\ud800"]
NAMES = [
    "phone_number",
    "messaging_profile_id",
    "messaging_product",
    "country_code",
    "type",
    "traffic_type",
    "tags",
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", NAMES)
def test_a_hosted_number_with_an_odd_value_is_mirrored(db, name, odd):
    number = HostedNumber.objects.create(remote_id="1", sync_state=SyncState.ACCEPTED)

    number.apply(
        {"id": "1", "phone_number": "+13125550101", name: odd}, source=Source.SYNC, as_of=timezone.now()
    )

    first = number.remote_data[name]
    assert (first == odd) is (odd not in ("\x00", "\ud800"))

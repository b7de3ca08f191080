"""Messaging profiles and the inventory are mirrored, without the secrets that Telnyx includes."""

import pytest

from hosted.models import HostedNumber
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.models.profiles import without_secrets
from tests.hosted.conftest import ONE, TWO
from tests.sandbox.hosted_control import PROFILE_ID


def test_profiles_are_read_and_their_secret_is_not_kept(client, sandbox):
    report = sync.pull(MessagingProfile, client)

    held = MessagingProfile.objects.get(remote_id=PROFILE_ID)
    assert report.imported
    assert (held.name, held.remote_data["name"], held.enabled) == (str(held), held.name, True)
    assert not any("v1_secret" in profile.remote_data for profile in MessagingProfile.objects.all())
    assert sync.pull(MessagingProfile, client).changed == []


def test_a_secret_is_left_out_wherever_it_comes():
    assert without_secrets({"id": "a", "v1_secret": "s3cret"}) == {"id": "a"}


@pytest.mark.parametrize("name", ["phone_number", "messaging_profile_id", "tags", "messaging_product"])
@pytest.mark.promise("F50")
def test_the_inventory_follows_telnyx(client, sandbox, name):
    sandbox.seed_hosted_order([ONE, TWO], status="successful")

    sync.pull(HostedNumber, client)

    shown = {n.phone_number: n for n in HostedNumber.objects.all()}
    assert set(shown) == {ONE, TWO}
    assert getattr(shown[ONE], name) == shown[ONE].remote_data[name]
    assert sync.pull(HostedNumber, client).changed == []

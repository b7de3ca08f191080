"""The five steps of each number, derived only from the rows."""

import pytest
from django.utils import timezone

from hosted.models import Document, HostedOrder, OrderNumber
from hosted.orders.steps import tracks
from tests.hosted.conftest import ONE

NOW = timezone.now()
DRAFT = HostedOrder(sync_state="draft")
OPEN = HostedOrder(sync_state="accepted", remote_id="a", remote_status="pending")
LIVE = HostedOrder(sync_state="accepted", remote_id="a", remote_status="successful")
GONE = HostedOrder(sync_state="accepted", remote_id="a", remote_status="pending", gone_at=NOW)
CHECKED = {"eligibility": "ELIGIBLE", "eligible": True, "checked_at": NOW}
PROVED = CHECKED | {"status": "ownership_successful", "owned_at": NOW}


def paper(kind: str, **fields: object) -> Document:
    return Document(kind=kind, size=1, **({"sent_at": NOW} | fields))


BOTH = [paper("loa"), paper("bill")]


@pytest.mark.parametrize(
    ("order", "fields", "papers", "states"),
    [
        (DRAFT, {}, [], "now now later later later"),
        (DRAFT, CHECKED, [], "done now later later later"),
        (DRAFT, {"eligible": False, "eligibility": "NUMBER_CAN_NOT_BE_WIRELESS", "checked_at": NOW}, [],
         "failed now later later later"),
        (HostedOrder(sync_state="queued"), CHECKED, [], "done waiting later later later"),
        (OPEN, CHECKED | {"status": "pending"}, [], "done done now now later"),
        (OPEN, PROVED, [], "done done done now later"),
        (OPEN, PROVED, BOTH, "done done done done waiting"),
        (OPEN, PROVED, [paper("loa", refused_at=NOW), paper("bill")], "done done done now later"),
        (OPEN, PROVED | {"status": "provisioning"}, BOTH, "done done done done waiting"),
        (LIVE, PROVED | {"status": "successful"}, BOTH, "done done done done done"),
        (LIVE, PROVED | {"status": "failed_carrier_rejected"}, BOTH, "done done done done failed"),
        (OPEN, CHECKED | {"status": "failed_ownership_verification"}, [], "done done failed never failed"),
        (OPEN, PROVED | {"status": "a_new_word"}, BOTH, "done done done done waiting"),
        (OPEN, PROVED | {"gone_at": NOW}, BOTH, "done removed done never never"),
        (GONE, CHECKED | {"status": "pending"}, [], "done canceled never never never"),
        # An order made in the portal was never checked here.
        (OPEN, {"status": "pending"}, [], "done done now now later"),
    ],
)  # fmt: skip
@pytest.mark.promise("F36")
def test_a_number_has_five_steps(order, fields, papers, states):
    [track] = tracks(order, [OrderNumber(phone_number=ONE, **fields)], papers)

    assert " ".join(step.state for step in track.steps) == states
    assert [step.name for step in track.steps] == ["eligible", "ordered", "owned", "documents", "live"]


@pytest.mark.promise("F36")
def test_a_failure_says_what_to_do_and_a_new_word_is_shown_as_it_came():
    def words(status: str) -> str:
        [track] = tracks(OPEN, [OrderNumber(phone_number=ONE, **(PROVED | {"status": status}))], BOTH)
        return str(track.step("live").words)

    assert "Call the provider" in words("failed_carrier_rejected")
    assert words("a_new_word") == "a_new_word (new status, meaning not known yet)"

"""Fill an empty demo the real way: drafts, promises, the sandbox's decisions, its webhooks."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from messaging import demo
from messaging.mirror.outbound import outbox
from messaging.team import notes
from tollfree.checks.sections import COMPANY
from tollfree.choices import EntityType, MessageVolume, Status, UseCase
from tollfree.links import work
from tollfree.models import BusinessProfile, VerificationRequest


@dataclass(frozen=True)
class Case:
    """One made-up business and how far its request gets. Without `decisions` the sandbox's autopilot decides.

    If it `is_kept`, it is among the business profiles, too.
    """

    business: str
    brand: str
    city: str
    state: str
    use_case: str
    sample: str
    submit: bool = True
    is_kept: bool = False
    decisions: tuple[tuple[str, str], ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)


# Those of the cities, which are real; everything else is made up.
ZIP_CODES = {
    "Portland": "04101",
    "Boise": "83702",
    "Madison": "53703",
    "Tucson": "85701",
    "Savannah": "31401",
    "Duluth": "55802",
    "Eugene": "97401",
    "Dayton": "45402",
}

CASES = (
    Case(
        "Harbor Lantern Bookshop LLC",
        "Harbor Lantern",
        "Portland",
        "Maine",
        UseCase.ORDER_NOTIFICATIONS,
        "Harbor Lantern: the book you ordered is here. Open until 6 pm. Reply STOP to opt out.",
        is_kept=True,
        decisions=(
            (Status.WAITING_FOR_TELNYX, ""),
            (Status.WAITING_FOR_VENDOR, ""),
            (Status.VERIFIED, ""),
        ),
    ),
    Case(
        "Quillwort Veterinary Clinic Inc.",
        "Quillwort Vets",
        "Boise",
        "Idaho",
        UseCase.APPOINTMENTS,
        "Quillwort Vets: Biscuit is booked for Tuesday at 10:00. Reply C to confirm, STOP to opt out.",
        decisions=((Status.WAITING_FOR_TELNYX, ""), (Status.WAITING_FOR_VENDOR, "")),
    ),
    Case(
        "Tumbledown Cycles LLC",
        "Tumbledown Cycles",
        "Madison",
        "Wisconsin",
        UseCase.REPAIR_ALERTS,
        "Tumbledown Cycles: your bike is ready for pickup. Reply STOP to opt out.",
        is_kept=True,
        decisions=(
            (Status.WAITING_FOR_TELNYX, ""),
            (
                Status.WAITING_FOR_CUSTOMER,
                "The opt-in screenshot does not show the brand. Please add one of the whole form.",
            ),
        ),
    ),
    Case(
        "Bluebell Yoga Studio LLC",
        "Bluebell Yoga",
        "Tucson",
        "Arizona",
        UseCase.GENERAL_MARKETING,
        "Bluebell Yoga: new morning classes from May. Reply STOP to opt out.",
        decisions=(
            (Status.WAITING_FOR_TELNYX, ""),
            (Status.REJECTED, "Consent to marketing messages must be separate from other agreements."),
        ),
        changes={
            "opt_in_workflow": "On the website, people check a separate box: “Text me offers of Bluebell Yoga.”"
        },
    ),
    Case(
        "Copper Kettle Caterers LLC",
        "Copper Kettle",
        "Savannah",
        "Georgia",
        UseCase.BOOKING_CONFIRMATIONS,
        "Copper Kettle: your table of 12 is booked for Friday. Reply STOP to opt out.",
    ),
    Case(
        "Northern Pines Town Library",
        "Northern Pines Town Library",
        "Duluth",
        "Minnesota",
        UseCase.WAITLIST_ALERTS,
        "Northern Pines Library: the book you reserved is on the shelf for you. Reply STOP to opt out.",
        changes={"entity_type": EntityType.NON_PROFIT},
    ),
    Case(
        "Marrow & Thyme Grocers LLC FAKE-422",
        "Marrow & Thyme",
        "Eugene",
        "Oregon",
        UseCase.ORDER_NOTIFICATIONS,
        "Marrow & Thyme: your order leaves the store at noon. Reply STOP to opt out.",
    ),
    Case(
        "Foxglove Dental Partners LLC",
        "Foxglove Dental",
        "Dayton",
        "Ohio",
        UseCase.APPOINTMENTS,
        "Foxglove Dental: your visit is on Monday at 9:15.",
        submit=False,
        changes={"opt_in_workflow": "", "opt_in_workflow_image_urls": [], "business_state": "OH"},
    ),
)

# The first requests get one each: who writes it, and what.
NOTES = (
    ("operator", "@compliance @admin The owner called. The store moves in May, so the address may change."),
    ("compliance", "@approver @support Please tell them that carriers take about two weeks."),
    ("support", "@compliance @operator @admin They will send a new screenshot tomorrow."),
)


class Command(BaseCommand):
    help = (
        "Fills an empty demo with invented businesses. Only on a private database that talks to the sandbox."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=float, default=90, help="how long to wait for worker and sandbox"
        )

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        requests = f"{demo.sandbox()}/verification_requests"
        if VerificationRequest.objects.exists():
            self.stdout.write("There are toll-free requests already; nothing is added.")
            return
        rows = [self.draft(case, number) for number, case in enumerate(CASES, start=101)]
        self.discuss(rows)
        for case, row in zip(CASES, rows, strict=True):
            self.decide(case, row, requests, time.monotonic() + seconds)
        self.stdout.write(f"{len(rows)} invented businesses are in the demo.")

    def draft(self, case: Case, number: int) -> VerificationRequest:
        """Save one draft and, if the case says so, promise it to Telnyx as the compliance user."""
        author = get_user_model().objects.filter(username="compliance").first()
        row = VerificationRequest(created_by=author, **fields(case, number))
        row.clean()
        if case.is_kept:
            row.business_profile = BusinessProfile.objects.create(
                name=case.brand,
                created_by=author,
                **{name: getattr(row, name) for name in COMPANY},
            )
        row.save()
        work.note(row)
        if case.submit:
            outbox.add(row, "create", requested_by=author)
        return row

    def discuss(self, rows: list[VerificationRequest]) -> None:
        """Add notes that name colleagues, who are told about it."""
        found = {user.username: user for user in get_user_model().objects.all()}
        for row, (author, text) in zip(rows, NOTES, strict=False):
            if by := found.get(author):
                notes.add(row, text, by=by)

    def decide(self, case: Case, row: VerificationRequest, requests: str, deadline: float) -> None:
        """Play Telnyx's reviewer, making each decision after the previous one has reached us."""
        if not case.submit:
            return
        self.wait(row, lambda: not row.is_under_way(), deadline)
        for status, reason in case.decisions:
            demo.press(f"{requests}/{row.remote_id}/status", {"status": status, "reason": reason or None})
            self.wait(row, lambda status=status: row.remote_status == status, deadline)  # type: ignore[misc]

    def wait(self, row: VerificationRequest, there: Callable[[], bool], deadline: float) -> None:
        def seen() -> bool:
            row.refresh_from_db()
            return there()

        demo.wait(seen, deadline, row)


def fields(case: Case, number: int) -> dict[str, Any]:
    """Return a complete request for a made-up business; its number ends in 555-0100 to 0199, which no one has."""
    domain = f"{case.brand.lower().replace(' & ', '-').replace(' ', '-')}.example"
    values = {
        "phone_numbers": [f"+18885550{number}"],
        "business_name": case.business,
        "doing_business_as": case.brand,
        "corporate_website": f"https://{domain}",
        "business_addr1": f"{number} Invented Street",
        "business_city": case.city,
        "business_state": case.state,
        "business_zip": ZIP_CODES[case.city],
        "entity_type": EntityType.PRIVATE_PROFIT,
        "business_registration_number": f"00-0000{number}",
        "business_registration_type": "EIN",
        "business_registration_country": "US",
        "business_contact_first_name": "Sam",
        "business_contact_last_name": "Sample",
        "business_contact_email": f"sam@{domain}",
        "business_contact_phone": f"+12025550{number}",
        "message_volume": MessageVolume.V1000,
        "use_case": case.use_case,
        "use_case_summary": f"{case.brand} texts customers who asked for it: {case.use_case.lower()}.",
        "production_message_content": case.sample,
        "opt_in_workflow": "At the counter and on the website, people check a separate box to get text messages.",
        "opt_in_workflow_image_urls": [f"https://{domain}/opt-in.png"],
        "opt_in_keywords": "START, YES",
        "privacy_policy_url": f"https://{domain}/privacy",
        "terms_and_condition_url": f"https://{domain}/terms",
        "additional_information": "One store, one number.",
    }
    return values | case.changes

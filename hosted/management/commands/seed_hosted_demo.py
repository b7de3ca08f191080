"""Fill an empty demo with hosted orders the real way: promises, the sandbox's decisions, signed webhooks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from io import BytesIO
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from hosted.choices import CodeMethod, DocumentKind, NumberStatus, OrderStatus
from hosted.documents import checklist, letter, store
from hosted.entry.parse import read_text
from hosted.models import Document, HostedOrder
from hosted.orders import workflow
from messaging import demo
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.models import MessagingProfile
from messaging.validators import display_number


class Step(IntEnum):
    """How far people at the desk take an order."""

    CHECKED = 1
    ORDERED = 2
    ASKED = 3
    PROVED = 4
    HANDED_IN = 5


@dataclass(frozen=True)
class Case:
    """One made-up business and how far its order gets.

    The last two digits of a number decide what the sandbox says about it; `failed` are numbers that fail there before
    the order gets the first status of `decisions`.
    """

    business: str
    city: str
    state: str
    numbers: tuple[str, ...]
    step: Step
    decisions: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    override: str = ""
    cancelled: str = ""


REJECTED = "+19125550132"
CASES = (
    Case("Harbor Lantern Bookshop LLC", "Portland", "Maine",
         ("+12075550110", "+12075550111", "+12075550191", "+12075550196"), Step.CHECKED),
    Case("Quillwort Veterinary Clinic Inc.", "Boise", "Idaho", ("+12085550120", "+12085550181"), Step.ASKED),
    Case("Tumbledown Cycles LLC", "Madison", "Wisconsin", ("+16085550122",), Step.PROVED),
    Case("Bluebell Yoga Studio LLC", "Tucson", "Arizona", ("+15205550124", "+15205550125"), Step.HANDED_IN,
         (OrderStatus.LOA_FILE_INVALID,)),
    Case("Copper Kettle Caterers LLC", "Savannah", "Georgia", ("+19125550130", "+19125550131", REJECTED),
         Step.HANDED_IN, (OrderStatus.PROVISIONING, OrderStatus.SUCCESSFUL),
         failed={REJECTED: NumberStatus.FAILED_CARRIER_REJECTED}),
    Case("Northern Pines Town Library", "Duluth", "Minnesota", ("+12185550192",), Step.ORDERED,
         override="The county's account has the number now and agreed to release it."),
    Case("Foxglove Dental Partners LLC", "Dayton", "Ohio", ("+19375550140", "+19375550141"), Step.HANDED_IN,
         (OrderStatus.PROVISIONING, OrderStatus.SUCCESSFUL)),
    Case("Marrow & Thyme Grocers LLC", "Eugene", "Oregon", ("+15415550150",), Step.ORDERED,
         cancelled="We're porting the number instead."),
)  # fmt: skip

Row = tuple[Case, HostedOrder]


class Command(demo.DemoCommand):
    help = "Fills an empty demo with hosted orders. Only on a private database that talks to the sandbox."

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        self.sandbox, self.seconds = f"{demo.sandbox()}/hosted_orders", seconds
        if HostedOrder.objects.exists():
            self.stdout.write("There are hosted orders already; nothing is added.")
            return
        self.operator = User.objects.get(username="operator")
        self.wait(MessagingProfile.objects.exists, "The list of messaging profiles")
        rows = [(case, self.draft(case)) for case in CASES]
        self.all_kept(workflow.check(order, by=self.operator) for case, order in rows)
        self.all_kept(self.submit(*row) for row in reached(rows, Step.ORDERED))
        for _case, order in reached(rows, Step.ORDERED):
            # The autopilot would move on what the demo is meant to show.
            order.refresh_from_db()
            demo.press(f"{self.sandbox}/{order.remote_id}/take_over", {})
        self.all_kept(self.send_codes(*row) for row in reached(rows, Step.ASKED))
        self.all_kept(self.validate_codes(*row) for row in reached(rows, Step.PROVED))
        self.all_kept(self.hand_in(*row) for row in reached(rows, Step.HANDED_IN))
        for case, order in rows:
            self.decide(case, order)
        self.stdout.write(f"The demo has {len(rows)} hosted orders.")

    # What people do.

    def draft(self, case: Case) -> HostedOrder:
        profile = MessagingProfile.objects.order_by("name").first()
        order = HostedOrder.objects.create(
            created_by=self.operator, messaging_profile=profile, note=case.business
        )
        workflow.set_numbers(order, read_text("\n".join(case.numbers)).accepted())
        return order

    def submit(self, case: Case, order: HostedOrder) -> OutboxEntry:
        approver = User.objects.get(username="approver")
        for number in order.numbers.all() if case.override else []:
            workflow.override(number, by=approver, reason=case.override)
        return workflow.submit(order, by=self.operator)

    def send_codes(self, case: Case, order: HostedOrder) -> OutboxEntry:
        return workflow.send_codes(order, case.numbers, CodeMethod.SMS, by=self.operator)

    def validate_codes(self, case: Case, order: HostedOrder) -> OutboxEntry:
        right = demo.press(f"{self.sandbox}/{order.remote_id}/codes")
        return workflow.validate_codes(order, right, by=self.operator)

    def hand_in(self, case: Case, order: HostedOrder) -> OutboxEntry:
        papers = [
            self.upload(order, DocumentKind.LOA, letter.make(order, holder(case))),
            self.upload(order, DocumentKind.BILL, bill(case)),
        ]
        return workflow.send_documents(order, papers, by=self.operator)

    def upload(self, order: HostedOrder, kind: DocumentKind, content: bytes) -> Document:
        today = clock.today()
        dates = {"signed_on": today} if kind == DocumentKind.LOA else {"bill_date": today.replace(day=1)}
        file = SimpleUploadedFile(f"{order.note} {kind}.pdf", content)
        paper = store.save(order, kind, file, by=self.operator, **dates)
        checklist.tick(paper, [item.code for item in checklist.ITEMS[kind]], by=self.operator)
        return paper

    # What Telnyx does.

    def decide(self, case: Case, order: HostedOrder) -> None:
        """Decide as Telnyx would, each time after the previous decision has reached us."""
        at = f"{self.sandbox}/{order.remote_id}"
        for number, status in case.failed.items():
            demo.press(f"{at}/number_status", {"phone_number": number, "status": status})
        for status in case.decisions:
            demo.press(f"{at}/status", {"status": status})
            self.wait_for(order, lambda status=status: order.remote_status == status)  # type: ignore[misc]
        if case.cancelled:
            entry = workflow.cancel(order, by=self.operator, reason=case.cancelled)
            self.all_kept(filter(None, [entry]))


def reached(rows: Iterable[Row], step: Step) -> list[Row]:
    return [(case, order) for case, order in rows if case.step >= step]


def holder(case: Case) -> letter.Holder:
    return letter.Holder(
        account_holder=case.business,
        signer="Sam Sample",
        signer_title="Owner",
        street="100 Invented Street",
        city=case.city,
        state=case.state,
        zip_code="00000",
        provider="Example Telephone Company",
        account_number=f"00-{case.numbers[0][-4:]}",
        billing_number=case.numbers[0],
    )


def bill(case: Case) -> bytes:
    """Return a one-page bill from a made-up telephone company."""
    lines = [
        case.business,
        f"100 Invented Street, {case.city}, {case.state} 00000",
        f"Bill of {clock.today().replace(day=1):%B %Y}",
        *(f"{display_number(number)}   business line   $20.00" for number in case.numbers),
    ]
    file = BytesIO()
    canvas = Canvas(file, pagesize=LETTER, invariant=1)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 700, "Example Telephone Company")
    canvas.setFont("Helvetica", 11)
    for position, line in enumerate(lines):
        canvas.drawString(72, 660 - 20 * position, line)
    canvas.save()
    return file.getvalue()

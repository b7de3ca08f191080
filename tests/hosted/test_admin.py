"""Journey B at the desk when all goes well: from a paste to documents at Telnyx. The rest is in test_journey_b."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.models import HostedOrder
from messaging.mirror.models import OutboxEntry
from tests.hosted.conftest import ONE, TWO, add_numbers, number
from tests.hosted.documents import pdfs
from tests.visitor import Forms

LIST = "/admin/hosted/hostedorder/"
MOST_QUERIES = 17
PASTE = "312-555-0001\n+13125550002\n1.31256E+10\n312-555-0001\n+44 20 7946 0000\n\u200b+13125550003"


@pytest.fixture
def operator(db) -> User:
    """Return an operator with their own permissions: groups do not survive a test with transactions."""
    user = User.objects.create_user("operator", is_staff=True)
    codenames = [
        "view_hostedorder",
        "submit_hostedorder",
        "cancel_hostedorder",
        "upload_document",
        "view_document",
    ]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def desk(operator) -> Client:
    """Return the browser of the operator who placed the order."""
    client = Client()
    client.force_login(operator)
    return client


def url(order: HostedOrder, action: str = "change") -> str:
    return f"{LIST}{order.pk}/{action}/"


def token() -> dict[str, str]:
    return {"form_token": uuid4().hex}


@pytest.mark.promise("B", "F32")
def test_every_pasted_line_is_explained_and_the_good_ones_are_saved_once(login):
    operator = login("operator")
    form = {"text": PASTE, "draft_id": str(uuid4())}

    read = operator.post(f"{LIST}add/", form | {"_read": "1"})
    html = read.content.decode()
    stamped = Forms(html).fields

    assert html.count('data-verdict="good"') == 2
    for verdict in ("cleaned", "duplicate"):
        assert html.count(f'data-verdict="{verdict}"') == 1
    assert html.count('data-verdict="refused"') == 2
    assert "1.31256E+10" in str(stamped["text"])
    save = {name: stamped[name] for name in ("text", "draft_id", "read")} | {"_save": "1"}
    operator.post(f"{LIST}add/", save)
    operator.post(f"{LIST}add/", save)
    order = HostedOrder.objects.get()
    assert order.numbers.count() == 3
    assert operator.get(url(order)).status_code == 200


@pytest.mark.promise("B1")
def test_create_is_disabled_with_the_reason_until_all_are_eligible(login, draft):
    order = draft()
    order.numbers.update(eligible=None, eligibility="", checked_at=None)
    operator = login("operator")

    html = operator.get(url(order)).content.decode()
    operator.post(url(order, "submit"), token())

    assert "Not checked yet" in html
    assert 'disabled aria-describedby="why-not"' in html
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("B")
def test_an_order_goes_from_codes_to_documents_at_the_sandbox(desk, ordered, work, sandbox):
    order = ordered(ONE)
    newest = OutboxEntry.objects.order_by("-created_at")

    desk.post(url(order, "send-codes"), token() | {"number": ONE, "method": "sms"})
    work(newest.filter(operation="send_codes").get())
    assert "You can resend at" in desk.get(url(order)).content.decode()
    today = str(timezone.localdate())
    for kind in ("loa", "bill"):
        file = SimpleUploadedFile('LOA "final" #2.pdf', pdfs.plain(len(kind)))
        desk.post(url(order, "upload"), {f"{kind}-file": file, f"{kind}-day": today})
    assert order.documents.count() == 2

    desk.post(url(order, "send-documents"), token())
    assert not newest.filter(operation="upload_documents").exists()  # nobody compared them
    for paper in order.documents.all():
        items = ["name", "address", "numbers", "signature", "date"]
        items = [item for item in items if paper.kind == "loa" or item != "signature"]
        desk.post(url(order, "tick"), {"document": str(paper.pk), "ticked": items})
    desk.post(url(order, "send-documents"), token())

    assert work(newest.filter(operation="upload_documents").get()).state == OutboxEntry.State.ACCEPTED


@pytest.mark.promise("B5")
def test_no_answer_contains_a_code(desk, ordered, work):
    order = ordered(ONE)

    answer = desk.post(url(order, "check-codes"), token() | {f"code{ONE}": "QX7Z9", "paste": ""}, follow=True)
    work(OutboxEntry.objects.get(operation="validate_codes"))

    assert "QX7Z9" not in answer.content.decode()
    assert "QX7Z9" not in desk.get(url(order)).content.decode()
    assert number(order).code_checked_at is not None


@pytest.mark.promise("L3")
def test_the_page_costs_the_same_with_two_hundred_numbers(login, draft):
    small, large = draft(ONE), draft(TWO)
    add_numbers(large, [f"+1312555{n:04}" for n in range(2000, 2199)])
    operator = login("operator")
    operator.get(url(small))
    costs = []

    for order in (small, large):
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(url(order)).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1] <= MOST_QUERIES
    assert operator.get(f"{LIST}?q=0198").status_code == 200

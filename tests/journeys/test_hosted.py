"""Journey B in a browser: an operator gets existing numbers ready for texting, and what only a browser can show."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.accessibility import PHONE, faults_in_light_and_dark
from tests.hosted.documents import pdfs
from tests.journeys.conftest import PATIENCE, Person
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.system]

LIST = "/admin/hosted/hostedorder/"
UNANSWERED = re.compile("Check eligibility|Checking with Telnyx")
PASTE = "312-555-0001\n+13125550002\n1.31256E+10\n312-555-0001\n+44 20 7946 0000\n\u200b+13125550003\n+13125550091"
# Like a person pasting: Playwright has no clipboard of its own.
PASTE_INTO = """(field, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


class Operator(Person):
    """An operator, who first looks at the title of the next step."""

    def is_told(self, words: str) -> None:
        expect(self.page.locator("#title-next")).to_have_text(words, timeout=PATIENCE)

    def begin(self, text: str) -> str:
        """Have a paste read and save its draft; return its address."""
        self.open(f"{LIST}add/")
        self.page.get_by_label("Numbers", exact=True).fill(text)
        self.press("Read numbers")
        self.page.get_by_role("button", name=re.compile("Save a draft")).click()
        self.page.wait_for_url("**/change/")
        return self.page.url

    def order(self, text: str, note: str) -> str:
        """Turn a paste into an order at Telnyx, and return the order's id there."""
        self.begin(text)
        self.page.get_by_role("button", name="Check eligibility").first.click()
        expect(self.page.locator("#title-next")).not_to_have_text(UNANSWERED, timeout=PATIENCE)
        if self.page.get_by_role("button", name=re.compile("Remove .* ineligible")).count():
            self.page.get_by_role("button", name=re.compile("Remove .* ineligible")).click()
        self.is_told("Choose a messaging profile")
        self.page.get_by_label("Messaging profile", exact=True).select_option(index=1)
        self.page.get_by_label("Note", exact=True).fill(note)
        self.press("Save draft")
        self.is_told("Create order")
        self.page.get_by_role("button", name="Check before ordering").first.click()
        self.sees("This creates an order at Telnyx, and Telnyx may charge for it.")
        self.press("Create order")
        self.is_told("Prove the numbers are yours")
        return str(self.telnyx.hosted_orders()[-1]["id"])

    def paper(self, kind: str) -> Locator:
        return self.page.locator(f"[data-paper={kind}]")

    def upload(self, kind: str, name: str, content: bytes, day: str) -> None:
        place = self.page.locator(f"[data-upload={kind}]")
        file = {"name": name, "mimeType": "application/pdf", "buffer": content}
        place.get_by_label("PDF or photo").set_input_files(file)  # type: ignore[arg-type]
        place.locator("input[type=date]").fill(day)
        self.page.locator("#upload").get_by_role("button", name="Upload", exact=True).click()
        expect(self.paper(kind).locator(".ho-tick").first).to_be_visible(timeout=PATIENCE)


@pytest.fixture
def operator(page: Page, stack: Stack, complaints: list[str]) -> Operator:
    someone = Operator(page, stack)
    someone.log_in("operator")
    someone.telnyx.autopilot(None)
    return someone


def today(page: Page) -> str:
    return str(page.evaluate("new Date().toISOString().slice(0, 10)"))


@pytest.mark.promise("B")
def test_an_order_goes_from_a_paste_to_live_numbers(operator):
    page = operator.page
    operator.open(f"{LIST}add/")
    page.get_by_label("Numbers", exact=True).fill(PASTE)
    operator.press("Read numbers")
    for words in (
        "Hidden character removed",
        "Same as line 1",
        "This looks like a spreadsheet number that lost its digits",
        "Only US numbers can be hosted.",
    ):
        operator.sees(words)

    order = operator.order(PASTE, "Larkspur Dental, office lines")
    held = operator.telnyx.hosted_order(order)
    assert {number["phone_number"] for number in held["numbers"]} == {
        "+13125550001",
        "+13125550002",
        "+13125550003",
    }
    address = page.url

    page.get_by_label("How to send the code to +1 312 555 0002").select_option("call")
    operator.press("Send codes")
    expect(page.locator("[data-wait]")).to_have_count(3)
    wait = page.locator("[data-wait]").first
    expect(wait).to_contain_text(re.compile(r"You can resend at \d\d:\d\d:\d\d \(\d+ s\)"), timeout=PATIENCE)
    expect(page.locator("[data-code-row='+13125550002']")).to_contain_text("Called")
    before = wait.inner_text()
    expect(wait).not_to_have_text(before)  # the countdown runs
    expect(page.get_by_label("How to send the code to +1 312 555 0001")).to_be_disabled()

    codes = operator.telnyx.codes(order)
    lines = [f"{number} Larkspur {code[:2]} {code[2:]}" for number, code in codes.items()]
    first = page.locator("[data-code]").first
    first.evaluate(PASTE_INTO, "\n".join([*lines, "+13125559999 4444"]))
    for number, code in codes.items():
        expect(page.locator(f"[name='code{number}']")).to_have_value(code)
    expect(page.locator("#unplaced")).to_have_text("These pasted lines match no number: 4")
    operator.press("Check codes")
    operator.is_told("Upload the letter and the bill")
    assert not any(code in page.content() for code in codes.values())

    page.get_by_role("link", name="Create letter").click()
    form = {
        "Account holder": "Larkspur Dental LLC",
        "Signer": "Ada Larkspur",
        "Street address": "1 Elm St",
    }
    form |= {
        "City": "Chicago",
        "State": "Illinois",
        "ZIP code": "60601",
        "Current provider": "Prairie Telephone",
    }
    for label, value in form.items():
        page.get_by_label(label, exact=label == "Signer").fill(value)
    with page.expect_download() as download:
        operator.press("Create letter")
    letter = download.value.path().read_bytes()
    assert letter.startswith(b"%PDF-")

    page.goto(address)
    operator.upload("loa", 'LOA "final" #2.pdf', letter, today(page))
    for fact in ("PDF", "1 page", "not encrypted", "sent as LOA-final-2.pdf"):
        expect(operator.paper("loa")).to_contain_text(fact)
    operator.upload("bill", "bill.pdf", pdfs.plain(3), today(page))
    operator.paper("bill").get_by_text("Preview").click()
    expect(operator.paper("bill").locator("iframe")).to_be_visible()
    for box in page.locator(".ho-tick input").all():
        box.check()
    operator.press("Send documents")
    operator.sees("Documents received; review usually takes up to 3 business days.")
    assert {file["name"] for file in operator.telnyx.uploads(order)} == {"LOA-final-2.pdf", "bill.pdf"}

    operator.telnyx.set_order_status(order, "provisioning")
    operator.is_told("The carrier is switching texting over.")
    operator.telnyx.set_order_status(order, "successful")
    operator.is_told("Texting is live on 3 of 3 numbers.")
    expect(page.locator(".ho-track li").last).to_contain_text("3 of 3")
    assert not any(code in page.content() for code in codes.values())


# What a person pastes from a spreadsheet: 200 rows of names, and 200 of which half are no numbers.
GOOD_ROWS = [f"Zoë Núñez-Featherstonehaugh {n}\t312-555-{n:04}\t2019" for n in range(200)]
BAD_ROWS = [
    *(f"555-{n:04} Bob" for n in range(50)),
    *(f"880-001-{n:04}" for n in range(30)),
    *(f"312-555-{n:04} ext. 5" for n in range(10)),
    *("1.31256E+10", "+44 20 7946 0000", "front desk", "442079460000", "#####"),
]


@pytest.mark.parametrize(
    "rows", [GOOD_ROWS, [*GOOD_ROWS[: 200 - len(BAD_ROWS)], *BAD_ROWS]], ids=["good", "mixed"]
)
def test_the_result_of_two_hundred_pasted_rows_fits_on_one_screen(operator, rows):
    page = operator.page
    page.set_viewport_size({"width": 1280, "height": 900})
    operator.open(f"{LIST}add/")
    page.get_by_label("Numbers", exact=True).fill("\n".join(rows))
    operator.press("Read numbers")
    save = page.get_by_role("button", name=re.compile("Save a draft with"))
    expect(save).to_be_in_viewport(ratio=1)

    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert page.locator(".ho-good li").count() == len([row for row in rows if "Zoë" in row])
    for fold in page.locator(".ho-folds details").all():
        fold.evaluate("fold => { fold.open = true; }")
    expect(save).to_be_in_viewport(ratio=1)
    page.set_viewport_size(PHONE)
    expect(save).to_be_in_viewport(ratio=1)


@pytest.fixture
def pages(operator) -> dict[str, str]:
    """Return the addresses of order pages at each stage that looks different."""
    draft = operator.begin("312-555-0031\n1.31256E+10\n312-555-0091")
    operator.page.get_by_role("button", name="Check eligibility").first.click()
    operator.is_told("Remove the ineligible numbers")
    many = operator.begin("\n".join(f"+1312556{n:04}" for n in range(30)))
    operator.order("312-555-0041\n312-555-0081", "Codes")
    operator.page.locator("[data-all=sms]").click()
    operator.press("Send codes")
    operator.sees("The text message could not be delivered")
    codes = operator.page.url
    order = operator.order("312-555-0051", "Document upload")
    operator.page.locator("select[form=send-codes]").select_option("sms")
    operator.press("Send codes")
    operator.sees("Code by text message requested for +1 312 555 0051")
    for _try in range(300):
        if "+13125550051" in operator.telnyx.codes(order):
            break
        operator.page.wait_for_timeout(200)
    operator.page.locator("[data-code]").fill(operator.telnyx.codes(order)["+13125550051"])
    operator.press("Check codes")
    operator.is_told("Upload the letter and the bill")
    operator.upload("loa", "letter.pdf", pdfs.plain(), today(operator.page))
    papers = operator.page.url.split("#")[0]
    return {
        "list": f"{operator.url}{LIST}",
        "new": f"{operator.url}{LIST}add/",
        "draft": draft,
        "many": many,
        "codes": codes,
        "documents": papers,
        "letter": papers.replace("/change/", "/letter/"),
        "cancel": papers.replace("/change/", "/cancel/"),
    }


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.promise("F99", "F100")
def test_no_page_of_an_order_has_accessibility_faults_or_overflows_a_phone(operator, pages):
    page, found = operator.page, []

    for name, url in pages.items():
        page.goto(url)
        for fold in page.locator("#content-main details:not(.ho-preview)").all():
            fold.evaluate("fold => { fold.open = true; }")
        found += [f"{name}: {fault}" for fault in faults_in_light_and_dark(page)]
    page.set_viewport_size(PHONE)
    for name, url in pages.items():
        page.goto(url)
        for fold in page.locator("#content-main details:not(.ho-preview)").all():
            fold.evaluate("fold => { fold.open = true; }")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found.append(f"{name} is {width} wide")

    assert found == [], "\n".join(found)

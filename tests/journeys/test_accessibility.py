"""axe finds nothing against WCAG A and AA on any page of a request, in light and dark."""

import pytest

from tests.accessibility import PHONE, SCREEN, faults_in_light_and_dark
from tests.journeys.conftest import LIST, Person

pytestmark = [pytest.mark.browser, pytest.mark.system]

# The pages with most on them; all of them take minutes.
USUAL = ("home", "list", "refused", "rejected", "correction", "new table")


@pytest.fixture
def pages(compliance: Person) -> dict[str, str]:
    """Return the addresses of a list, the forms, and a request in each state that looks different."""
    compliance.confirm(businessName="Complete LLC")
    confirm = compliance.page.url
    compliance.submit(businessName="Refused FAKE-422 LLC")
    compliance.sees("Telnyx refused 1 field.")
    refused = compliance.page.url
    number = compliance.submit(businessName="Asked LLC")
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.set_status(held["id"], "Rejected", "Opt-in image is not branded; SHAFT; blue ink")
    compliance.sees("Telnyx rejected the request.")
    rejected = compliance.page.url
    compliance.submit(businessName="Reviewed LLC")
    compliance.sees_on_our_side("Received by Telnyx")
    number_page = compliance.page.locator("a[href*='/desk/number/']").first.get_attribute("href")
    return {
        "home": f"{compliance.url}/admin/",
        "list": f"{compliance.url}{LIST}",
        "nothing found": f"{compliance.url}{LIST}?q=nobody",
        "new": f"{compliance.url}{LIST}add/",
        "confirm": confirm,
        "refused": refused,
        "missing": f"{refused}?check=1",
        "rejected": rejected,
        "correction": rejected.replace("/change/", "/submit/"),
        "email": rejected.replace("/change/", "/write/"),
        "versions": rejected.replace("/change/", "/versions/?version=1&with=now"),
        "reasons": f"{compliance.url}/admin/tollfree/rejectionreason/",
        "not explained": f"{compliance.url}/admin/tollfree/rejectionreason/unexplained/",
        "lessons": f"{compliance.url}{LIST}lessons/?days=0",
        "explain": f"{compliance.url}/admin/tollfree/rejectionreason/add/",
        "delete": rejected.replace("/change/", "/delete-at-telnyx/"),
        "close case": rejected.replace("/change/", "/case/"),
        "new table": f"{compliance.url}{LIST}bulk/",
        "businesses": f"{compliance.url}/admin/tollfree/businessprofile/",
        "new business": f"{compliance.url}/admin/tollfree/businessprofile/add/",
        "number": f"{compliance.url}{number_page}",
        "calendar": f"{compliance.url}/admin/desk/calendar/",
        "notices": f"{compliance.url}/admin/desk/notices/",
        "notifications": f"{compliance.url}/admin/desk/notices/settings/",
        "import": f"{compliance.url}/admin/mirror/import/",
        "reviewing": compliance.page.url,
    }


@pytest.mark.promise("F99", "F100")
@pytest.mark.parametrize("names", [USUAL, pytest.param(None, marks=pytest.mark.long)], ids=["usual", "all"])
def test_no_page_breaks_wcag_a_or_aa_or_overflows_a_phone(compliance, pages, names):
    page, found = compliance.page, []

    for name in names or pages:
        page.goto(pages[name])
        for fold in page.locator("#content-main details").all():
            fold.evaluate("fold => { fold.open = true; }")
        found += [f"{name}: {fault}" for fault in faults_in_light_and_dark(page)]
        page.set_viewport_size(PHONE)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found.append(f"{name} is too wide for a phone")
        page.set_viewport_size(SCREEN)

    assert found == [], "\n".join(found)

"""The pages in a browser, in a language 40 % longer: nothing runs off a phone or a desktop, nothing is cut off."""

import pytest
from playwright.sync_api import Page

from tests.translation.conftest import Filled, crawl

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1280, 360)
# Words that are wider than their box and hidden there. An ellipsis was put there on purpose: the words are in full
# elsewhere on the page.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const style = getComputedStyle(element);
  const isHidden = ["hidden", "clip"].includes(style.overflowX);
  const hasWords = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!isHidden || !hasWords || !element.checkVisibility() || element.closest(".desk-hidden, .sr-only")) return false;
  if (style.textOverflow === "ellipsis" || element.matches("select, option, .material-symbols-outlined")) return false;
  return element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 200))"""
# What sticks out of the page, to say which it is.
STICKS_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 200)).slice(-1)"""


@pytest.fixture
def pages(filled: Filled) -> list[str]:
    """Return one page of each kind."""
    filled.limit = 1
    return [address for address in crawl(filled).pages if address.startswith("/") and " " not in address]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_page_overflows_or_cuts_off_its_words_when_texts_are_longer(
    pages, filled, page: Page, live_server
):
    cookie = filled.browser.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    found = []
    for address in pages:
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('#content-main details').forEach(fold => fold.open = true)")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{address} is {wide} wide at {width}: {page.evaluate(STICKS_OUT)}")
            found += [f"{address} cuts off at {width}: {cut}" for cut in page.evaluate(CUT_OFF)]

    assert found == [], "\n".join(found)

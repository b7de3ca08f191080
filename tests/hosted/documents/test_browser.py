"""A document in a frame of the desk, in a real browser: its viewer runs."""

import pytest
from playwright.sync_api import Page

from hosted.models import Document
from tests.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.hosted.documents.urls")]

ADD_FRAME = """url => {
  const frame = document.createElement("iframe")
  frame.src = url
  document.querySelector("main, body").append(frame)
}"""


@pytest.fixture
def desk(open_desk) -> Page:
    return open_desk("compliance")


def preview_url(document: Document, origin: str) -> str:
    return f"{origin}/orders/{document.order_id}/documents/{document.pk}/"


def viewer_runs(desk: Page) -> bool:
    """Return True if Chromium's viewer shows something: it is an extension, in a frame within the frame."""
    desk.wait_for_timeout(100)  # lets the browser report what happened in the meantime
    return any(frame.url.startswith("chrome-extension://") for frame in desk.frames)


@pytest.mark.promise("F41")
def test_the_browser_shows_a_document_beside_the_form(desk, live_server, save):
    said: list[str] = []
    desk.on("console", lambda message: said.append(message.text))
    url = preview_url(save(), live_server.url)

    desk.evaluate(ADD_FRAME, url)

    wait_until(lambda: viewer_runs(desk), 90, f"the viewer, but {[frame.url for frame in desk.frames]}")
    assert said == []
    assert url in [frame.url for frame in desk.frames]

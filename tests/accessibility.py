"""What axe finds on a page, and how wide a phone is."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
axe = Axe()


def faults(page: Page) -> list[str]:
    """Return what breaks WCAG A or AA on the page as it is now."""
    return violations(page, {"runOnly": {"type": "tag", "values": WCAG}})


def faults_by_any_rule(page: Page) -> list[str]:
    """Return what breaks WCAG or what axe calls best practice."""
    return violations(page, {})


def violations(page: Page, options: dict) -> list[str]:
    # Describing every element that passed takes axe longer than finding those that do not.
    found = axe.run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]

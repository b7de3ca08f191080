"""What axe finds on a page, and how wide a phone and a screen are."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}
SCREEN: ViewportSize = {"width": 1280, "height": 720}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What differs between light and dark.
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The page's own script does so when it loads. A color that is still changing would be measured halfway.
TURN = """dark => {
    document.documentElement.classList.toggle("dark", dark);
    getComputedStyle(document.body).color;
    for (const change of document.getAnimations()) { try { change.finish(); } catch { change.cancel(); } }
}"""
axe = Axe()


def faults(page: Page) -> list[str]:
    """Return what breaks WCAG A or AA on the page as it is now."""
    return violations(page, {"runOnly": {"type": "tag", "values": WCAG}})


def faults_in_light_and_dark(page: Page) -> list[str]:
    """Return what breaks WCAG A or AA on the page in light, and of its colors in dark. It is light afterwards."""
    turn(page, "light")
    found = [f"light {fault}" for fault in faults(page)]
    turn(page, "dark")
    found += [f"dark {fault}" for fault in violations(page, COLORS)]
    turn(page, "light")
    return found


def turn(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Turn a page that is open light or dark."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(TURN, scheme == "dark")


def faults_by_any_rule(page: Page) -> list[str]:
    """Return what breaks WCAG or what axe calls best practice."""
    return violations(page, {})


def violations(page: Page, options: dict) -> list[str]:
    before = page.viewport_size or SCREEN
    # As high as the page: a button half behind the bar at the bottom is no small button, one can scroll.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    # Describing every element that passed takes axe longer than finding those that do not.
    found = axe.run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    page.set_viewport_size(before)
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]

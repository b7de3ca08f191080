"""The console for people at /."""

from typing import TYPE_CHECKING

from .panel import Panel
from .routing import Route
from .wire import Answer, Request, html_answer

if TYPE_CHECKING:
    from .app import App


class Console:
    def __init__(self, app: "App", panel: Panel) -> None:
        self.app = app
        self.panel = panel

    def routes(self) -> list[Route]:
        return [("GET", "/", self.page)]

    def page(self, request: Request) -> Answer:
        return html_answer("<!doctype html><title>Sandbox</title>")

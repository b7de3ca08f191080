"""A person at a browser, without a browser: cookies, CSRF, and forms as the page shows them."""

from html.parser import HTMLParser

import httpx


class Forms(HTMLParser):
    """Collects what a browser would send for the forms of a page if nobody changed them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str | list[str]] = {}
        self.open: tuple[str, str] | None = None  # the textarea or select we are in: tag and name
        self.text = ""  # of the textarea
        self.first: str | None = None  # option of a single select, sent if none is selected
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag in ("textarea", "select") and name:
            self.open, self.text, self.first = (tag, name), "", None
            self.multiple = "multiple" in attributes
        elif tag == "option" and self.open:
            self.option(self.open[1], attributes)
        elif tag == "input" and name and self.is_sent(attributes):
            # A browser sends "on" for a checked box without a value.
            usual = "on" if attributes.get("type") in ("checkbox", "radio") else ""
            self.add(name, attributes.get("value", usual) or "")

    def is_sent(self, attributes):
        kind = attributes.get("type", "text")
        if kind in ("checkbox", "radio"):
            return "checked" in attributes
        return kind not in ("submit", "button", "image", "file", "reset")

    def option(self, name, attributes):
        value = attributes.get("value") or ""
        if "selected" in attributes:
            self.add(name, value)
            self.multiple = True  # there is no choice left to make
        elif self.first is None:
            self.first = value

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if self.open and self.open[0] == tag:
            if tag == "textarea":
                self.add(self.open[1], self.text.removeprefix("\n"))
            elif self.first is not None and not self.multiple:
                self.add(self.open[1], self.first)
            self.open = None

    def add(self, name, value):
        if name not in self.fields:
            self.fields[name] = value
            return
        known = self.fields[name]
        self.fields[name] = [*known, value] if isinstance(known, list) else [known, value]


class Visitor(httpx.Client):
    """An HTTP client that posts like our forms: it adds the CSRF token and the referer by itself."""

    def __init__(self, base_url: str, **options) -> None:
        super().__init__(base_url=base_url, timeout=60, **options)

    def login(self, username: str, password: str = "demo") -> "Visitor":
        self.get("/admin/login/")
        answer = self.post(
            "/admin/login/", data={"username": username, "password": password, "next": "/admin/"}
        )
        assert answer.status_code == 302, f"{username} could not log in: {answer.status_code}"
        return self

    def form(self, path: str) -> dict[str, str | list[str]]:
        """Return every field the page would send, ready to be changed and posted back."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        fields = Forms(answer.text).fields
        fields.pop("csrfmiddlewaretoken", None)
        return fields

    def post(self, url, *, data=None, headers=None, **options):
        token = self.cookies.get("csrftoken", "")
        headers = {"X-CSRFToken": token, "Referer": str(self.base_url)} | (headers or {})
        return super().post(url, data=data, headers=headers, **options)

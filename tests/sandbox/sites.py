"""The websites of invented businesses, whose names end in .example and exist nowhere.

Every address is a plain, finished page, and every address of a picture a picture. What goes wrong is in the path, as
`FAKE-404` is in a name elsewhere; two businesses of the demo have one fault each.
"""

from .messages.pictures import drawn
from .wire import Answer, Request, redirect

PREFIX = "/sites/"
SIDE = 400
PRIVACY = (
    "We keep your name and your number to send you the text messages you asked for. "
    "No mobile information will be shared with third parties or affiliates for marketing or promotional purposes."
)
WITHOUT_SHARING = (
    "We keep your name and your address for as long as you are our customer. Cookies remember what is in your basket. "
    "You can ask us at any time what we know about you, and have it deleted."
)
TEXTS = {
    "/privacy": PRIVACY,
    "/terms": "Our messages are sent a few times a month. Message and data rates may apply. Reply STOP to opt out.",
}
ABOUT = (
    "We are a small, invented business in an invented street, open from Monday to Saturday, nine to six. "
    "Come in, call us, or write to us; whoever is at the counter will be glad to help. "
)
# Two faults, so that the demo shows what a warning looks like.
FAULTS = {
    ("foxglove-dental.example", "/privacy"): "FAKE-NO-SHARING",
    ("bluebell-yoga.example", "/terms"): "FAKE-404",
}


def site(request: Request) -> Answer:
    """Answer for the website named in the path: /sites/HOST/PATH."""
    host, _slash, rest = request.path.removeprefix(PREFIX).partition("/")
    path = f"/{rest}"
    fault = FAULTS.get((host, path), path)
    if "FAKE-404" in fault:
        return page(host, "Not found", status=404)
    if "FAKE-401" in fault:
        return page(host, "Please sign in", status=401)
    if "FAKE-ELSEWHERE" in fault:
        return redirect("https://elsewhere.example/")
    if "FAKE-PARKED" in fault:
        return page(host, "Coming soon")
    if path.endswith(".png"):
        return Answer(200, drawn(host, SIDE), {"Content-Type": "image/png"})
    text = WITHOUT_SHARING if "FAKE-NO-SHARING" in fault else TEXTS.get(path, "")
    return page(host, f"{ABOUT}{text}")


def page(host: str, text: str, status: int = 200) -> Answer:
    name = host.removesuffix(".example").replace("-", " ").title()
    html = (
        f"<!doctype html><html lang=en><title>{name}</title><body><h1>{name}</h1><p>{text}</p></body></html>"
    )
    return Answer(status, html.encode(), {"Content-Type": "text/html; charset=utf-8"})

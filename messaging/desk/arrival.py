"""Can webhooks arrive? A test through the real address, stage by stage, and what was turned away, cause by cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.mirror import clock, throttle
from messaging.mirror.inbound import own_test, refused
from messaging.mirror.inbound.refused import Cause
from messaging.mirror.models import WebhookTest
from messaging.mirror.wording import Words

VIEW = "mirror.view_webhookevent"
SEND = "mirror.send_webhooktest"
TESTS = throttle.Limit("webhook_test", 10)
MOST_EARLIER = 5
# After that long somebody should look why nothing happens.
PATIENCE = timedelta(seconds=30)
Problem = WebhookTest.Problem

# What is wrong, and what to do.
PROBLEMS: Mapping[str, tuple[Words, Words]] = {
    Problem.NO_ADDRESS: (
        gettext_lazy("PUBLIC_URL is not set, so there is no address to test."),
        gettext_lazy(
            "Set PUBLIC_URL to the https address at which the internet reaches this desk, then restart everything."
        ),
    ),
    Problem.BAD_ADDRESS: (
        gettext_lazy("PUBLIC_URL is not a web address."),
        gettext_lazy("It must look like https://desk.example.com. Correct it, then restart everything."),
    ),
    Problem.NO_NAME: (
        gettext_lazy("The worker's machine can't find the name in PUBLIC_URL."),
        gettext_lazy("Check the spelling of PUBLIC_URL and the DNS record of that name."),
    ),
    Problem.NO_CONNECTION: (
        gettext_lazy("The name was found, but nothing accepts connections there."),
        gettext_lazy(
            "Check that the proxy is running and that the firewall lets it be reached. Some networks don't "
            "let a machine call its own public address: if Telnyx's webhooks arrive above, that explains "
            "it."
        ),
    ),
    Problem.NO_TLS: (
        gettext_lazy(
            "The connection could not be made secure: the certificate is missing, expired or not trusted."
        ),
        gettext_lazy("Give the proxy a valid certificate for this name. Telnyx doesn't deliver without one."),
    ),
    Problem.NO_ANSWER: (
        gettext_lazy("The address was reached, but the desk gave no answer in time."),
        gettext_lazy("Check that web is running, and that the proxy passes /webhooks/telnyx/ on to it."),
    ),
    Problem.REDIRECTED: (
        gettext_lazy("The address sends callers on to another one."),
        gettext_lazy(
            "Telnyx counts a redirect as a failed delivery. Set PUBLIC_URL to the address that it leads to, and let "
            "the proxy pass on /webhooks/telnyx/ as it is."
        ),
    ),
    Problem.REFUSED: (
        gettext_lazy("It was turned away."),
        gettext_lazy(
            "If the desk did it, the cause is below, under “Webhooks turned away”. Check that the proxy "
            "asks for no login there and passes on the body and both telnyx- headers unchanged, and that "
            "web and worker have the same SECRET_KEY."
        ),
    ),
    Problem.NOT_FOUND: (
        gettext_lazy("Something answered, but it has no such address."),
        gettext_lazy("Check that PUBLIC_URL leads to this desk, and that the proxy keeps the path."),
    ),
    Problem.NO_KEY: (
        gettext_lazy("The desk, or the proxy in front of it, isn't able to take webhooks right now."),
        gettext_lazy("See Keys and Database above. If both are fine, check that the proxy reaches web."),
    ),
    Problem.OTHER: (
        gettext_lazy("It answered with something other than 200."),
        gettext_lazy(
            "Read the logs of web and of the proxy at that time. Telnyx tries again after such an answer."
        ),
    ),
    Problem.ELSEWHERE: (
        gettext_lazy("Something answered 200, but it wasn't this desk: the test didn't arrive here."),
        gettext_lazy(
            "PUBLIC_URL leads to another server or another desk, and Telnyx's webhooks end there. Correct it."
        ),
    ),
    Problem.NOT_STORED: (
        gettext_lazy("The desk couldn't store it."),
        gettext_lazy("See Database above, and read web's log at that time."),
    ),
    Problem.INTERRUPTED: (
        gettext_lazy("The worker was stopped while it was waiting for the answer."),
        gettext_lazy("Send another test."),
    ),
}
# What it means that something was turned away, and what to do.
CAUSES: Mapping[Cause, tuple[Words, Words]] = {
    Cause.WRONG_SIGNATURE: (
        gettext_lazy(
            "None of our keys made this signature: Telnyx has a new key, something on the way changes deliveries, or "
            "it wasn't Telnyx."
        ),
        gettext_lazy(
            "Compare TELNYX_PUBLIC_KEYS with the public key in Telnyx's portal. If they are the same, send a test: it "
            "shows whether deliveries get here unchanged."
        ),
    ),
    Cause.NO_SIGNATURE: (
        gettext_lazy("Telnyx signs everything, so it wasn't Telnyx, or a proxy removed the signature."),
        gettext_lazy(
            "Nothing, if Telnyx's webhooks arrive: every public address gets visits like this. Otherwise "
            "make the proxy pass on the headers telnyx-signature-ed25519 and telnyx-timestamp."
        ),
    ),
    Cause.UNREADABLE: (
        gettext_lazy("The signature, or its time, isn't written the way Telnyx writes it."),
        gettext_lazy(
            "Nothing, if Telnyx's webhooks arrive. Otherwise check that the proxy doesn't change headers."
        ),
    ),
    Cause.WRONG_TIME: (
        gettext_lazy(
            "Telnyx signed it, but its time was more than five minutes off PostgreSQL's clock. It is kept and held "
            "back."
        ),
        gettext_lazy("Set that clock if it is off, then release the events under Webhook events."),
    ),
    Cause.NO_KEY: (
        gettext_lazy("TELNYX_PUBLIC_KEYS held no key, so nothing could be checked. Telnyx tries again."),
        gettext_lazy(
            "Copy the public key from Telnyx's portal into TELNYX_PUBLIC_KEYS and restart web. Then look under Lost "
            "webhooks for what never came."
        ),
    ),
    Cause.NOT_STORED: (
        gettext_lazy("PostgreSQL couldn't be reached or took too long. Telnyx tries again."),
        gettext_lazy("Look at PostgreSQL's log at that time. Under Lost webhooks is what never came."),
    ),
    Cause.NO_LENGTH: (
        gettext_lazy("It didn't say how long it is. Telnyx's deliveries always do."),
        gettext_lazy(
            "Nothing, if Telnyx's webhooks arrive. Otherwise make the proxy pass on the header Content-Length."
        ),
    ),
    Cause.TOO_LARGE: (
        gettext_lazy("It was larger than 1 MB. Telnyx's webhooks are much smaller."),
        gettext_lazy("Nothing. It wasn't read."),
    ),
    Cause.OLD_TEST: (
        gettext_lazy("A test from this page counts once, unchanged, and within two minutes."),
        gettext_lazy(
            "Send a new one. If nobody did, find out who sees and repeats requests between Telnyx and us."
        ),
    ),
}


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Let the worker send a test to our own address; the page shows how far it comes."""
    user = cast(User, request.user)
    if not (user.has_perm(VIEW) and user.has_perm(SEND)):
        raise PermissionDenied(SEND)
    throttle.spend(TESTS, user.pk)
    own_test.ask(user)
    return HttpResponseRedirect(f"{reverse('admin:desk_health')}#own-test")


@dataclass(frozen=True)
class Stage:
    """One of the five stages of a test: how it went, in a chip and in words."""

    title: Words
    group: str
    chip: Words
    words: Words = ""


def is_under_way(test: WebhookTest | None) -> bool:
    """Return True while something may still happen soon."""
    if test is None or test.problem or test.processed_at:
        return False
    return clock.now() - (test.ended_at or test.requested_at) < PATIENCE


def of_tests() -> dict[str, Any]:
    """Return what Health shows about tests: the newest one whole, and how earlier ones ended."""
    tests = list(
        WebhookTest.objects.select_related("requested_by").order_by("-requested_at")[: MOST_EARLIER + 1]
    )
    newest = tests[0] if tests else None
    wrong, do = PROBLEMS.get(newest.problem, ("", "")) if newest else ("", "")
    if newest and not newest.problem and not newest.processed_at and not is_under_way(newest):
        wrong = (
            _("It was stored but isn't processed yet.")
            if newest.ended_at
            else _("The worker hasn't sent it yet.")
        )
        do = _("See Worker and Scheduler above. It continues automatically once they work.")
    return {
        "test": newest,
        "test_is_under_way": is_under_way(newest),
        "test_stages": stages(newest) if newest else [],
        "test_wrong": wrong,
        "test_do": do,
        "earlier_tests": [(test, *_end(test)) for test in tests[1:]],
    }


def _end(test: WebhookTest) -> tuple[str, Words]:
    if test.problem:
        return "failing", Problem(test.problem).label
    if test.processed_at:
        return "done", _("Works")
    return "under_way", _("Not finished")


def stages(test: WebhookTest) -> list[Stage]:
    """Return the five stages. The first one that didn't work is marked; those after it never came."""
    reached = test.connect_ms is not None and test.problem != Problem.NO_TLS
    took = _("after %(ms)s ms")
    found = [
        (_("Address reached"), reached, took % {"ms": test.connect_ms} if reached else ""),
        (
            _("The desk answered"),
            test.status == 200 and test.problem != Problem.ELSEWHERE,
            _answer(test),
        ),
        (_("Signature checked"), test.signed_at, _("with a key made for this test alone")),
        (_("Stored"), test.stored_at, ""),
        (_("Processed"), test.processed_at, _after_storing(test)),
    ]
    said, is_open = [], True
    for title, worked, words in found:
        if worked:
            said.append(Stage(title, "done", _("Yes"), words))
        elif is_open and test.problem:
            said.append(Stage(title, "failing", _("No"), words if test.status else ""))
            is_open = False
        elif is_open:
            said.append(Stage(title, "under_way", _("Waiting")))
            is_open = False
        else:
            said.append(Stage(title, "draft", _("Not yet") if not test.problem else _("Didn't get there")))
    return said


def _answer(test: WebhookTest) -> str:
    if not test.status:
        return ""
    words = (
        _("with a yes (200) after %(ms)s ms")
        if test.status == 200
        else _("with the error %(status)s after %(ms)s ms")
    )
    return words % {"status": test.status, "ms": test.answer_ms}


def _after_storing(test: WebhookTest) -> str:
    if not (test.processed_at and test.stored_at):
        return ""
    ms = max(round((test.processed_at - test.stored_at).total_seconds() * 1000), 0)
    return _("%(ms)s ms after it was stored") % {"ms": ms}


def turned_away() -> list[tuple[refused.Line, Words, Words, Words]]:
    """Return what was turned away in the last seven days: counts, the cause's name, what it means, what to do."""
    return [(line, line.cause.label, *CAUSES[line.cause]) for line in refused.lines()]

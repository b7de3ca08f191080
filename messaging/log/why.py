"""“My customer says the text never came”: one verdict, and what was checked on the way to it.

The rules run in order, and the first that applies is the verdict. What happened to the message itself comes before what
is only true of sender, profile and phone now. Nothing here asks Telnyx; the page says how old the information is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

import phonenumbers
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.show import exact, within
from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.models import Message, MessagingProfile, OptOut, SpendLimitReached
from messaging.optouts import page as optouts
from messaging.optouts import reconcile
from messaging.validators import is_toll_free

from . import codes, timeline, window
from .choices import FAILED, OPEN, Status
from .zones import zone_of

# Telnyx counts a budget by days that start at midnight UTC (docs/telnyx.md, T5.20).
DAY = timedelta(days=1)


class Kind(Enum):
    """What a verdict is about; it decides what the customer is told, whatever the title of the verdict."""

    ARRIVED = "arrived"
    ON_ITS_WAY = "on_its_way"
    OPTED_OUT = "opted_out"
    SCHEDULED = "scheduled"
    CANCELED = "canceled"
    # WhatsApp takes it only within 24 hours of a message from the customer.
    WINDOW = "window"
    # Nobody knows: it went out, and no outcome was ever reported.
    UNKNOWN = "unknown"
    # Everything else: the customer is told what the error code means to them, if it concerns them.
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What was, or still is, in the way. `group` is one of messaging.desk.turns.Group."""

    title: Words
    advice: Words = ""
    group: str = "needs_us"
    url: str = ""
    link: Words = ""
    kind: Kind = Kind.FAILED
    # Telnyx may know more: the page offers "Refresh from Telnyx" to people who may ask.
    advises_asking: bool = False


@dataclass(frozen=True)
class Check:
    """One thing that was checked, and what was seen; `is_fine` is None if it could not be determined."""

    what: Words
    seen: Words
    is_fine: bool | None = True


@dataclass(frozen=True)
class Sender:
    """What an app knows about one of our numbers as a sender, with the page of its case."""

    what: Words
    seen: Words
    is_fine: bool | None
    advice: Words = ""
    url: str = ""


Contribution = Callable[[str], Sequence[Sender]]
_senders: list[Contribution] = []


def senders(number: str) -> list[Sender]:
    """Return what every app knows about one of our numbers as a sender."""
    return [sender for function in _senders for sender in function(number)]


def about_senders(function: Contribution) -> Contribution:
    """Register `function` to say whether a number of ours may send: it is verified, hosted, live, or not."""
    _senders.append(function)
    return function


About = Callable[[Message], Sequence[Sender]]
_abouts: list[About] = []


def about_messages(function: About) -> About:
    """Register `function` to say what an app knows about the message itself; it runs before the code is read."""
    _abouts.append(function)
    return function


@dataclass
class Case:
    """A message with what the rules look at, each item read once and only when it is needed."""

    message: Message
    checks: list[Check] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.message.error_code

    @cached_property
    def profile(self) -> MessagingProfile | None:
        id = self.message.messaging_profile_id
        return MessagingProfile.objects.filter(remote_id=str(id)).first() if id else None

    @cached_property
    def explanation(self) -> codes.Explanation | None:
        return codes.explain(self.code, self.message.their_line_type)

    @cached_property
    def block(self) -> OptOut | None:
        """What forbids texting this person now."""
        return reconcile.blocks(str(self.message.messaging_profile_id or ""), self.message.their_address)

    @cached_property
    def goes_at(self) -> datetime | None:
        return timeline.goes_at([self.message]).get(self.message.pk)

    def saw(self, what: Words, seen: Words, is_fine: bool | None = True) -> None:
        self.checks.append(Check(what, seen, is_fine))


@dataclass(frozen=True)
class Why:
    """The answer for one message: the verdict, what was checked, the code in plain words, a text for the customer.

    Unless the message failed, there is no explanation of its code, since that would advise sending it again; `aside`
    says what the code is then.
    """

    verdict: Finding
    checks: Sequence[Check]
    explanation: codes.Explanation | None
    code: str
    customer: str
    aside: Words = ""
    # Whose zone the times in `customer` are in.
    zone: Words = ""
    # What forbids texting this person now.
    block: OptOut | None = None


def of(message: Message, *, number: str) -> Why:
    """Find out why a message did not arrive, or that it did; `number` names the recipient's to themselves."""
    case = Case(message)
    if case.code:
        title = case.explanation.title if case.explanation else _("not explained here yet")
        case.saw(_("The error code"), f"{case.code}: {title}", None if message.has_arrived() else False)
    verdict = _arrived(case)
    if verdict is None:
        # Every rule runs, even after the first that applies: people want to see what was checked.
        found = [finding for rule in RULES if (finding := rule(case))]
        verdict = found[0] if found else _unexplained(case)
    zone = zone_of(message.their_address)
    customer = _customer(case, verdict, number, zone)
    whose = _whose(zone) if customer else ""
    is_never = case.explanation is not None and case.explanation.retry == codes.Retry.NEVER
    if (
        verdict.kind in (Kind.FAILED, Kind.WINDOW)
        or (verdict.kind == Kind.OPTED_OUT and is_never)
        or not case.code
    ):
        return Why(verdict, case.checks, case.explanation, case.code, customer, zone=whose, block=case.block)
    aside = ASIDES[verdict.kind] % {"code": case.code}
    return Why(verdict, case.checks, None, case.code, customer, aside, whose, case.block)


ASIDES: Mapping[Kind, Words] = {
    Kind.ARRIVED: gettext_lazy(
        "Telnyx also reported code %(code)s on the way. The message arrived all the same: there is nothing to send "
        "again."
    ),
    Kind.ON_ITS_WAY: gettext_lazy(
        "Telnyx also reported code %(code)s. The message may still arrive, so don't send it again yet."
    ),
    Kind.SCHEDULED: gettext_lazy("Telnyx also reported code %(code)s. The message hasn't been sent yet."),
    Kind.CANCELED: gettext_lazy("Telnyx also reported code %(code)s. The message was canceled all the same."),
    Kind.UNKNOWN: gettext_lazy(
        "Telnyx also reported code %(code)s. Nobody knows whether the message arrived, so ask the customer first."
    ),
    Kind.OPTED_OUT: gettext_lazy(
        "Telnyx reported code %(code)s. Sending it again won't help while the recipient is opted out."
    ),
}


# The rules: each checks something, and may have a finding.


def _arrived(case: Case) -> Finding | None:
    message = case.message
    if not message.is_outbound():
        return Finding(_("They sent this message, and it arrived here."), group="done", kind=Kind.ARRIVED)
    if message.has_arrived():
        at = message.status_at or message.happened_at
        seen = _("Delivered: the recipient's carrier confirmed it at %(at)s.") % {"at": exact(at)}
        case.saw(_("The message"), seen)
        advice = _("Ask the customer to check the phone's blocked or filtered messages, and to restart it.")
        if case.block:
            since = optouts.since(case.block)
            case.saw(_("Opt-outs"), since, None)
            later = _("Later texts to this number aren't sent: %(since)s.") % {"since": within(since)}
            advice = f"{advice} {later}"
        return Finding(
            _("It arrived: the carrier confirmed delivery."),
            advice,
            "done",
            kind=Kind.ARRIVED,
        )
    case.saw(
        _("The message"),
        Status(message.status).label if message.status in Status.values else message.status,
        False,
    )
    return None


def _under_way(case: Case) -> Finding | None:
    status = case.message.status
    if status == Status.SCHEDULED:
        at = case.goes_at
        advice = _("It goes out %(at)s.") % {"at": exact(at)} if at and at > clock.now() else ""
        if at and not advice:
            advice = _("It was to go out %(at)s; Telnyx hasn't reported that it did.") % {"at": exact(at)}
        words = _("It is scheduled and hasn't been sent yet.")
        return Finding(words, advice, "reviewing", kind=Kind.SCHEDULED)
    if status == Status.CANCELLED:
        return Finding(_("It was canceled before it was sent."), group="closed", kind=Kind.CANCELED)
    return None


def _opted_out(case: Case) -> Finding | None:
    message = case.message
    row = case.block
    read = reconcile.reading()
    read_at = read.read_at if read else None
    known = _("as of %(at)s") % {"at": exact(read_at)} if read_at else _("the list has never been read")
    if row is None and case.code != "40300":
        case.saw(_("Opt-outs"), _("Not opted out, %(known)s.") % {"known": known}, True if read else None)
        return None
    case.saw(_("Opt-outs"), optouts.since(row) if row else _("Opted out, time unknown"), False)
    if row and row.is_ours:
        return Finding(_("We block this number ourselves."), row.note, "closed")
    advice = _(
        "The block applies to every number on the profile. No one here can lift it; the phone's owner can, by "
        "texting START."
    )
    if is_toll_free(message.our_address):
        advice = _(
            "With a toll-free sender, the carriers block too, and only the phone's owner can lift that, by texting "
            "UNSTOP or START. They get a reply from the carrier and one from us."
        )
    return Finding(_("The recipient has opted out of our messages."), advice, "closed", kind=Kind.OPTED_OUT)


def _window(case: Case) -> Finding | None:
    message, what = case.message, _("WhatsApp's 24 hours")
    is_named = window.is_named(message)
    if not window.may_explain(message) or not (is_named or case.code in window.CODES):
        return None
    was = window.look(message.our_address, message.their_address, message.happened_at)
    if was.until and not is_named:
        case.saw(what, _("They had written within the 24 hours before."))
        return None
    if was.doubt and not is_named:
        case.saw(what, _("The log may lack a message from them. %(doubt)s") % {"doubt": was.doubt}, None)
        return None
    told = _("WhatsApp itself says that they were over.")
    case.saw(what, told if is_named else _("The log has no message from them in the 24 hours before."), False)
    title = _("WhatsApp's 24 hours were over, so it took no free message.")
    if not is_named:
        title = _("Most likely WhatsApp's 24 hours were over, so it took no free message.")
    return Finding(
        title, _("Send an approved template, or wait until the customer writes."), kind=Kind.WINDOW
    )


def _sender(case: Case) -> Finding | None:
    known = senders(case.message.our_address)
    for sender in known:
        case.saw(sender.what, sender.seen, sender.is_fine)
    for sender in known:
        if sender.is_fine is False:
            return Finding(sender.seen, sender.advice, "needs_us", sender.url, _("See details"))
    if not known:
        case.saw(_("The sender"), _("We know nothing about this number's verification or hosting."), None)
    return None


def _told_by_apps(case: Case) -> Finding | None:
    known = [fact for function in _abouts for fact in function(case.message)]
    for fact in known:
        case.saw(fact.what, fact.seen, fact.is_fine)
    wrong = next((fact for fact in known if fact.is_fine is False), None)
    return Finding(wrong.seen, wrong.advice, "needs_us", wrong.url, _("See details")) if wrong else None


def _profile(case: Case) -> Finding | None:
    profile = case.profile
    if profile is None:
        case.saw(_("The messaging profile"), _("Not known to this desk."), None)
        return None
    url = reverse("admin:messaging_messagingprofile_change", args=[profile.pk])
    if not profile.enabled:
        case.saw(_("The messaging profile"), _("Turned off."), False)
        return Finding(
            _("The messaging profile is turned off."),
            _("Turn it on."),
            url=url,
            link=_("Open the profile"),
        )
    case.saw(_("The messaging profile"), _("Turned on."))
    country = _country(case.message.their_address)
    allowed = profile.whitelisted_destinations
    if country and allowed and "*" not in allowed and country not in allowed:
        case.saw(
            _("The destination"),
            _("%(country)s isn't among the profile's countries.") % {"country": country},
            False,
        )
        return Finding(
            _("The profile can't send to this country."),
            _("Add %(country)s to the profile's countries.") % {"country": country},
            url=url,
            link=_("Open the profile"),
        )
    case.saw(
        _("The destination"),
        _("The profile can send to %(country)s.") % {"country": country or "?"},
        bool(country) or None,
    )
    return None


def _country(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _spend_limit(case: Case) -> Finding | None:
    message = case.message
    start = message.happened_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    reached = (
        SpendLimitReached.objects.filter(
            messaging_profile_id=message.messaging_profile_id,
            reached_at__range=(start, min(start + DAY, message.happened_at + timedelta(minutes=1))),
        ).first()
        if message.messaging_profile_id
        else None
    )
    if reached is None and case.code != "40333":
        case.saw(_("The daily budget"), _("No sign that it was used up that day."))
        return None
    case.saw(_("The daily budget"), _("Used up that day."), False)
    return Finding(
        _("The profile's daily budget was used up."),
        _("Wait until midnight UTC, or have someone raise the limit."),
    )


def _code(case: Case) -> Finding | None:
    if not case.code:
        return None
    if case.explanation is None:
        return None
    group = "needs_us" if case.explanation.who == codes.Who.US else "closed"
    return Finding(case.explanation.title, case.explanation.advice, group)


def _not_final(case: Case) -> Finding | None:
    if case.message.is_final():
        return None
    if timeline.can_be_asked(case.message):
        advice = _("Carriers may take hours.")
        title = _("There is no final status yet.")
        return Finding(title, advice, "reviewing", kind=Kind.ON_ITS_WAY, advises_asking=True)
    advice = _("Telnyx no longer answers for it. Ask the customer whether it arrived.")
    return Finding(_("No final status was ever reported."), advice, "reviewing", kind=Kind.UNKNOWN)


# Carriers use these when they do not say why; what is known about sender, profile and budget then says more.
SAYS_LITTLE = ("40004", "40008", "41000")


def _telling_code(case: Case) -> Finding | None:
    return None if case.code in SAYS_LITTLE else _code(case)


RULES: Sequence[Callable[[Case], Finding | None]] = (
    _under_way,
    _opted_out,
    _window,
    _told_by_apps,
    _telling_code,
    _sender,
    _profile,
    _spend_limit,
    _code,
    _not_final,
)


def _unexplained(case: Case) -> Finding:
    message = case.message
    if case.code:
        return Finding(
            _("Telnyx gave a code that isn't explained here yet."),
            _("Read Telnyx's own words, then ask Telnyx support and give them the message ID."),
            "unsure",
        )
    if message.status == Status.DELIVERY_UNCONFIRMED:
        return Finding(
            _("It was sent, but the carrier never confirmed delivery."),
            _("Some carriers never do. Ask the customer, and send it again if it still matters."),
            "unsure",
            kind=Kind.UNKNOWN,
        )
    if message.status in FAILED:
        return Finding(
            _("It failed, and no reason was given."),
            _("Ask Telnyx support and give them the message ID."),
            "unsure",
        )
    ask = timeline.can_be_asked(message)
    advice = "" if ask else _("Ask Telnyx support and give them the message ID.")
    return Finding(_("We don't know what happened to it."), advice, "unsure", advises_asking=ask)


def _customer(case: Case, verdict: Finding, number: str, zone: ZoneInfo | None) -> str:
    """Return a text for the customer: no code, no id, no one else's data."""
    if not case.message.is_outbound():
        return ""
    at = case.goes_at if verdict.kind == Kind.SCHEDULED else case.message.happened_at
    words = {"number": number, "when": _when(at, zone) if at else ""}
    if verdict.kind == Kind.SCHEDULED and not at:
        return _("A text message to %(number)s is scheduled. It has not been sent yet.") % words
    if verdict.kind == Kind.SCHEDULED and at and at <= clock.now():
        return _("A text message to %(number)s was scheduled for %(when)s. We are following it.") % words
    begin = BEGINNINGS.get(verdict.kind) or BEGINNINGS.get(case.message.status) or SENT
    return f"{begin % words} {_customer_end(case, verdict)}".strip()


SENT = gettext_lazy("We sent a text message to %(number)s on %(when)s.")
TRIED = gettext_lazy("We tried to send a text message to %(number)s on %(when)s.")
STARTED = gettext_lazy("We started sending a text message to %(number)s on %(when)s.")
# By the kind of the verdict, then by the status: nothing that never went out is said to be sent.
BEGINNINGS: Mapping[Kind | str, Words] = {
    Kind.SCHEDULED: gettext_lazy(
        "A text message to %(number)s is scheduled for %(when)s. It has not been sent yet."
    ),
    Kind.CANCELED: gettext_lazy(
        "A text message to %(number)s, which we wrote on %(when)s, was canceled. It was never sent."
    ),
    Status.SENDING_FAILED: TRIED,
    Status.EXPIRED: TRIED,
    Status.QUEUED: STARTED,
    Status.SENDING: STARTED,
    "": STARTED,
}


def _customer_end(case: Case, verdict: Finding) -> str:
    """Return what became of it: by the verdict, but never that it failed before Telnyx says so."""
    kind = verdict.kind
    if kind in (Kind.FAILED, Kind.ON_ITS_WAY) and case.message.status not in FAILED:
        is_coming = case.message.status in OPEN and timeline.can_be_asked(case.message)
        kind = Kind.ON_ITS_WAY if is_coming else Kind.UNKNOWN
    if kind == Kind.FAILED and case.explanation and case.explanation.customer:
        return str(case.explanation.customer)
    end = str(TO_CUSTOMER[kind])
    if kind == Kind.ARRIVED and case.block and not case.block.is_ours:
        return f"{end} {codes.EXPLANATIONS['40300'].customer}"
    return end


TO_CUSTOMER: Mapping[Kind, Words] = {
    Kind.ARRIVED: gettext_lazy(
        "Your carrier confirmed that it was delivered. Please check your blocked or filtered messages."
    ),
    Kind.ON_ITS_WAY: gettext_lazy("It is still on its way; we are following it."),
    Kind.SCHEDULED: "",
    Kind.CANCELED: "",
    Kind.UNKNOWN: gettext_lazy(
        "Your carrier has not told us whether it arrived. Please tell us if you did not get it."
    ),
    Kind.OPTED_OUT: codes.EXPLANATIONS["40300"].customer,
    Kind.WINDOW: gettext_lazy(
        "On WhatsApp we can write to you only within 24 hours of your last message. Please send us a message "
        "there, and we will answer."
    ),
    Kind.FAILED: gettext_lazy("It could not be delivered. We are looking into it."),
}


def _when(at: datetime, zone: ZoneInfo | None) -> str:
    """Return a time in the customer's zone, or the viewer's, with UTC beside it."""
    local, utc = timezone.localtime(at, zone), timezone.localtime(at, UTC)
    told = date_format(local, "N j, Y, H:i T")
    if not local.utcoffset():
        return told
    day = "H:i T" if utc.date() == local.date() else "N j, H:i T"
    return f"{told} ({date_format(utc, day)})"


def _whose(zone: ZoneInfo | None) -> str:
    """Return whose time zone it is, for the person who reads the text out."""
    if zone:
        return _("Times are in the customer's time zone, judged by the number.")
    return _("The number doesn't say where the customer is, so times are in your time zone.")

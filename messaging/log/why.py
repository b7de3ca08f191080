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

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.show import exact, within
from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.models import Message, MessagingProfile, OptOut, SpendLimitReached
from messaging.optouts import consents, reconcile
from messaging.optouts import page as optouts
from messaging.validators import is_toll_free

from . import campaigns, codes, customer, earlier, timeline, window
from .choices import FAILED, OPEN, Status
from .customer_texts import ENGLISH, Say
from .zones import country_of, zone_of

# Telnyx counts a budget by days that start at midnight UTC (docs/telnyx.md, T5.20).
DAY = timedelta(days=1)


class Kind(Enum):
    """What a verdict is about; it decides what the customer is told, whatever the title of the verdict."""

    ARRIVED = "arrived"
    ON_ITS_WAY = "on_its_way"
    OPTED_OUT = "opted_out"
    SCHEDULED = "scheduled"
    CANCELED = "canceled"
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
    # What the customer is told; by default, what is said of this kind.
    customer: Say | None = None
    # Telnyx may know more: the page offers "Refresh from Telnyx" to people who may ask.
    advises_asking: bool = False
    # An evidence file helps: the page says so to people who may make one.
    advises_evidence: bool = False


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
    customer: Say | None = None


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

    @property
    def has_failed(self) -> bool:
        return self.message.status in FAILED

    @property
    def never_left(self) -> bool:
        return self.message.status == Status.SENDING_FAILED

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
    # What the verdict answers.
    question: Words = ""

    @property
    def may_be_sent_again(self) -> bool:
        """Return True if somebody may come to send it again."""
        is_never = self.explanation is not None and self.explanation.retry == codes.Retry.NEVER
        return not is_never and not self.block and self.verdict.kind not in (Kind.SCHEDULED, Kind.CANCELED)


def of(message: Message, *, number: str, language: str = ENGLISH) -> Why:
    """Find out why a message did not arrive, or that it did.

    `number` names the recipient's to themselves, in `language`, which is that of the text for the customer.
    """
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
    said = _customer(case, verdict, number, zone, language)
    zoned = whose(zone) if said else ""
    is_never = case.explanation is not None and case.explanation.retry == codes.Retry.NEVER
    is_told = verdict.kind == Kind.FAILED or (verdict.kind == Kind.OPTED_OUT and is_never) or not case.code
    return Why(
        verdict,
        case.checks,
        case.explanation if is_told else None,
        case.code,
        said,
        "" if is_told else ASIDES[verdict.kind] % {"code": case.code},
        zoned,
        case.block,
        _question(case, verdict),
    )


def _question(case: Case, verdict: Finding) -> Words:
    """Return what the verdict answers: nobody asks why a message didn't arrive that did, or that may."""
    if verdict.kind in (Kind.SCHEDULED, Kind.CANCELED):
        return _("Was it sent?")
    return _("Why didn't it arrive?") if case.has_failed else _("Did it arrive?")


ASIDES: Mapping[Kind, Words] = {
    Kind.ARRIVED: gettext_lazy(
        "Telnyx also reported code %(code)s on the way. The message arrived anyway: there is no need to "
        "send it again."
    ),
    Kind.ON_ITS_WAY: gettext_lazy(
        "Telnyx also reported code %(code)s. The message may still arrive, so don't send it again yet."
    ),
    Kind.SCHEDULED: gettext_lazy("Telnyx also reported code %(code)s. The message hasn't been sent yet."),
    Kind.CANCELED: gettext_lazy("Telnyx also reported code %(code)s. The message was canceled anyway."),
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
    if not message.has_arrived():
        case.saw(
            _("The message"),
            Status(message.status).label if message.status in Status.values else message.status,
            False,
        )
        return None
    at = message.status_at or message.happened_at
    if message.status == Status.READ:
        case.saw(
            _("The message"), _("Read: the phone reported at %(at)s that it was opened.") % {"at": exact(at)}
        )
    else:
        seen = _("Delivered: the recipient's carrier confirmed it at %(at)s.") % {"at": exact(at)}
        case.saw(_("The message"), seen)
    answer = earlier.answer_after(message)
    if answer:
        case.saw(_("Messages from them since"), _("They wrote to us at %(at)s.") % {"at": exact(answer)})
    else:
        case.saw(_("Messages from them since"), _("None."), None)
    advice = _("Ask the customer to check the phone's blocked or filtered messages, and to restart it.")
    still = _("If they still say it never came, check the number with them and send it again once.")
    parts = [advice, still]
    if case.block:
        since = optouts.since(case.block)
        case.saw(_("Opt-outs"), since, None)
        later = _("Later texts to this number aren't sent: %(since)s.") % {"since": within(since)}
        parts = [advice, later]
    said = Say.READ if message.status == Status.READ else None
    title = _("It arrived: the carrier confirmed delivery.")
    return Finding(
        title,
        " ".join(parts),
        "done",
        kind=Kind.ARRIVED,
        customer=said,
        advises_evidence=case.block is None,
    )


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
    is_free = is_toll_free(message.our_address)
    said = Say.STOPPED_TOLL_FREE if is_free else Say.STOPPED
    if row is None:
        _saw_elsewhere(case, known)
    else:
        case.saw(_("Opt-outs"), optouts.since(row), False)
    if row and row.is_ours:
        title = _("We block this number ourselves.")
        return Finding(title, row.note, "closed", customer=Say.BLOCKED_BY_US)
    advice = _(
        "The block applies to every number on the profile. No one here can lift it; the phone's owner can, by "
        "texting START."
    )
    if is_free:
        advice = _(
            "With a toll-free sender, the carriers block too, and only the phone's owner can lift that, by texting "
            "UNSTOP or START. They get a reply from the carrier and one from us."
        )
    title = _("The recipient has opted out of our messages.")
    if row is None:
        title = _("Telnyx or the carrier blocks texts to this person: they opted out, but not in our list.")
    return Finding(title, advice, "closed", kind=Kind.OPTED_OUT, customer=said)


def _saw_elsewhere(case: Case, known: str) -> None:
    """Say that our list doesn't have an opt-out that Telnyx reports, and what it has instead."""
    seen = _("Telnyx reported a block that our list doesn't have, %(known)s.") % {"known": known}
    case.saw(_("Opt-outs"), seen, False)
    other = next((row for row in reconcile.about(case.message.their_address) if row.is_active()), None)
    if other:
        case.saw(_("Opt-outs on other profiles"), optouts.since(other), None)


def _on_our_side(case: Case) -> Say | None:
    """Return what is said of what is wrong now: only if the message never left us was that certainly the reason."""
    return Say.OUR_SIDE if case.never_left else None


def _window(case: Case) -> Finding | None:
    message, what = case.message, _("WhatsApp's 24 hours")
    is_named = window.is_named(message)
    if not is_named and not (window.may_explain(message) and case.code in window.CODES):
        return None
    was = window.look(message.our_address, message.their_address, message.happened_at)
    if was.until and not is_named:
        case.saw(what, _("They had written within the 24 hours before."))
        return None
    if was.doubt and not is_named:
        case.saw(
            what, _("The log may be missing a message from them. %(doubt)s") % {"doubt": was.doubt}, None
        )
        return None
    told = _("WhatsApp itself says they were over.")
    case.saw(what, told if is_named else _("The log has no message from them in the 24 hours before."), False)
    title = _("WhatsApp's 24 hours were over, so it didn't accept a message written freely.")
    if not is_named:
        title = _("Most likely WhatsApp's 24 hours were over, so it didn't accept a message written freely.")
    advice = _("Send an approved template, or wait until the customer writes.")
    return Finding(title, advice, customer=Say.WHATSAPP_CLOSED)


def _sender(case: Case) -> Finding | None:
    known = senders(case.message.our_address)
    for sender in known:
        case.saw(sender.what, sender.seen, sender.is_fine)
    for sender in known:
        if sender.is_fine is False:
            said = sender.customer or _on_our_side(case)
            return Finding(
                sender.seen, sender.advice, "needs_us", sender.url, _("See details"), customer=said
            )
    if not known:
        case.saw(_("The sender"), _("We know nothing about this number's verification or hosting."), None)
    return None


def _consent(case: Case) -> None:
    """Say when and how this person agreed to texts. That is never why one didn't arrive."""
    message = case.message
    row = consents.newest(message.their_address, str(message.messaging_profile_id or ""))
    seen = consents.words(row) if row else _("Nothing on record in this desk.")
    case.saw(_("Their consent to texts"), seen, True if row else None)


def _told_by_apps(case: Case) -> Finding | None:
    known = [fact for function in _abouts for fact in function(case.message)]
    for fact in known:
        case.saw(fact.what, fact.seen, fact.is_fine)
    wrong = next((fact for fact in known if fact.is_fine is False), None)
    if wrong is None:
        return None
    said = wrong.customer or _said_by_code(case)
    return Finding(wrong.seen, wrong.advice, "needs_us", wrong.url, _("See details"), customer=said)


def _said_by_code(case: Case) -> Say | None:
    return case.explanation.customer if case.explanation else None


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
            customer=_on_our_side(case),
        )
    case.saw(_("The messaging profile"), _("Turned on."))
    country = country_of(case.message.their_address)
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
            customer=_on_our_side(case),
        )
    case.saw(
        _("The destination"),
        _("The profile can send to %(country)s.") % {"country": country or "?"},
        bool(country) or None,
    )
    return None


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
        customer=Say.LIMIT if case.code == "40333" or case.never_left else None,
    )


def _code(case: Case) -> Finding | None:
    if not case.code:
        return None
    if case.explanation is None:
        return None
    group = "needs_us" if case.explanation.who == codes.Who.US else "closed"
    return Finding(case.explanation.title, case.explanation.advice, group, customer=case.explanation.customer)


def _not_final(case: Case) -> Finding | None:
    if case.message.is_final():
        return None
    if timeline.can_be_asked(case.message):
        advice = _("Carriers may take hours.")
        title = _("There is no final status yet.")
        return Finding(title, advice, "reviewing", kind=Kind.ON_ITS_WAY, advises_asking=True)
    advice = _("Telnyx no longer answers questions about it. Ask the customer whether it arrived.")
    return Finding(_("No final status was ever reported."), advice, "reviewing", kind=Kind.UNKNOWN)


# Carriers use these when they do not say why; what is known about sender, profile and budget then says more.
SAYS_LITTLE = ("40004", "40008", "41000")


def _telling_code(case: Case) -> Finding | None:
    return None if case.code in SAYS_LITTLE else _code(case)


# What a carrier that the number has left may say.
AFTER_A_MOVE = ("40001", "40004", "40006", "40008", "40012")


def _moved(case: Case) -> Finding | None:
    """Find out whether the number moved to another carrier since a text last arrived there."""
    message = case.message
    if not case.has_failed or case.code not in AFTER_A_MOVE or not message.their_carrier:
        return None
    last = earlier.carrier_that_delivered(message)
    if last is None or last.carrier.casefold() == message.their_carrier.casefold():
        return None
    words = {"before": last.carrier, "now": message.their_carrier, "at": exact(last.at)}
    seen = _("%(now)s now; it was %(before)s when a text last arrived, on %(at)s.") % words
    case.saw(_("Their carrier"), seen, False)
    if codes.line(message.their_line_type) == "landline":
        return None
    return Finding(
        _("The number seems to have moved to another carrier (ported), and texts don't reach it yet."),
        _(
            "Texts can fail for some days after a move. Ask the customer to check with the new carrier, and try again "
            "in a few days."
        ),
        "closed",
        customer=Say.MOVED,
    )


def _expired(case: Case) -> Finding | None:
    if case.message.status != Status.EXPIRED or (case.code and case.code not in SAYS_LITTLE):
        return None
    return Finding(
        _("It waited too long and expired before it could be delivered."),
        _("Send it again if it still matters."),
        "closed",
        customer=Say.EXPIRED,
    )


def _line(case: Case) -> Finding | None:
    """Find out whether the phone is one that most often can't receive texts."""
    told = case.message.their_line_type
    if not told:
        return None
    is_landline = codes.line(told) == "landline"
    case.saw(_("Their kind of line"), told, None if is_landline else True)
    if not is_landline or not case.has_failed or case.code not in ("", *SAYS_LITTLE):
        return None
    return Finding(
        _("The number is a landline, and most of those can't receive texts."),
        _("Ask the customer for a mobile number."),
        "closed",
        customer=Say.LANDLINE,
    )


def _campaign(case: Case) -> Finding | None:
    """Find out whether our number was on a registered campaign, without which US carriers refuse its texts."""
    message = case.message
    if not campaigns.concerns(message):
        return None
    what, state = _("The campaign (10DLC)"), campaigns.of(message)
    if state.is_registered is None:
        case.saw(what, _("Telnyx reported none for this message."), None)
        return None
    case.saw(what, state.words(), state.is_registered)
    if state.is_registered or not case.has_failed:
        return None
    return Finding(
        _("Our number wasn't on a registered campaign (10DLC) when this was sent."),
        _("Register a brand and campaign at Telnyx, and assign the number."),
        customer=Say.NOT_LISTED,
    )


RULES: Sequence[Callable[[Case], Finding | None]] = (
    _under_way,
    _opted_out,
    _consent,
    _window,
    _told_by_apps,
    _moved,
    _telling_code,
    _expired,
    _line,
    _campaign,
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


def _customer(case: Case, verdict: Finding, number: str, zone: ZoneInfo | None, language: str) -> str:
    """Return a text for the customer: no code, no id, no one else's data."""
    message = case.message
    if not message.is_outbound():
        return ""
    at = case.goes_at if verdict.kind == Kind.SCHEDULED else message.happened_at
    words = {
        "what": customer.what(message.type, language),
        "number": number,
        "when": customer.when(at, zone, language) if at else "",
    }
    if verdict.kind == Kind.SCHEDULED and not at:
        return customer.text(Say.SCHEDULED_UNTIMED, language, **words)
    if verdict.kind == Kind.SCHEDULED and at and at <= clock.now():
        return customer.text(Say.SCHEDULED_BEFORE, language, **words)
    begin = BEGINNINGS.get(verdict.kind) or BEGINNINGS.get(message.status) or Say.SENT
    ends = [customer.text(say, language) for say in _customer_end(case, verdict)]
    return customer.join([customer.text(begin, language, **words), *ends], language)


# By the kind of the verdict, then by the status: nothing that never went out is said to be sent.
BEGINNINGS: Mapping[Kind | str, Say] = {
    Kind.SCHEDULED: Say.SCHEDULED,
    Kind.CANCELED: Say.CANCELED,
    Status.SENDING_FAILED: Say.TRIED,
    Status.EXPIRED: Say.TRIED,
    Status.QUEUED: Say.STARTED,
    Status.SENDING: Say.STARTED,
    "": Say.STARTED,
}


def _customer_end(case: Case, verdict: Finding) -> list[Say]:
    """Return what became of it: by the verdict, but never that it failed before Telnyx says so."""
    message, kind, said = case.message, verdict.kind, verdict.customer
    if kind in (Kind.FAILED, Kind.ON_ITS_WAY) and not case.has_failed:
        is_coming = message.status in OPEN and timeline.can_be_asked(message)
        kind, said = (Kind.ON_ITS_WAY if is_coming else Kind.UNKNOWN), None
    said = said or TO_CUSTOMER[kind]
    if said is None:
        return []
    if message.type in ("WHATSAPP", "RCS"):
        said = IN_CHATS.get(said, said)
        if said == Say.REFUSED:
            said = Say.WHATSAPP_REFUSED if message.type == "WHATSAPP" else Say.FAILED
    if kind == Kind.ARRIVED and case.block and not case.block.is_ours:
        is_free = is_toll_free(message.our_address)
        return [said, Say.STOPPED_TOLL_FREE if is_free else Say.STOPPED]
    return [said]


TO_CUSTOMER: Mapping[Kind, Say | None] = {
    Kind.ARRIVED: Say.ARRIVED,
    Kind.ON_ITS_WAY: Say.ON_ITS_WAY,
    Kind.SCHEDULED: None,
    Kind.CANCELED: None,
    Kind.UNKNOWN: Say.UNKNOWN,
    Kind.OPTED_OUT: Say.STOPPED,
    Kind.FAILED: Say.FAILED,
}
# No phone company says anything about these.
IN_CHATS: Mapping[Say, Say] = {
    Say.ARRIVED: Say.ARRIVED_CHAT,
    Say.UNKNOWN: Say.UNKNOWN_CHAT,
    Say.BUSY: Say.REFUSED,
}


def whose(zone: ZoneInfo | None) -> str:
    """Return whose time zone it is, for the person who reads the text out."""
    if zone:
        return _("Times are in the customer's time zone, going by the phone number.")
    return _("The number doesn't say where the customer is, so times are in your time zone.")

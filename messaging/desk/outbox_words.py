"""The states of the outbox and the inbox, in words for the people who work with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, overload

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..mirror.clock import now
from ..mirror.models import Attempt, OutboxEntry, TelnyxResource, WebhookEvent
from ..mirror.outbound import outcomes
from .show import Step, clock, exact, to_the_second, within
from .sight import Sight

Entry = OutboxEntry.State
Event = WebhookEvent.State
Outcome = Attempt.Outcome

# The group gives a status its shape and color (messaging.desk.turns.Group).
ENTRY_GROUPS: Mapping[str, str] = {
    Entry.QUEUED: "under_way",
    Entry.SENDING: "under_way",
    Entry.BLOCKED: "needs_us",
    Entry.UNSURE: "unsure",
    Entry.NEEDS_PERSON: "decision",
    Entry.ACCEPTED: "done",
    Entry.REFUSED: "needs_us",
    Entry.CANCELLED: "closed",
}

ENTRY_MEANINGS: Mapping[str, Words] = {
    Entry.QUEUED: gettext_lazy(
        "The request is stored byte for byte, and a worker sends it when it is due. It hasn't reached "
        "Telnyx yet, so it can still be canceled."
    ),
    Entry.SENDING: gettext_lazy(
        "A worker is sending it right now. If that worker stops, we notice within seconds and "
        "find out how far it got."
    ),
    Entry.BLOCKED: gettext_lazy(
        "Telnyx refuses our API key or our account, so nothing is sent at all. Once a minute "
        "we check whether the key works again; then everything continues automatically."
    ),
    Entry.UNSURE: gettext_lazy(
        "It was sent, but the answer was lost. Telnyx may or may not have it, so we look for "
        "it there instead of sending it again. It is sent again only if complete checks, "
        "some minutes apart, prove that it is missing at Telnyx."
    ),
    Entry.NEEDS_PERSON: gettext_lazy(
        "We could not settle it automatically, and we don't guess. Look for it in Telnyx's "
        "portal, then say what happened."
    ),
    Entry.ACCEPTED: gettext_lazy("Telnyx has it. Nothing more is sent for this request."),
    Entry.REFUSED: gettext_lazy(
        "Telnyx refused the request, so nothing was registered. It is never sent again as it "
        "is. Correct it and submit it again."
    ),
    Entry.CANCELLED: gettext_lazy("It was withdrawn. Nothing more will be sent."),
}

# Of one whose answer was lost before, so that the words above would say too much.
SENT_BEFORE: Mapping[str, Words] = {
    Entry.QUEUED: gettext_lazy(
        "It was sent before, and the answer was lost, so Telnyx may have it. A worker sends it again when it is due. "
        "If you cancel it, nothing more is sent, but what may have arrived stays at Telnyx."
    ),
    Entry.REFUSED: gettext_lazy(
        "It was sent more than once. An earlier answer was lost, so Telnyx may have done it then; the last "
        "time it refused. Check at Telnyx before you submit it again."
    ),
    Entry.CANCELLED: gettext_lazy(
        "It was canceled after an answer had been lost. Nothing more will be sent, but Telnyx may have it."
    ),
}


def meaning(entry: OutboxEntry) -> Words:
    """Return what the state of a promise means, and what happens next."""
    if entry.state in SENT_BEFORE and entry.may_have_arrived():
        return SENT_BEFORE[entry.state]
    return ENTRY_MEANINGS[entry.state]


EVENT_GROUPS: Mapping[str, str] = {
    Event.PENDING: "under_way",
    Event.DONE: "done",
    Event.WAITING: "under_way",
    Event.KEPT: "closed",
    Event.DEAD: "needs_us",
    Event.QUARANTINED: "needs_us",
    Event.NEEDS_REVIEW: "needs_us",
}

# For lists, where a state has room for a word or two.
EVENT_WORDS: Mapping[str, Words] = {
    Event.PENDING: gettext_lazy("To be processed"),
    Event.DONE: gettext_lazy("Processed"),
    Event.WAITING: gettext_lazy("Waiting"),
    Event.KEPT: gettext_lazy("Kept"),
    Event.DEAD: gettext_lazy("Failed"),
    Event.QUARANTINED: gettext_lazy("Held back"),
    Event.NEEDS_REVIEW: gettext_lazy("Held back"),
}

TRIED_AGAIN = gettext_lazy(
    "Processing it failed. Nothing is lost: it is tried again automatically. Next try: %(at)s. If that "
    "keeps failing, it stops and a person decides."
)
EVENT_MEANINGS: Mapping[str, Words] = {
    Event.PENDING: gettext_lazy("It is stored safely and will be processed within seconds."),
    Event.DONE: gettext_lazy("It was processed. Processing it again has no further effect."),
    Event.WAITING: gettext_lazy(
        "It is about a record that isn't here yet: a webhook can be faster than the answer to our own request. It is "
        "retried automatically, and right away when that record arrives. After two weeks the desk stops trying."
    ),
    Event.KEPT: gettext_lazy(
        "It is genuine, but this desk doesn't handle this type. It is kept and can be "
        "processed once the desk does."
    ),
    Event.DEAD: gettext_lazy(
        "Processing failed several times and was stopped. The error is below. Fix what it "
        "names, then process it again."
    ),
    Event.QUARANTINED: gettext_lazy(
        "Its signature is genuine, but it was signed more than 5 minutes off our clock: either a clock is wrong or "
        "someone is replaying an old delivery. It has no effect unless Telnyx delivers it again with the right time, "
        "or a person releases it."
    ),
    Event.NEEDS_REVIEW: gettext_lazy(
        "An event with this ID arrived earlier with different content. The first one counts; "
        "this one has no effect unless a person releases it."
    ),
}

OUTCOME_GROUPS: Mapping[str, str] = {
    Outcome.ACCEPTED: "done",
    Outcome.FOUND: "done",
    Outcome.REFUSED: "needs_us",
    Outcome.BLOCKED: "needs_us",
    Outcome.LATE: "needs_us",
    Outcome.UNKNOWN: "unsure",
    Outcome.UNCLEAR: "unsure",
    Outcome.WORKER_LOST: "unsure",
    Outcome.RESTORED: "unsure",
}


def event_meaning(event: WebhookEvent) -> Words:
    """Return what the state of an event means; of one that failed, when it is tried next."""
    if event.is_tried_again():
        return TRIED_AGAIN % {"at": exact(event.not_before)}
    return EVENT_MEANINGS[event.state]


def headline(entry: OutboxEntry, sight: Sight) -> str:
    """Return what is happening with a promise right now, with the time of its next step, as far as `sight` shows it."""
    if entry.state == Entry.REFUSED:
        return refusal(entry, sight)
    waits = entry.not_before > now()
    reason = sight.words(entry.reason)
    if entry.waits_for_undo():
        return _("Will be sent at %(time)s, unless it is taken back first.") % {
            "time": to_the_second(entry.not_before)
        }
    if waits and entry.state == Entry.QUEUED:
        return _("Will retry at %(time)s. %(why)s") % {"time": clock(entry.not_before), "why": reason}
    if waits and entry.state == Entry.UNSURE:
        return _("Checking with Telnyx. Next check at %(time)s.") % {"time": clock(entry.not_before)}
    if entry.state == Entry.ACCEPTED:
        return str(ACCEPTED_BY[entry.resolution])
    return reason or str(entry.get_state_display())


ACCEPTED_BY: Mapping[str, Words] = {
    OutboxEntry.Resolution.ANSWERED: gettext_lazy("Telnyx received it and answered."),
    OutboxEntry.Resolution.ADOPTED: gettext_lazy(
        "Telnyx received it: the answer was lost, and we found it there."
    ),
    OutboxEntry.Resolution.PERSON: gettext_lazy("Telnyx received it: a person found it there."),
}


def refusal(entry: OutboxEntry, sight: Sight) -> str:
    """Return the first of Telnyx's errors as one line, with the field it names."""
    found = problems(entry, sight)
    if not found:
        return _("Telnyx refused it.")
    first = found[0]
    if said := first["detail"] or first["title"]:
        what = f"{first['field']}: {said}" if first["field"] else said
        return _("Telnyx refused it: %(what)s") % {"what": what}
    if first["field"]:
        return _("Refused by Telnyx for its field %(field)s. Open it to see why.") % {"field": first["field"]}
    return _("Refused by Telnyx. Open it to see why.")


def problems(entry: OutboxEntry, sight: Sight) -> list[dict[str, str]]:
    """Return Telnyx's errors as far as `sight` shows them, each with our name for the field it points at."""
    return [
        {
            "code": sight.words(str(error.get("code", ""))),
            "title": sight.title(str(error.get("title", ""))),
            "detail": sight.detail(str(error.get("detail", ""))),
            "pointer": sight.title(str(error.get("pointer", ""))),
            "field": field_label(entry, error.get("pointer", "")),
        }
        for error in entry.errors
    ]


def said(error: Mapping[str, Any], sight: Sight) -> str:
    """Return Telnyx's own words for one error: title and detail, or the bare code."""
    parts = [sight.title(_text(error, "title")), sight.detail(_text(error, "detail"))]
    text = ": ".join(dict.fromkeys(part for part in parts if part))
    return text or _("Telnyx gave no explanation, only the code %(code)s.") % {
        "code": error.get("code") or "?"
    }


def _text(error: Mapping[str, Any], name: str) -> str:
    value = error.get(name)
    return value if isinstance(value, str) else ""


def field_label(entry: OutboxEntry, pointer: str) -> str:
    """Return the name people know a field by, or "" if the pointer names none of ours."""
    model = entry.resource_type.model_class()
    name = model.wire.field_for(pointer) if model else None  # type: ignore[attr-defined]
    return str(model._meta.get_field(name).verbose_name) if model and name else ""  # type: ignore[union-attr]


# On the pages of the records that requests are about.


@dataclass(frozen=True)
class Line:
    """Where one promise is. `group` is one of messaging.desk.turns.Group; `url` leads to its page in the outbox.

    `meaning` and `advice` are for records that say more about it than its state does.
    """

    label: Words
    group: str
    status: Words
    reason: Words
    at: datetime
    errors: list[str]
    url: str
    meaning: Words = ""
    advice: Sequence[Words] = ()


@overload
def entry_line(entry: OutboxEntry, sight: Sight) -> Line: ...
@overload
def entry_line(entry: OutboxEntry | None, sight: Sight) -> Line | None: ...
def entry_line(entry: OutboxEntry | None, sight: Sight) -> Line | None:
    """Return where a promise is, as far as `sight` shows it, or None if nothing was promised."""
    if entry is None:
        return None
    return Line(
        entry.get_operation_label(),
        ENTRY_GROUPS[entry.state],
        entry.get_state_display(),
        sight.words(entry.reason),
        entry.resolved_at or entry.created_at,
        [said(error, sight) for error in entry.errors],
        reverse("admin:mirror_outboxentry_change", args=[entry.pk]),
        checking(entry),
    )


def checking(entry: OutboxEntry) -> str:
    """Return what happens next while we find out whether Telnyx has a request, and when a person is asked; else ""."""
    if entry.state != Entry.UNSURE:
        return ""
    times = {"next": clock(entry.not_before), "last": clock(_asks_a_person_at(entry))}
    if entry.get_operation().find is None:
        return _("No action needed now. At %(next)s a person here is asked to decide.") % times
    return (
        _(
            "No action needed. The desk looks at Telnyx again at %(next)s. If it isn't settled by about %(last)s, a "
            "person here is asked to decide."
        )
        % times
    )


def _asks_a_person_at(entry: OutboxEntry) -> datetime:
    """Return when the last planned check is due, if Telnyx answers all of them."""
    left = outcomes.resolve_delays()[entry.checks + 1 :]
    return entry.not_before + timedelta(seconds=sum(left))


def started(record: TelnyxResource, entries: Iterable[OutboxEntry]) -> Step:
    """Return the first step of a record's history: its draft here, or its import; `entries` are all its requests.

    Without an author it may still be ours: their login may be deleted.
    """
    is_ours = not record.remote_id or record.created_by_id or any(entry.makes_a_record() for entry in entries)
    words = _("Draft started") if is_ours else _("Found at Telnyx and imported")
    return Step(record.created_at, words, who=str(record.created_by or ""), group="draft")


def entry_steps(entry: OutboxEntry, sight: Sight) -> Iterator[Step]:
    """Yield the request and how it ended, with Telnyx's own words for a refusal, as steps of a timeline."""
    who, label = str(entry.requested_by or ""), entry.get_operation_label()
    yield Step(entry.created_at, _("%(what)s: requested") % {"what": label}, who=who, group="under_way")
    if entry.resolved_at:
        outcome = {"what": label, "outcome": within(entry.get_state_display())}
        text = " ".join(filter(None, [sight.words(entry.reason), *_refusals(entry, sight)]))
        yield Step(
            entry.resolved_at, _("%(what)s: %(outcome)s") % outcome, text, group=ENTRY_GROUPS[entry.state]
        )


def _refusals(entry: OutboxEntry, sight: Sight) -> list[str]:
    return [_("Telnyx: %(text)s") % {"text": said(error, sight)} for error in entry.errors]

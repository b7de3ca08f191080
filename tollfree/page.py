"""What the pages of one request show around its values: state lines, refusals, versions, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import drift, sight, undoing
from messaging.desk import outbox_words as words
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.models import Approval
from messaging.team import kinds
from messaging.team.people import name

from . import standing, summary, timeline, verified
from .checks import readiness
from .checks.problems import LINK, Level
from .checks.readiness import Parts
from .checks.sections import CONTACT, SECRETS
from .choices import CORRECTABLE
from .lessons.warnings import with_history
from .models import VerificationRequest, WarningReason

SUBMIT = "tollfree.submit_verificationrequest"
APPROVE = "tollfree.approve_verificationrequest"
DELETE_REMOTE = "tollfree.delete_remote_verificationrequest"
CHANGE = "tollfree.change_verificationrequest"
ADD = "tollfree.add_verificationrequest"
# People who write requests, or decide to send them, work with the contacts and addresses in them.
SEE_CONTACTS = (CHANGE, SUBMIT, APPROVE)
SEE_OUTBOX = "mirror.view_outboxentry"


@dataclass(frozen=True)
class Note:
    """A note beside a field."""

    level: str
    text: str
    # What came of it when it was sent before.
    history: str = ""


@dataclass(frozen=True)
class Refusal:
    """What Telnyx refused: by field if it named one, else at the top. `corrected` are fields that changed since."""

    by_field: dict[str, list[str]]
    general: list[str]
    nothing: str
    corrected: frozenset[str] = frozenset()

    @property
    def headline(self) -> str:
        words = _("Telnyx refused the request. Correct what it names and submit again.")
        if count := len(self.by_field):
            words = ngettext("Telnyx refused %(count)s field.", "Telnyx refused %(count)s fields.", count)
            words %= {"count": count}
        return f"{words} {self.nothing}"

    @property
    def fields(self) -> dict[str, bool]:
        """The fields Telnyx refused, and whether each was corrected since."""
        return {field: field in self.corrected for field in self.by_field}


def sees_contacts(user: User) -> bool:
    """Return True if this person sees contacts and addresses."""
    return any(map(user.has_perm, SEE_CONTACTS))


def seen_of(request: VerificationRequest, user: User, *also: VerificationRequest) -> Sight:
    """Return what this person sees in texts about a request: no contacts if they may not see the request's contacts.

    `also` are other versions of it, whose contacts such a text may name.
    """
    if sees_contacts(user):
        return sight.WHOLE
    hidden = [getattr(version, name) for version in (request, *also) for name in (*CONTACT, *SECRETS)]
    return sight.masked(hidden, ours=request.phone_numbers)


def refusal(request: VerificationRequest, entry: OutboxEntry | None, seen: Sight) -> Refusal | None:
    """Return the refusal that still needs something from us, or None."""
    if entry is None or entry.state != OutboxEntry.State.REFUSED or request.gone_at:
        return None
    if request.remote_id is not None and request.remote_status not in CORRECTABLE:
        return None
    by_field: dict[str, list[str]] = {}
    general: list[str] = []
    for error in entry.errors:
        field = request.wire.field_for(error.get("pointer", ""))
        text = words.said(error, seen)
        if field:
            by_field.setdefault(field, []).append(text)
        else:
            general.append(text)
    corrected = frozenset(summary.changed_since(entry, request)) & by_field.keys()
    return Refusal(by_field, general, str(standing.NOTHING_HAPPENED[entry.operation]), corrected)


def ready(request: VerificationRequest, refused: Refusal | None, user: User) -> Parts:
    """Return how ready each section is for this person to send it."""
    return readiness.of(verified.told(request.problems(), user), refused.fields if refused else None)


def notes(
    request: VerificationRequest, refused: Refusal | None, user: User, *, check: bool
) -> dict[str, list[Note]]:
    """Return the notes beside the fields: always Telnyx's refusals, and our own findings if `check`."""
    found: dict[str, list[Note]] = {}
    for field, texts in (refused.by_field if refused else {}).items():
        is_corrected = refused is not None and field in refused.corrected
        level, words = ("warning", BEFORE) if is_corrected else ("error", _("Telnyx: %(text)s"))
        found[field] = [Note(level, words % {"text": text}) for text in texts]
    for problem in with_history(verified.told(request.problems(), user)) if check else []:
        if problem.rule.startswith(LINK):  # said beside the field anyway
            continue
        level = "error" if problem.level == Level.ERROR else "warning"
        found.setdefault(problem.field, []).append(Note(level, problem.message, problem.history))
    return found


BEFORE = gettext_lazy("Changed since Telnyx refused it. Telnyx said: %(text)s")


@dataclass(frozen=True)
class Version:
    """One promise: what was sent, by whom, and what Telnyx answered."""

    id: str
    number: int
    label: str
    who: str
    at: datetime
    group: str
    state: str
    answers: list[str]
    body: str
    # Whether it was sent: "past", "future" or "never".
    tense: str
    is_forgotten: bool
    url: str
    # Why it was submitted despite warnings, and although a number was verified.
    reason: str = ""
    verified_reason: str = ""
    # The colleague who approved it, where that was asked for.
    approver: str = ""


def versions(entries: Sequence[OutboxEntry], user: User, seen: Sight) -> list[Version]:
    """Return the promises as numbered versions, newest first."""
    may_look, is_open = user.has_perm(SEE_OUTBOX), sees_contacts(user)
    return [
        Version(
            id=str(entry.pk),
            number=len(entries) - position,
            label=entry.get_operation_label(),
            who=str(entry.requested_by or "-"),
            at=entry.created_at,
            group=words.ENTRY_GROUPS[entry.state],
            state=_state(entry),
            answers=[words.said(error, seen) for error in entry.errors],
            body=sight.of_entry(entry, is_open=is_open).body,
            tense=entry.tense(),
            is_forgotten=entry.is_forgotten(),
            url=outbox_url(entry) if may_look else "",
            reason=seen.words(given.reason) if (given := _given(entry)) else "",
            verified_reason=seen.words(given.of_verified()[1]) if given else "",
            approver=_approver(entry),
        )
        for position, entry in enumerate(entries)
    ]


def _given(entry: OutboxEntry) -> WarningReason | None:
    return getattr(entry, "warning_reason", None)


def _approver(entry: OutboxEntry) -> str:
    asked: Approval | None = getattr(entry, "approval", None)
    return name(asked.decided_by) if asked else ""


def _state(entry: OutboxEntry) -> str:
    """Return the state of a promise: what Telnyx received is not accepted by its reviewers yet."""
    if entry.was_taken_back():
        return _("Taken back before it was sent")
    is_received = entry.state == OutboxEntry.State.ACCEPTED and entry.operation in summary.CONTENT
    return str(timeline.RECEIVED if is_received else entry.get_state_display())


def page_url(request: VerificationRequest) -> str:
    return reverse("admin:tollfree_verificationrequest_change", args=[request.pk])


def decide_url(request: VerificationRequest) -> str:
    return reverse("admin:tollfree_verificationrequest_differences", args=[request.pk])


def live_url(request: VerificationRequest | None) -> str:
    """Return where the form asks how ready it is; None is a form not saved yet."""
    name = "admin:tollfree_verificationrequest_readiness"
    return reverse(name, args=[request.pk]) if request else reverse(f"{name}_new")


def submit_url(request: VerificationRequest) -> str:
    return reverse("admin:tollfree_verificationrequest_submit", args=[request.pk])


def give_url(request: VerificationRequest, can: str) -> str:
    """Return where the request is given to a colleague, with those offered who have this permission."""
    return f"{kinds.url_of(request, 'give')}?can={can.partition('.')[2]}"


def cannot_submit(request: VerificationRequest, ready: Parts, user: User) -> str:
    """Return why the button would refuse a person who may submit the request but not change it; "" if it wouldn't."""
    if not ready.to_fix or user.has_perm(CHANGE) or not user.has_perm(SUBMIT):
        return ""
    words = ngettext(
        "It can't be submitted yet: %(n)s thing has to be fixed first, see “Ready to submit?”. You may submit it but "
        "not change it.",
        "It can't be submitted yet: %(n)s things have to be fixed first, see “Ready to submit?”. You may submit it but "
        "not change it.",
        ready.to_fix,
    )
    return words % {"n": ready.to_fix}


def outbox_url(entry: OutboxEntry) -> str:
    return reverse("admin:mirror_outboxentry_change", args=[entry.pk])


def promises(request: VerificationRequest) -> list[OutboxEntry]:
    """Return every promise ever made, newest first, and remember the newest on the request."""
    found = outbox.entries(request).select_related("requested_by", "resource_type", "warning_reason")
    entries = list(found.select_related("approval__decided_by"))
    request.known_entry = entries[0] if entries else None
    return entries


def may(request: VerificationRequest, user: User) -> dict[str, bool]:
    """Return what this person may do with the request now."""
    editable, waits = request.is_editable(), request.waits_for_approval()
    return {
        "edit": editable and user.has_perm(CHANGE),
        "submit": editable and not waits and user.has_perm(SUBMIT),
        "decide": user.has_perm(CHANGE),
        "ask": bool(request.remote_id) and not request.gone_at and user.has_perm(SUBMIT),
        "delete_remote": request.can_delete_remote() and not waits and user.has_perm(DELETE_REMOTE),
        "close_case": request.can_close_case() and user.has_perm(CHANGE),
        "reopen_case": request.is_case_closed() and user.has_perm(CHANGE),
        "copy": user.has_perm(ADD),
        "see_secrets": user.has_perm(CHANGE),
        "see_contacts": sees_contacts(user),
    }


def progress(request: VerificationRequest, entries: Sequence[OutboxEntry], user: User) -> dict[str, Any]:
    """Return the parts of a page that change by themselves: both state lines, the versions and the history."""
    entry = entries[0] if entries else None
    allowed = may(request, user)
    seen = seen_of(request, user)
    # For this page only: every line that shows Telnyx's reason reads it from here.
    request.remote_reason = seen.words(request.remote_reason)
    telnyx = standing.telnyx_side(request) if request.remote_id else None
    since = request.gone_at or request.remote_status_at or request.created_at
    steps = timeline.steps(request, entries, seen)
    decides = entry is not None and entry.state == OutboxEntry.State.NEEDS_PERSON
    return {
        "record": request,
        "may": allowed,
        "ours": standing.our_side(request, entry),
        "telnyx": telnyx,
        "since": since,
        "timing": standing.timing(telnyx, since) if telnyx else "",
        "decides": decides,
        "undo": undoing.offered(entry, user),
        "decide_url": outbox_url(entry) if entry and decides and user.has_perm(SEE_OUTBOX) else "",
        "versions": versions(entries, user, seen),
        "steps": steps[: timeline.LONGEST],
        "older": len(steps) > timeline.LONGEST,
        "versions_url": reverse("admin:tollfree_verificationrequest_versions", args=[request.pk]),
        "history_url": reverse("admin:tollfree_verificationrequest_history", args=[request.pk]),
        "refresh": standing.refresh_seconds(request, entry),
        "shape": shape(request, allowed),
        # While a correction is on its way, what Telnyx asked for is being answered.
        "needs_us": telnyx is not None and telnyx.group == Group.NEEDS_US and not request.is_under_way(),
    }


def shown_values(request: VerificationRequest, entries: Sequence[OutboxEntry], user: User) -> dict[str, Any]:
    """Return the values of a read-only page: what is being sent, or what Telnyx holds with our own edits set apart."""
    allowed = may(request, user)
    masks = {"secrets": allowed["see_secrets"], "contacts": allowed["see_contacts"]}
    there = None if request.is_under_way() else summary.held(request)
    return {
        "blocks": summary.blocks(there or request, **masks),
        "holds_at": request.remote_as_of if there else None,
        "apart": summary.apart(request, entries, **masks),
        "holding": summary.holding(request, **masks),
    }


def everything(request: VerificationRequest, user: User) -> list[Step]:
    """Return the whole history, for the page that shows nothing else."""
    return timeline.steps(request, promises(request), seen_of(request, user))


def shape(request: VerificationRequest, allowed: dict[str, bool]) -> str:
    """Return a string that changes when the page itself has to change, not only its state lines."""
    open_to = [
        name for name in ("edit", "submit", "delete_remote", "close_case", "reopen_case") if allowed[name]
    ]
    # An open page shows what Telnyx changed; a decision makes a new version.
    copies = drift.seen(request, request.apart())
    state = [copies, str(request.asked_version), request.sync_state, request.known_status.replace(" ", "")]
    return "-".join([*open_to, *state, "gone" if request.gone_at else "here"])

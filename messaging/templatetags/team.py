"""Tags of a record's page that is people's work: {% load team %}."""

from typing import Any

from django import template
from django.template.context import RequestContext

from messaging.team import approvals, assign, kinds
from messaging.team import editing as now
from messaging.team import notes as about
from messaging.team.people import name, name_and_state

register = template.Library()


@register.inclusion_tag("desk/team/with.html", takes_context=True)
def with_whom(context: RequestContext, record: Any) -> dict[str, Any]:
    """Say who has a record, with what this person may do about that."""
    user = context["request"].user
    may, is_mine = kinds.of(record).may_have(user), record.assigned_to_id == user.pk
    giver = assign.giver(record) if may and is_mine else None
    return {
        "record": record,
        "holder": name_and_state(record.assigned_to),
        "is_mine": is_mine,
        "may": may,
        "giver": giver,
        "giver_name": name(giver),
        "seen": assign.seen(record),
        "take_url": kinds.url_of(record, "take"),
        "give_url": kinds.url_of(record, "give"),
        "release_url": kinds.url_of(record, "release"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("desk/team/approval.html", takes_context=True)
def approval(context: RequestContext, record: Any) -> dict[str, Any]:
    """Say that a record waits for approval, with what this person may do about that, or that it was sent back."""
    if record.asked_version is None and not approvals.is_needed(record):
        return {}
    last = approvals.newest(record)
    if last is None or record.is_under_way():
        return {}
    user, kind = context["request"].user, kinds.of(record)
    is_open, is_own = last.decision == approvals.Decision.OPEN, last.asked_by_id == user.pk
    is_waiting = is_open and record.waits_for_approval()
    # Of what is over nothing can be asked again.
    is_over = record.gone_at is not None or record.is_final()
    return {
        "last": last,
        "asker": name(last.asked_by),
        "decider": name(last.decided_by),
        "words": kind.seen(record, user).words(last.words),
        "is_own": is_own,
        "is_waiting": is_waiting,
        "is_lapsed": is_open and not is_waiting and not is_over,
        "is_sent_back": last.decision == approvals.Decision.SENT_BACK and not is_over,
        "may_approve": is_waiting
        and user.has_perm(kind.approve)
        and not approvals.why_not(last, record, user),
        "may_take_back": is_own or user.has_perm(kind.change),
        "approve_url": kinds.url_of(record, "approve"),
        "take_back_url": kinds.url_of(record, "take_back"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("desk/team/notes.html", takes_context=True)
def notes(context: RequestContext, record: Any) -> dict[str, Any]:
    """Show the notes about a record; whoever reads them has read what mentions them."""
    user = context["request"].user
    shown = about.of(record, user)
    if shown:
        about.mark_read(record, user)
    return {
        "shown": shown,
        "may_add": user.has_perm(about.PERMISSION),
        "longest": about.LONGEST,
        "add_url": kinds.url_of(record, "add_note"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("desk/team/editing.html", takes_context=True)
def editing(context: RequestContext, record: Any, form: str) -> dict[str, Any]:
    """Say who else is editing the record; the script beside it says that the form with this id is open."""
    return {
        "words": now.words(record, context["request"].user),
        "form": form,
        "url": kinds.url_of(record, "editing"),
    }

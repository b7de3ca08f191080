"""The list of the log: one search box, filters, pages by place, and searches to save, share or open with."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DataError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import number_address, number_lookup
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame, user_of, uuid_or_none
from messaging.log import (
    blocked,
    campaigns,
    codes,
    filters,
    groups,
    keyset,
    masking,
    purposes,
    query,
    rich,
    searches,
    timeline,
)
from messaging.log.choices import STATUS_GROUP_WORDS, STATUS_GROUPS, Direction, Status, TermKind
from messaging.log.filters import PARAMETERS, TYPES, WHEN, Criteria
from messaging.log.keyset import Page, Place
from messaging.log.query import NOTHING, Term
from messaging.log.searches import Offers, Search
from messaging.mirror import retention, throttle
from messaging.models import DefaultSearch, LogSearch, Message
from messaging.numbers import find_number
from messaging.validators import TOLD_APART, display_number, has_marks, mask_number

logger = logging.getLogger(__name__)

FOLDER = "admin/messaging/message/"
LIST = "admin:messaging_message_changelist"
KEEP = "messaging.add_logsearch"
ASK = "messaging.add_messagequestion"
EXPORT = "messaging.export_message"
MOST_CONVERSATIONS = 10


def show_list(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show one page of the log."""
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    user = check(request, model_admin)
    wanted = request.GET.get("view", "")
    offered = searches.offers(user, uuid_or_none(wanted) if wanted else None)
    if wanted and offered.wanted is None:
        raise Http404
    if not request.GET and offered.default:
        return HttpResponseRedirect(address(offered.default))
    search = offered.wanted or Search(criteria=filters.read(_without_sender(request.GET)))
    searches.note_use(search)
    return _list(request, model_admin, search, offered)


def _list(
    request: HttpRequest, model_admin: DeskModelAdmin, search: Search, offered: Offers, **refused: Any
) -> HttpResponse:
    """Show what a search finds; `refused` says why it was not saved or made, and holds what was typed."""
    user = user_of(request)
    if search.term.kind == TermKind.WORDS and not user.has_perm(searches.WORDS_PERMISSION):
        raise PermissionDenied(searches.WORDS_PERMISSION)
    context = {
        **frame(request, model_admin, _("Messages")),
        **_form(user, search, offered),
        **_results(request, search),
        "kept_days": retention.days("messages"),
        "may_ask": user.has_perm(ASK),
        "may_keep": user.has_perm(KEEP),
        "export_url": _export_url(search) if user.has_perm(EXPORT) else "",
        **refused,
    }
    return TemplateResponse(
        request, f"{FOLDER}list.html", context, status=503 if context["empty"] == "failed" else 200
    )


def _without_sender(values: Any) -> dict[str, str]:
    return {name: values.get(name, "") for name in PARAMETERS}


def address(search: Search) -> str:
    """Return the list's URL for a search: filters in the clear, everything personal behind an id."""
    url = reverse(LIST)
    if search.id:
        return f"{url}?view={search.id}"
    query = {name: value for name, value in search.criteria.as_json().items() if name in PARAMETERS}
    return f"{url}?{urlencode(query or {'all': 1})}"


def _export_url(search: Search) -> str:
    return f"{reverse('admin:messaging_message_export')}?{address(search).partition('?')[2]}"


def _results(request: HttpRequest, search: Search) -> dict[str, Any]:
    before, after = (Place.read(request.GET.get(name, "")) for name in ("before", "after"))
    how = keyset.plan(search.term, search.criteria)
    try:
        page = keyset.look(how, before=before, after=None if before else after)
        empty, hidden = _why_empty(page, search, is_first=not before and not after)
    except (OperationalError, DataError) as error:
        # Only the kind of error: its message may contain what was searched for.
        logger.warning("A page of the message log could not be read (%s).", type(error).__name__)
        connection.close_if_unusable_or_obsolete()
        page, empty, hidden = Page(), "failed", 0
    url = address(search)
    asked = search.term.meant if search.term.kind == TermKind.ADDRESS else ()
    out, tests = blocked.words(page.rows, asked), purposes.tests(page.rows)
    known = {row.pk for row in page.rows}
    copies = groups.in_copy(asked) if asked and not before and not after else []
    shown = masking.LIST.their_numbers([*page.rows, *copies])
    return {
        "rows": [
            {
                **_row(message, shown),
                "blocked": out.get(blocked.pair(message), ""),
                "is_test": message.remote_id in tests,
            }
            for message in page.rows
        ],
        "copies": [_row(message, shown) for message in copies if message.pk not in known],
        "blocked": [(mask_number(number), out["", number]) for number in asked if ("", number) in out],
        "asked": [(mask_number(number), number_address.url_of(number)) for number in asked],
        "empty": empty,
        "hidden": hidden,
        "hidden_more": hidden >= keyset.SIZE,
        "older_url": f"{url}&before={page.older}" if page.older else "",
        "newer_url": f"{url}&after={page.newer}" if page.newer else "",
        "newest_url": url if before or after else "",
        "further_url": f"{url}&before={page.looked_back_to}" if page.looked_back_to else "",
        "looked_back_to": page.looked_back_to,
        "window": keyset.WINDOW,
        "url": url,
        "conversations": _conversations(page.rows, shown) if search.term else [],
        "told_apart": TOLD_APART if has_marks(shown) else "",
        "our_numbers": _our_numbers(page.rows, search.term),
        "sender_of": page.rows[0] if search.criteria.sender and page.rows else None,
        "retry_url": request.get_full_path() if request.method == "GET" else url,
    }


def _why_empty(page: Page, search: Search, *, is_first: bool) -> tuple[str, int]:
    """Return which of the empty pages it is, and how many rows the filters hide, counted up to one page."""
    if page.rows:
        return "", 0
    if page.looked_back_to:
        return "further", 0
    if not is_first:
        return "end", 0
    if search.criteria:
        hidden = len(keyset.look(keyset.plan(search.term)).rows)
        if hidden:
            return "filtered", hidden
    return ("no_match" if search.term else "nothing"), 0


def _row(message: Message, shown: Mapping[str, str]) -> dict[str, Any]:
    group, words = timeline.pill(message)
    return {
        "message": message,
        "their_number": shown.get(message.their_address) or masking.LIST.their_number(message),
        "our_number": masking.LIST.our_number(message),
        "group": group,
        "status": words,
        "error": _error(message),
        "instead": rich.INSTEAD % {"type": message.type},
        "is_overdue": timeline.is_overdue(message),
        "effect": timeline.effect(message),
    }


SHORTEST_NUMBER = 10


def is_masked(term: Term) -> bool:
    """Return True if nobody typed the number: the search was made from a page that shows it masked."""
    return term.kind == TermKind.ADDRESS and term.text == mask_number(term.meant[0]) != term.meant[0]


def _could_be_words(term: Term) -> bool:
    """Return True if what was typed may be meant as words of a text: an order number, or the name of a sender."""
    digits = sum(map(str.isdigit, term.text))
    is_address = term.kind == TermKind.ADDRESS
    return term.kind == TermKind.LAST_FOUR or (
        is_address and (digits < SHORTEST_NUMBER or any(map(str.isalpha, term.text)))
    )


def _error(message: Message) -> str:
    if not message.error_code:
        return ""
    if message.has_arrived():
        return _("Code %(code)s on the way, but it arrived") % {"code": message.error_code}
    # Telnyx's own words may repeat the text, which a list does not load.
    return f"{message.error_code} {masking.explained(message.error_code, message.their_line_type)}".strip()


def _conversations(rows: list[Message], shown: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the pairs among the hits on this page, each with its newest hit."""
    pairs: dict[tuple[str, str], dict[str, Any]] = {}
    for message in rows:
        pair = message.our_address, message.their_address
        found = pairs.setdefault(pair, {**_row(message, shown), "hits": 0})
        found["hits"] += 1
    return list(pairs.values())[:MOST_CONVERSATIONS]


def _our_numbers(rows: list[Message], term: Term) -> list[dict[str, str]]:
    """Return those of our own addresses that the term means and that the hits prove to be ours."""
    if term.kind not in (TermKind.ADDRESS, TermKind.LAST_FOUR):
        return []
    ours = {message.our_address for message in rows} & set(term.meant)
    return [{"address": found, "shown": display_number(found)} for found in sorted(ours)]


def _form(user: User, search: Search, offered: Offers) -> dict[str, Any]:
    """Return what the box and the filters show. Someone else's term stays behind its id."""
    term, chosen = search.term, search.criteria
    is_clear = not term or search.is_of(user) or term.kind in (TermKind.ID, TermKind.WORDS)
    is_clear = is_clear and not is_masked(term)
    sender = display_number(chosen.sender)
    return {
        "search": search,
        "term": term,
        "term_shown": term.text if is_clear else mask_number(term.meant[0]),
        "is_clear": is_clear,
        "kind": TermKind(term.kind).label if term else "",
        "may_words": user.has_perm(searches.WORDS_PERMISSION),
        "could_be_words": is_clear and _could_be_words(term) and user.has_perm(searches.WORDS_PERMISSION),
        "chosen": chosen,
        "sender_shown": sender,
        "chips": filters.chips(chosen, offered.profiles, sender),
        "saved": offered.saved,
        "is_waiting": not term
        and not search.name
        and chosen == Criteria(answer=filters.WAITING, when="week"),
        "is_mine": bool(search.name) and search.is_of(user),
        "statuses": _statuses(chosen.status),
        "error_groups": [(name, words) for name, (words, _codes) in codes.GROUPS.items()],
        "campaigns": campaigns.CHOICES,
        "directions": Direction.choices,
        "types": TYPES if not chosen.type or chosen.type in TYPES else (*TYPES, chosen.type),
        "profiles": list(offered.profiles.items())[: searches.MOST_OFFERED],
        "whens": WHEN,
        "elsewhere": term.kind in (TermKind.ADDRESS, TermKind.LAST_FOUR) and search.id,
        "suggested": ", ".join(words for _name, words in filters.chips(chosen, offered.profiles, sender))[
            :80
        ],
    }


def _statuses(chosen: str) -> list[tuple[str, Any]]:
    grouped = {status for group in filters.ALONE.values() for status in STATUS_GROUPS[group]}
    words = [(status.value, status.label) for status in Status if status not in grouped]
    known = [*STATUS_GROUP_WORDS, *words]
    return known if not chosen or chosen in dict(known) else [*known, (chosen, chosen)]


@require_POST
def find(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take the box and the filters, and redirect to the list; what was typed stays out of the URL."""
    user = check(request, model_admin)
    kept = _kept(request, user)
    what = searches.understand(request.POST.get("q", ""), as_words=bool(request.POST.get("as_words")))
    if what.kind == TermKind.ADDRESS:
        throttle.spend(throttle.NUMBERS, user.pk)
    if not request.POST.get("q", "").strip() and kept:
        what = kept.term
    chosen = filters.read({**request.POST.dict(), "sender": _sender(request.POST.get("sender", ""))})
    dropped = request.POST.get("drop", "")
    if dropped == "term":
        what = NOTHING
    elif dropped == "all":
        chosen = Criteria()
    elif dropped in Criteria.__dataclass_fields__:
        chosen = filters.without(chosen, dropped)
    if what.kind == TermKind.WORDS and not user.has_perm(searches.WORDS_PERMISSION):
        # Shown at once, not led to: the words are personal, so they go into no address. Others' words stay theirs.
        refused = {"term_shown": request.POST.get("q", "").strip(), "empty": "no_words"}
        offered = searches.offers(user, None)
        return _list(request, model_admin, Search(criteria=chosen), offered, **refused)
    if request.POST.get("q", "").strip() and not what and dropped != "term":
        words = _("Type at least one letter or digit to search for. Emoji and symbols can't be searched for.")
        messages.warning(request, words)
    elif what.kind == TermKind.WORDS and (signs := query.unsearchable(what.text)):
        words = _("Emoji and symbols can't be searched for, so only the words were. Left out: %(signs)s.")
        messages.warning(request, words % {"signs": signs})
    return HttpResponseRedirect(address(_search(user, what, chosen)))


@require_POST
def of_number(request: HttpRequest, token: str, model_admin: DeskModelAdmin) -> HttpResponse:
    """Lead from the page about a number to all of its messages; the number stays out of the URL, and masked."""
    user, number = check(request, model_admin), number_address.number_in(token)
    if not number:
        raise Http404
    what = Term(mask_number(number), TermKind.ADDRESS, (number,))
    chosen = filters.read({"direction": request.GET.get("direction", "")})
    return HttpResponseRedirect(address(_search(user, what, chosen)))


def _kept(request: HttpRequest, user: User) -> Search | None:
    id = uuid_or_none(request.POST.get("keep", ""))
    return searches.get(user, id) if id else None


def _sender(typed: str) -> str:
    """Return one of our own addresses the way the log has it."""
    text = typed.strip()
    return find_number(text) or text


def _search(user: User, what: Term, chosen: Criteria) -> Search:
    if not what and not chosen.sender:
        return Search(criteria=chosen)
    return Search(what, chosen, searches.keep(user, what, chosen).pk)


@require_POST
def save(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Save what the list shows under a name, for oneself or for everyone."""
    user = check(request, model_admin, KEEP)
    kept = _kept(request, user)
    if request.POST.get("keep") and kept is None:
        raise Http404
    search = kept or Search(criteria=filters.read(_without_sender(request.POST)))
    name = " ".join(request.POST.get("name", "").split())
    is_shared = bool(request.POST.get("shared"))
    try:
        if not name:
            raise searches.Refused(_("Give the search a name."))
        row = searches.save(user, search.term, search.criteria, name=name, is_shared=is_shared)
    except searches.Refused as refused:
        offered = searches.offers(user, search.id)
        return _list(
            request,
            model_admin,
            search,
            offered,
            not_saved=str(refused),
            suggested=name,
            is_shared=is_shared,
            as_default=bool(request.POST.get("default")),
        )
    if request.POST.get("default"):
        DefaultSearch.objects.update_or_create(user=user, defaults={"search": row})
    said = _("Saved for everyone as “%(name)s”.") if row.is_shared else _("Saved as “%(name)s”.")
    messages.success(request, said % {"name": row.name})
    return HttpResponseRedirect(address(Search(id=row.pk)))


@require_POST
def forget(request: HttpRequest, id: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Delete a named search of one's own."""
    user = check(request, model_admin, KEEP)
    row = get_object_or_404(LogSearch, pk=id)
    if row.owner_id != user.pk or not row.name:
        raise PermissionDenied
    row.delete()
    messages.success(request, _("“%(name)s” deleted.") % {"name": row.name})
    return HttpResponseRedirect(f"{reverse(LIST)}?all=1")


@require_POST
def make_default(request: HttpRequest, id: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Make the log open with this search from now on, or no longer."""
    user = check(request, model_admin, KEEP)
    row = get_object_or_404(LogSearch, pk=id)
    if row.owner_id != user.pk and not row.is_shared:
        raise PermissionDenied
    if request.POST.get("on"):
        DefaultSearch.objects.update_or_create(user=user, defaults={"search": row})
        messages.success(request, _("Your log now opens with “%(name)s”.") % {"name": row.name})
    else:
        DefaultSearch.objects.filter(user=user).delete()
        messages.success(request, _("Your log now opens with all messages."))
    return HttpResponseRedirect(address(Search(id=row.pk)))


@require_safe
def elsewhere(request: HttpRequest, id: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what else is known about the number that someone is searching for."""
    user = check(request, model_admin)
    search = searches.get(user, id)
    if search is None:
        raise Http404
    term = search.term
    needle = number_lookup.Needle()
    if term.kind == TermKind.LAST_FOUR:
        needle = number_lookup.Needle(ending=term.meant[0])
    elif term.kind == TermKind.ADDRESS:
        needle = number_lookup.Needle(numbers=term.meant)
    found = number_lookup.elsewhere(user, needle) if needle != number_lookup.Needle() else []
    return render(request, f"{FOLDER}elsewhere.html", {"found": found})

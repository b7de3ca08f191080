"""The admin site: the sidebar, the home page, the login page and the banner of every page."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from unfold.sites import UnfoldAdminSite

from config import asking, company_pages, first_steps, login, passkey_pages, roles, roles_page, security
from config.middleware import UTC_COOKIE
from config.people import sign_ins
from messaging.desk import (
    accepting,
    arrival,
    differing,
    finding,
    health_page,
    home,
    menu,
    number_address,
    number_lookup,
)
from messaging.desk.pages import user_of
from messaging.log import customer, query
from messaging.log.choices import TermKind
from messaging.log.customer_texts import Say
from messaging.management.commands.demo_users import open_logins
from messaging.mirror import retention, throttle
from messaging.mirror.wording import Words
from messaging.notices import views as notices
from messaging.number_page import find_events, show_number
from messaging.numbers import find_number
from messaging.outbox_acts import views as outbox_acts
from messaging.replays import views as replays
from messaging.team import calendar_link, calendar_views, note_views
from messaging.team import home as team_home
from messaging.team import views as team
from messaging.validators import mask_number

MOST_URGENT = 8
# Fewer letters than these find pages only.
SHORTEST_QUICK = 2
# A page of everything that waits.
PAGE = 50
# The last searches of a session.
SEARCHES, MOST_SEARCHES = "desk_searches", 5
COOKIE_AGE = 365 * 86400

# Pages that aren't lists: their URL names, and who may open them.
PAGES: dict[str, Callable[[User], bool]] = {
    "desk_health": lambda user: user.has_perm(health_page.VIEW),
    "desk_roles": lambda user: user.has_perm(roles_page.VIEW),
    "desk_differences": differing.may_read,
    "rcs_rcsbrand_board": lambda user: user.has_perm("rcs.view_rcsbrand"),
}
# Title, icon and model or page: an entry shows when the model has an admin page the person may view.
NAVIGATION: Sequence[tuple[Words, Sequence[tuple[Words, str, str]]]] = (
    (
        _("Work"),
        [
            (_("Toll-free verifications"), "verified", "tollfree.VerificationRequest"),
            (_("Business profiles"), "store", "tollfree.BusinessProfile"),
            (_("Rejection reasons"), "help", "tollfree.RejectionReason"),
            (_("Hosted orders"), "sms", "hosted.HostedOrder"),
            (_("Hosted numbers"), "dialpad", "hosted.HostedNumber"),
            (_("Differences from Telnyx"), "difference", "desk_differences"),
        ],
    ),
    (
        _("Messaging"),
        [
            (_("Messages"), "chat", "messaging.Message"),
            (_("Sent from here"), "send", "messaging.ComposedMessage"),
            (_("Saved texts"), "text_snippet", "messaging.SavedText"),
            (_("Opt-outs"), "do_not_disturb_on", "messaging.OptOut"),
            (_("Auto-responses"), "quickreply", "messaging.AutoResponse"),
            (_("Profiles"), "forum", "messaging.MessagingProfile"),
            (_("Alphanumeric senders"), "badge", "messaging.AlphanumericSender"),
            (_("Exports"), "download", "messaging.Export"),
            (_("Evidence files"), "gavel", "messaging.Evidence"),
        ],
    ),
    (
        _("RCS"),
        [
            (_("RCS messages"), "view_carousel", "rcs.RcsMessage"),
            (_("RCS templates"), "dashboard_customize", "rcs.RcsTemplate"),
            (_("RCS agents"), "smart_toy", "rcs.RcsAgent"),
            (_("RCS registration"), "how_to_reg", "rcs_rcsbrand_board"),
            (_("RCS phones"), "smartphone", "rcs.Capability"),
        ],
    ),
    (
        _("Requests and events"),
        [
            (_("Health"), "monitor_heart", "desk_health"),
            (_("Incidents"), "emergency_home", "mirror.Incident"),
            (_("Outbox"), "outbox", "mirror.OutboxEntry"),
            (_("API attempts"), "swap_vert", "mirror.Attempt"),
            (_("API log"), "receipt_long", "mirror.ApiCall"),
            (_("Webhook events"), "inbox", "mirror.WebhookEvent"),
            (_("Import from Telnyx"), "cloud_download", "mirror.Import"),
            (_("Lost webhooks"), "move_to_inbox", "mirror.Recovery"),
            (_("Audit"), "history", "mirror.AuditEntry"),
            (_("Message views"), "visibility", "messaging.Reveal"),
            (_("Views of records"), "visibility", "mirror.RecordView"),
            (_("Retention"), "auto_delete", "mirror.Purge"),
        ],
    ),
    (
        _("People"),
        [
            (_("People"), "person", "auth.User"),
            (_("Groups"), "group", "auth.Group"),
            (_("Roles"), "badge", "desk_roles"),
        ],
    ),
)

menu.call((title, label) for _group, entries in NAVIGATION for title, _icon, label in entries)


class DeskSite(UnfoldAdminSite):
    site_header = "telnyx-desk"
    index_title = _("My work")
    enable_nav_sidebar = True

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("desk/banner/", banner, name="desk_banner"),
            path("desk/health/", self.admin_view(health_page.page), name="desk_health"),
            path("desk/health/test/", self.admin_view(arrival.send), name="desk_webhook_test"),
            path("desk/differences/", self.admin_view(differing.page), name="desk_differences"),
            path("desk/differences/accept/", self.admin_view(accepting.page), name="desk_accept_differences"),
            path("desk/roles/", self.admin_view(roles_page.page), name="desk_roles"),
            *security.patterns(),
            *passkey_pages.patterns(),
            *company_pages.patterns(),
            *sign_ins.patterns(),
            *notices.patterns(),
            *outbox_acts.patterns(),
            *replays.patterns(),
            # In place of Django's, which fails for records whose ids are UUIDs.
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(nowhere), name="view_on_site"),
            path("desk/signed-in/", signed_in, name="desk_signed_in"),
            path("desk/zone/", self.admin_view(zone), name="desk_zone"),
            path("desk/find/", self.admin_view(find), name="desk_find"),
            path("desk/quick/", self.admin_view(quick), name="desk_quick"),
            path("desk/find/<uuid:id>/", self.admin_view(found), name="desk_found"),
            path("desk/number/<str:token>/", self.admin_view(show_number), name="desk_number"),
            path("desk/events-of-number/", self.admin_view(find_events), name="desk_events_of_number"),
            path("desk/waiting/", self.admin_view(waiting), name="desk_waiting"),
            path("desk/work-of/<int:id>/", self.admin_view(team.give_all), name="desk_work_of"),
            path(
                "desk/mention/<int:id>/dismiss/",
                self.admin_view(note_views.dismiss),
                name="desk_dismiss_mention",
            ),
            path("desk/calendar/", self.admin_view(calendar_views.page), name="desk_calendar"),
            path("desk/calendar/make/", self.admin_view(calendar_views.make), name="desk_calendar_make"),
            path(
                "desk/calendar/choose/", self.admin_view(calendar_views.choose), name="desk_calendar_choose"
            ),
            path("desk/calendar/off/", self.admin_view(calendar_views.turn_off), name="desk_calendar_off"),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return what Django's own home page lists, built only on demand: our sidebar doesn't use it."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        sections = home.sections(request.user)  # type: ignore[arg-type]
        first, first_cards, finds = roles.begins_with(user_of(request))
        kinds = [kind for section in sections for kind in section.waiting]
        own = [kind for section in sections for kind in section.mine]
        urgent, mine = home.shown_together(
            [*own, *kinds],
            home.first_of(kinds, 0, MOST_URGENT),
            home.first_of(own, 0, MOST_URGENT),
        )
        context = {
            "cards": home.in_order((card for section in sections for card in section.cards), first_cards),
            "first_steps": first_steps.steps(user_of(request)),
            "first": [link for label in first if (link := _link(request, label))],
            "finds": finds,
            "urgent": urgent,
            "has_own": bool(own),
            "may_have_calendar": calendar_link.may_have(request.user),  # type: ignore[arg-type]
            "mine": mine,
            "mentions": team_home.mentions(request.user),  # type: ignore[arg-type]
            "left_behind": team_home.left_behind(request.user),  # type: ignore[arg-type]
            "starts": [section.start for section in sections if section.start],
            "starts_named": [section.start_named for section in sections if section.start_named],
            "welcomes": [section for section in sections if section.welcome and section.start],
            "sandbox_url": sandbox_url(),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        """Return True if somebody is signed in with every factor they need."""
        is_leaving = request.path == reverse("admin:logout")
        return super().has_permission(request) and (is_leaving or not asking.owes_factor(request))

    @login_not_required
    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET" and super().has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "demo_logins": demo_logins(),
            "company": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            **(extra_context or {}),
        }
        request.current_app = self.name
        return security.DeskLogin.as_view(extra_context=context)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        request.current_app = self.name
        return PasswordChangeView.as_view(
            form_class=login.OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return one person's sidebar: what their roles work with, and under "More" whatever else they may open."""
    work = roles.work_of(user_of(request))
    home_link = {"title": _("My work"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"title": NAVIGATION[0][0], "items": [home_link]}]
    more: list[dict[str, Any]] = []
    for number, (title, entries) in enumerate(NAVIGATION):
        own = [entry for entry in entries if not work or entry[2] in work]
        if number:
            groups.append({"title": title, "separator": True, "items": []})
        groups[-1]["items"] += _items(request, own)
        more += _items(request, [entry for entry in entries if entry not in own])
    groups.append({"title": _("More"), "separator": True, "collapsible": True, "items": more})
    return [group for group in groups if group["items"]]


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links of the user menu."""
    user = request.user
    links: list[dict[str, Any]] = []
    if not user.is_authenticated:
        return links
    links.append({"title": _("Sign-in and security"), "link": reverse("admin:desk_security")})
    links.append({"title": _("Notice settings"), "link": reverse("admin:desk_notice_settings")})
    if calendar_link.may_have(user):
        links.append({"title": _("Calendar"), "link": reverse("admin:desk_calendar")})
    if user.has_usable_password():
        links.append({"title": _("Change password"), "link": reverse("admin:password_change")})
    return links


def _link(request: HttpRequest, label: str) -> dict[str, Any] | None:
    """Return the entry of the sidebar for a model or page, or None if this person may not open it."""
    entries = [entry for _title, group in NAVIGATION for entry in group if entry[2] == label]
    return next(iter(_items(request, entries)), None)


def _items(request: HttpRequest, items: Sequence[tuple[Words, str, str]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse(f"admin:{page_of(label)}")}
        for title, icon, label in items
        if _may_open(request, label)
    ]


def page_of(label: str) -> str:
    """Return the URL name of an entry of the sidebar."""
    return label if label in PAGES else f"{label.lower().replace('.', '_')}_changelist"


def _may_open(request: HttpRequest, label: str) -> bool:
    if label in PAGES:
        return PAGES[label](user_of(request))
    model = apps.get_model(label)
    if not admin.site.is_registered(model):
        return False
    return admin.site.get_model_admin(model).has_view_permission(request)


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """List everything that waits for us, or only what is with this person, of all kinds, most urgent first."""
    is_mine = request.GET.get("with") == "me"
    number = request.GET.get("page", "")
    page = int(number) if re.fullmatch("[1-9][0-9]{0,2}", number) else 1
    sections = home.sections(request.user)  # type: ignore[arg-type]
    kinds = [kind for section in sections for kind in (section.mine if is_mine else section.waiting)]
    found = home.most_urgent(kinds, (page - 1) * PAGE, PAGE + 1)
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("With me") if is_mine else _("Waiting for us"),
        "is_mine": is_mine,
        "urgent": found[:PAGE],
        "page": page,
        "before": page - 1,
        "after": page + 1 if len(found) > PAGE else 0,
    }
    return TemplateResponse(request, "admin/waiting.html", context)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Keep what is searched for in the session, and lead to what was found: it stays out of addresses and logs."""
    term = finding.tidy(request.POST.get("q", ""))
    if not re.search(r"\w", term):
        messages.warning(request, _("Type at least one letter or digit to search for."))
        return HttpResponseRedirect(reverse("admin:index"))
    if numbers_meant(term):
        throttle.spend(throttle.NUMBERS, request.user.pk)
    id = str(uuid4())
    kept = list(request.session.get(SEARCHES, {}).items())[1 - MOST_SEARCHES :]
    request.session[SEARCHES] = {**dict(kept), id: term}
    return HttpResponseRedirect(reverse("admin:desk_found", args=[id]))


@never_cache
@require_safe
def found(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show what every app found for a search of this session, in groups."""
    term = request.session.get(SEARCHES, {}).get(str(id), "")
    language = customer.language(request.GET.get("say"))
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "term": term,
        "numbers": numbers_meant(term) if number_lookup.may_read(request.user) else [],  # type: ignore[arg-type]
        "groups": finding.everywhere(request.user, term) if term else [],  # type: ignore[arg-type]
        "may_find_messages": request.user.has_perm("messaging.view_message"),
        "kept_days": retention.days("messages"),
        "said": customer.text(Say.NOTHING_FOUND, language),
        "language": language,
        "languages": customer.choices(language),
    }
    return TemplateResponse(request, "admin/found.html", context)


@never_cache
@require_POST
def quick(request: HttpRequest) -> HttpResponse:
    """Return what the box on every page finds while somebody types: pages they may open, then records."""
    user, term = cast(User, request.user), finding.tidy(request.POST.get("q", ""))
    groups = [pages_named(request, term)]
    if re.search(r"\w", term) and len(term) >= SHORTEST_QUICK:
        if numbers := numbers_meant(term):
            throttle.spend(throttle.NUMBERS, user.pk)
        if number_lookup.may_read(user):
            groups.append(_about_numbers(numbers))
        groups += finding.everywhere(user, term)
    groups = [group for group in groups if group.hits]
    count = sum(len(group.hits) for group in groups)
    words = ngettext("%(n)s found", "%(n)s found", count) % {"n": count}
    context = {"groups": groups, "words": words if count else _("Nothing found in the records you can see.")}
    return render(request, "desk/quick_found.html", context)


def pages_named(request: HttpRequest, term: str) -> finding.Found:
    """Return the pages of this person's sidebar and user menu whose title holds every word; all without a term."""
    words = term.casefold().split()
    items = [item for group in navigation(request) for item in group["items"]]
    items.insert(1, {"title": _("Waiting for us"), "link": reverse("admin:desk_waiting")})
    hits = [
        finding.Hit(str(item["title"]), "", item["link"])
        for item in [*items, *account(request)]
        if all(word in str(item["title"]).casefold() for word in words)
    ]
    return finding.Found(_("Pages"), hits, has_more=False, list_url="")


def _about_numbers(numbers: Sequence[tuple[str, str]]) -> finding.Found:
    title = _("Everything about %(number)s")
    hits = [finding.Hit(title % {"number": number}, "", url) for number, url in numbers]
    return finding.Found(_("Numbers"), hits, has_more=False, list_url="")


def numbers_meant(term: str) -> list[tuple[str, str]]:
    """Return each number that a search means, masked, with the address of its page."""
    what = query.read(term)
    meant = what.meant if what.kind == TermKind.ADDRESS else ()
    if what.kind == TermKind.WORDS and (beside := find_number(term)):
        meant = (beside,)
    return [(mask_number(number), number_address.url_of(number)) for number in meant]


@login_not_required
@never_cache
@require_safe
def banner(request: HttpRequest) -> HttpResponse:
    """Return the banner alone, for a page that is already open. Without a login it's empty, never a login page.

    The headers tell the page who is signed in now, and the token its forms need since (static/desk/typed.js). Asking
    makes the sign-in last longer only if somebody typed or clicked meanwhile.
    """
    if not admin.site.has_permission(request):
        return HttpResponse(status=204, headers={"X-Desk-User": ""})
    response = render(request, "desk/banner_alone.html")
    response.headers["X-Desk-User"] = str(request.user.pk)
    response.headers["X-Desk-Token"] = get_token(request)
    return response


def nowhere(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Answer that there is no such page: no record of the desk is shown on another site."""
    raise Http404


@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Say that the other tab, where something was being typed, can be used again."""
    return render(request, "desk/signed_in.html")


@require_POST
def zone(request: HttpRequest) -> HttpResponse:
    """Switch all times to UTC, or back to the browser's time zone, and return to the page."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("admin:index")
    response = HttpResponseRedirect(back)
    if request.POST.get("utc"):
        response.set_cookie(UTC_COOKIE, "1", max_age=COOKIE_AGE, secure=request.is_secure(), samesite="Lax")
    else:
        response.delete_cookie(UTC_COOKIE, samesite="Lax")
    return response


def demo_logins() -> list[str]:
    """Return the demo logins that exist, on a private installation only."""
    return list(filter(login.has_password_here, open_logins())) if settings.PRIVATE else []


def sandbox_url() -> str:
    """Return the address of the sandbox's console if a private installation talks to one, otherwise ""."""
    parts = urlsplit(settings.TELNYX_BASE_URL)
    is_ours = settings.PRIVATE and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return f"{parts.scheme}://{parts.netloc}/" if is_ours else ""

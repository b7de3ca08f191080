"""The pages and actions around one profile. An action is a POST that needs its permission and returns to the page."""

import json
from copy import copy
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import outbox_words, three_ways, undoing
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import NotAllowed, action_view, form_token, frame, get_or_404, user_of, uuid_or_none
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import AlphanumericSender, MessagingProfile, NewSecret

from . import assigning, formpage, page, values, webhook_check
from . import figures as drawing
from . import forms as typing_in
from .forms import ProfileForm

FOLDER = "admin/messaging/messagingprofile/"


# Pages.


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show a profile; what is out of date is read again meanwhile."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin)
    if profile.is_there() and is_old(profile):
        sync.ask_soon(profile, Source.PERSON)
        profile.next_poll_at = clock.now()
    context = {**frame(request, model_admin, str(profile)), **_inside(profile, user_of(request))}
    return TemplateResponse(request, f"{FOLDER}profile.html", context | {"original": profile})


def is_old(profile: MessagingProfile) -> bool:
    return profile.remote_as_of is None or clock.now() - profile.remote_as_of > page.FRESH


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the part that updates by itself, for a page that keeps refreshing."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", _inside(profile, user_of(request)))


def _inside(profile: MessagingProfile, user: User) -> dict[str, Any]:
    made = [(one, assigning.page_url(one)) for one in assigning.recent(profile)]
    return page.context(profile, user) | {"assignments": made}


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take the settings of a new profile and promise to create it, once."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(page.ADD)
    fresh = MessagingProfile(webhook_url=webhook_check.our_address(), whitelisted_destinations=["US"])
    form = _form(request, fresh, fresh)
    form.fields["draft_id"].initial = uuid4()
    if request.method == "POST" and form.is_valid():
        return _create(request, form)
    context = {**frame(request, model_admin, _("New messaging profile")), "is_new": True}
    return TemplateResponse(request, f"{FOLDER}form.html", context | formpage.context(form))


def _create(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    """Save what was typed and promise it in one transaction; a second click opens the same profile."""
    pk = form.cleaned_data["draft_id"]
    if pk is None:
        raise BadRequest("an id for the profile is missing")
    with transaction.atomic():
        profile, made = MessagingProfile.objects.get_or_create(
            pk=pk, defaults={"created_by": user_of(request)}
        )
        if profile.created_by_id != request.user.pk:  # the id belongs to someone else's record
            raise PermissionDenied
        if made:
            values.take(profile, form.settings())
            profile.save()
            outbox.add(profile, "create", requested_by=user_of(request), form_token=pk.hex)
            messages.success(request, _("Queued for Telnyx."))
        else:
            messages.info(request, _("Already requested; the answer will appear here."))
    return HttpResponseRedirect(page.page_url(profile))


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Change settings: only what differs from what Telnyx holds is sent. What Telnyx refused is shown here again."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin, page.CHANGE)
    if not page.may(profile, user_of(request))["edit"]:
        messages.warning(
            request, _("Nothing can be changed while a request is in progress or after the profile is gone.")
        )
        return HttpResponseRedirect(page.page_url(profile))
    refused = _refused(profile)
    form = _form(request, profile, profile, refused)
    ways = three_ways.of(form, typing_in.initial(values.held(profile)))
    if request.method == "POST" and form.is_valid() and "_back" not in request.POST:
        looked = _looked_at(profile, form) if profile.remote_id else None
        is_read = "_send" in request.POST and looked and request.POST.get("checked") == looked["checked"]
        if looked is None or not looked["changes"] or is_read:
            return _send(request, profile, form, ways)
        if "_send" in request.POST:
            messages.warning(request, _("Nothing was sent: something changed meanwhile. Check it again."))
        ways.say(request)
        title = _("Change %(name)s") % {"name": profile}
        around = {**frame(request, model_admin, title), "record": profile, "form": form, "ways": ways}
        return TemplateResponse(request, f"{FOLDER}confirm.html", around | looked)
    context = {**frame(request, model_admin, _("Change %(name)s") % {"name": profile}), "record": profile}
    context |= {"ways": ways}
    context |= {"is_new": profile.remote_id is None, "refused": outbox_words.entry_line(refused, page.SEEN)}
    return TemplateResponse(request, f"{FOLDER}form.html", context | formpage.context(form, refused))


def _looked_at(profile: MessagingProfile, form: ProfileForm) -> dict[str, Any]:
    """Return what would change at Telnyx and what that breaks, in words, and a mark of exactly this."""
    changed = values.changes(profile, form.settings())
    after = copy(profile)
    values.take(after, changed)
    lost = (
        webhook_check.problems(after)
        if webhook_check.problems(profile) != webhook_check.problems(after)
        else []
    )
    return {
        "changes": page.changes(profile, after) if changed else [],
        "lost_events": lost,
        "is_turned_off": profile.enabled and not after.enabled,
        "checked": sha256(json.dumps(changed, sort_keys=True).encode()).hexdigest()[:20],
    }


def _form(
    request: HttpRequest,
    profile: MessagingProfile,
    opened: MessagingProfile,
    refused: OutboxEntry | None = None,
) -> ProfileForm:
    """Return the form with what Telnyx holds, overlaid with what was last typed and refused."""
    held = values.held(opened)
    typed = refused.promised() if refused and refused.operation == "update" else {}
    initial = typing_in.initial(held | typed)
    domains = typing_in.domains(page.domain_reading())
    is_new = profile.remote_id is None
    form = ProfileForm(
        request.POST if request.method == "POST" else None, initial=initial, is_new=is_new, domains=domains
    )
    form.held_limit = held["daily_spend_limit"]
    return form


def _refused(profile: MessagingProfile) -> OutboxEntry | None:
    """Return the newest request about the settings if Telnyx refused it and nothing was sent since."""
    newest = outbox.entries(profile).filter(moves_record=True).select_related("resource_type").first()
    is_refused = newest is not None and newest.state == OutboxEntry.State.REFUSED
    return newest if is_refused and newest.operation in ("create", "update") else None  # type: ignore[union-attr]


def _send(
    request: HttpRequest, profile: MessagingProfile, form: ProfileForm, ways: three_ways.Comparison
) -> HttpResponse:
    try:
        with transaction.atomic():
            locked = profile.lock()
            if locked.remote_id is None:
                values.take(locked, form.settings())
                locked.save()
                outbox.add(locked, "create", requested_by=user_of(request))
            else:
                changed = values.changes(locked, form.settings())
                ways.say(request)
                if not changed:
                    messages.info(request, _("Telnyx already has exactly this, so nothing was sent."))
                    return HttpResponseRedirect(page.page_url(profile))
                outbox.add(locked, "update", requested_by=user_of(request), changes=changed)
    except outbox.AlreadyPromised:
        messages.warning(request, _("Someone just sent a change, so yours wasn't sent."))
    else:
        messages.success(request, _("Queued for Telnyx."))
    return HttpResponseRedirect(page.page_url(profile))


def delete(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what deleting does, and promise it once the name was typed."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin, page.DELETE)
    typed = request.POST.get("typed", "")
    if request.method == "POST" and _is_name(typed, profile):
        return promise_delete(request, pk, model_admin)
    if not page.may(profile, user_of(request))["delete"]:
        messages.info(request, _("There is nothing to delete at Telnyx now."))
        return HttpResponseRedirect(page.page_url(profile))
    numbers, short_codes = page.listings(profile)
    context = {
        **frame(request, model_admin, _("Delete %(name)s") % {"name": profile}),
        "record": profile,
        "numbers": numbers,
        "short_codes": short_codes,
        "senders": list(AlphanumericSender.of(profile)[: page.MOST_NUMBERS]),
        "form_token": uuid4().hex,
        "typed": typed,
        "error": _("That is not the name. Nothing was deleted.") if request.method == "POST" else "",
    }
    return TemplateResponse(request, f"{FOLDER}delete.html", context)


def _is_name(typed: str, profile: MessagingProfile) -> bool:
    """Return True if somebody typed the name of a profile; capitals and spaces make no difference."""
    return squeezed(typed) == squeezed(profile.name)


def squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def secret(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what a new secret breaks, and on POST promise one."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin, page.RENEW)
    if request.method == "POST":
        return promise_secret(request, pk, model_admin)
    if profile.is_there():
        # The current secret must be known, so that a lost answer can be told from a lost request.
        sync.ask_soon(profile, Source.PERSON)
    context = {**frame(request, model_admin, _("New secret")), "record": profile, "form_token": uuid4().hex}
    return TemplateResponse(request, f"{FOLDER}secret.html", context)


@require_POST
@sensitive_variables()
def reveal(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the new secret to the person who asked for it, once; showing it erases it."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin, page.RENEW)
    entry_id = uuid_or_none(request.POST.get("entry", ""))
    if entry_id is None:
        raise BadRequest("no such request")
    if not outbox.entries(profile).filter(pk=entry_id).exists():
        raise Http404
    found = NewSecret.read_once(entry_id, user_of(request))
    if found is None:
        messages.error(request, _("There is nothing left to read, or it is for someone else."))
        return HttpResponseRedirect(page.page_url(profile))
    model_admin.log_change(request, profile, _("Read the new secret."))
    context = {**frame(request, model_admin, _("New secret")), "record": profile, "secret": found}
    return TemplateResponse(request, f"{FOLDER}reveal.html", context)


@require_safe
def figures(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show Telnyx's figures of one profile over one time frame."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin)
    if profile.remote_id is None:
        raise Http404
    chosen = _frame_of(request)
    reading = drawing.of_profile(profile, chosen, now=_asks_again(request))
    title = _("Figures for %(name)s") % {"name": profile}
    context = {**frame(request, model_admin, title), "record": profile, "figures": drawing.read(reading.data)}
    return TemplateResponse(request, f"{FOLDER}figures.html", context | _about(request, reading, chosen))


@require_safe
def all_figures(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the figures of all profiles side by side."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    chosen = _frame_of(request)
    reading = drawing.of_all(chosen, now=_asks_again(request))
    columns, drawn, bars = drawing.bars(reading.records())
    context = {**frame(request, model_admin, _("Figures for all profiles")), "columns": columns}
    context |= {"drawn": drawn, "bars": bars, "by_id": True}
    return TemplateResponse(request, f"{FOLDER}all_figures.html", context | _about(request, reading, chosen))


def _frame_of(request: HttpRequest) -> str:
    chosen = request.GET.get("time_frame", drawing.USUAL)
    return chosen if chosen in drawing.FRAMES else drawing.USUAL


def _asks_again(request: HttpRequest) -> bool:
    """Return True if this person wants figures before they are old, which costs a request. Raise PermissionDenied."""
    if "again" not in request.GET:
        return False
    if not user_of(request).has_perm(page.CHANGE):
        raise PermissionDenied(page.CHANGE)
    return True


def _about(request: HttpRequest, reading: Any, chosen: str) -> dict[str, Any]:
    frames = [(value, words, value == chosen) for value, words in drawing.FRAMES.items()]
    return {
        "reading": reading,
        "frames": frames,
        "chosen": chosen,
        "may_ask": user_of(request).has_perm(page.CHANGE),
        "refresh": page.SOON if reading.is_coming() else None,
    }


# Actions.

action = partial(action_view, url=page.page_url)


@action(page.DELETE)
def promise_delete(request: HttpRequest, profile: MessagingProfile) -> str:
    if not profile.is_there():
        raise NotAllowed(_("The profile isn't at Telnyx."))
    if not _is_name(request.POST.get("typed", ""), profile):
        raise NotAllowed(_("Type the name of the profile to confirm. Nothing was deleted."))
    entry = outbox.add(profile, "delete", requested_by=user_of(request), form_token=form_token(request))
    return undoing.queued(entry)


@action(page.RENEW)
def promise_secret(request: HttpRequest, profile: MessagingProfile) -> str:
    if not profile.is_there():
        raise NotAllowed(_("The profile isn't at Telnyx, so it has no secret."))
    with transaction.atomic():
        mark = profile.lock().secret_mark
        entry = outbox.add(
            profile, "regenerate_secret", requested_by=user_of(request), form_token=form_token(request)
        )
        NewSecret.objects.create(entry=entry, asked_by=user_of(request), mark_before=mark)
    return _("Queued for Telnyx. The new secret will appear here once, for you only.")


@action(page.CHANGE)
def fix_webhook(request: HttpRequest, profile: MessagingProfile) -> str:
    with transaction.atomic():
        locked = profile.lock()
        wanted = webhook_check.fixes(locked)
        if not wanted or not locked.is_there():
            raise NotAllowed(_("There is nothing to fix."))
        outbox.add(
            locked, "update", requested_by=user_of(request), form_token=form_token(request), changes=wanted
        )
    return _("Queued for Telnyx.")


@action(page.CHANGE)
def ask(request: HttpRequest, profile: MessagingProfile) -> str:
    if not profile.is_there():
        raise NotAllowed(_("The profile isn't at Telnyx."))
    sync.ask_soon(profile, Source.PERSON)
    page.number_reading(profile, now=True)
    page.code_reading(profile, now=True)
    return _("We've asked Telnyx. The answer will appear here within seconds.")


@action(page.DELETE)
def discard(request: HttpRequest, profile: MessagingProfile) -> str:
    """Discard a profile that Telnyx never had; the row stays as the record of what was sent."""
    with transaction.atomic():
        locked = profile.lock()
        if locked.is_under_way() or not locked.is_new():
            raise NotAllowed(_("It is in progress or at Telnyx, so it can't be discarded."))
        locked.gone(clock.now())
    return _("Discarded. Telnyx doesn't have it.")

"""The pages of business profiles: view one, write one, delete it, start requests from it, bring requests up to date.

Nothing here sends anything to Telnyx.
"""

from typing import TypeVar
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from messaging.desk import acts, changed, three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.finding import tidy
from messaging.desk.pages import check, frame, get_or_404, user_of, uuid_or_none

from .. import formpage, summary
from .. import page as requests
from ..checks.sections import COMPANY_SECTIONS
from ..links import work
from ..models import BusinessProfile, VerificationRequest
from ..summary import CONTACT, SECRETS, Change
from . import page
from .forms import BusinessForm

Row = TypeVar("Row", bound=Model)

FOLDER = "admin/tollfree/businessprofile/"
# The history names only that these changed.
UNSAID = (*CONTACT, *SECRETS)
NAME_TAKEN = gettext_lazy(
    "A business profile with this name exists. Choose another name, or use that profile."
)


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    profile: BusinessProfile = get_or_404(request, pk, model_admin)
    user = user_of(request)
    rows, has_more = page.rows(profile, user) if user.has_perm(page.VIEW_REQUESTS) else ([], False)
    found = page.as_request(profile).problems() if page.sees_all(user) else []
    filled = profile.company()
    context = {
        **frame(request, model_admin, str(profile)),
        "original": profile,
        "record": profile,
        "blocks": page.blocks(profile, user),
        "rows": rows,
        "has_more": has_more,
        "most": page.MOST,
        "can_bring": any(row.changes and not row.why_not for row in rows),
        "notes": [(summary.label(one.field), one.message) for one in found if one.field in filled],
        "may": page.may(user),
        "new_id": uuid4(),
    }
    return TemplateResponse(request, f"{FOLDER}profile.html", context)


# Write one.


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Create a profile; `?from=` starts with the company in a request, which is then linked to it."""
    if not user_of(request).has_perm(page.ADD):
        raise PermissionDenied(page.ADD)
    source = _source(request)
    company = {
        name: getattr(source, name) for section in COMPANY_SECTIONS for name in section.fields if source
    }
    form = BusinessForm(request.POST if request.method == "POST" else None, initial=company)
    ways = three_ways.Comparison("")
    if request.method == "POST":
        if made := _made_before(request):
            return HttpResponseRedirect(page.page_url(made))
        if form.is_valid() and (made := _create(request, form, source)):
            return HttpResponseRedirect(page.page_url(made))
    return _form(request, model_admin, form, ways, source=source)


def _source(request: HttpRequest) -> VerificationRequest | None:
    """Return the request that a profile is made from. Its contacts are in the form, so not everyone may."""
    if not (typed := request.GET.get("from")):
        return None
    found = _of_id(VerificationRequest.objects.filter(gone_at=None), typed)
    if found is None:
        raise Http404
    user = user_of(request)
    if not (user.has_perm(page.VIEW_REQUESTS) and requests.sees_contacts(user)):
        raise PermissionDenied(requests.CHANGE)
    return found


def _made_before(request: HttpRequest) -> BusinessProfile | None:
    """Return what this same form has already created: after a second click, or Back and Save."""
    mine = BusinessProfile.objects.filter(created_by=user_of(request))
    return _of_id(mine, request.POST.get("draft_id", ""))


def _of_id(rows: QuerySet[Row], typed: str) -> Row | None:
    """Return the row with an id that a browser sent, or None."""
    pk = uuid_or_none(typed)
    return rows.filter(pk=pk).first() if pk else None


def _create(
    request: HttpRequest, form: BusinessForm, source: VerificationRequest | None
) -> BusinessProfile | None:
    """Save a new profile and link its request. Return None if somebody took the name in this moment."""
    user = user_of(request)
    profile = form.instance
    profile.pk, profile.created_by = form.cleaned_data["draft_id"] or uuid4(), user
    try:
        with transaction.atomic():
            profile.save(force_insert=True)
            said = _("Made from the request of %(name)s.") % {"name": source} if source else _("Added.")
            acts.record(user, profile, said)
            linked = source is not None and _link(source.lock(), profile, request)
    except IntegrityError:
        form.add_error("name", str(NAME_TAKEN))
        return None
    if source and not linked:
        messages.warning(
            request, _("The request now has a different business profile, so it was not linked.")
        )
    messages.success(request, _("Saved. Nothing was sent to Telnyx."))
    return profile


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Change a profile. Its requests stay as they are until somebody brings them up to date."""
    get_or_404(request, pk, model_admin, page.CHANGE)
    with transaction.atomic():
        profile = BusinessProfile.objects.select_for_update().filter(pk=pk).first()
        if profile is None:
            raise Http404
        form = BusinessForm(request.POST if request.method == "POST" else None, instance=profile)
        ways = three_ways.of(form)
        if request.method == "POST" and form.is_valid() and _save(request, form):
            ways.say(request)
            messages.success(request, _("Saved. Nothing was sent to Telnyx."))
            return HttpResponseRedirect(page.page_url(profile))
    return _form(request, model_admin, form, ways, record=BusinessProfile.objects.get(pk=pk))


def _save(request: HttpRequest, form: BusinessForm) -> bool:
    """Save a changed profile, on record. Return False if somebody took the name in this moment."""
    try:
        with transaction.atomic():
            profile = form.save()
            if words := changed.words(form, UNSAID):
                acts.record(user_of(request), profile, words)
    except IntegrityError:
        form.add_error("name", str(NAME_TAKEN))
        return False
    return True


def _form(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    form: BusinessForm,
    ways: three_ways.Comparison,
    record: BusinessProfile | None = None,
    source: VerificationRequest | None = None,
) -> HttpResponse:
    title = _("Change %(name)s") % {"name": record} if record else _("New business profile")
    parts = formpage.parts(form, {}, COMPANY_SECTIONS)
    context = {
        **frame(request, model_admin, title),
        **formpage.offered(),
        "form": form,
        "ways": ways,
        "parts": parts,
        "first": formpage.row(form, "name", []),
        "original": record,
        "record": record,
        "source": source,
        "source_url": requests.page_url(source) if source else "",
    }
    return TemplateResponse(request, f"{FOLDER}form.html", context)


def remove(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what deleting does; on POST, delete."""
    profile: BusinessProfile = get_or_404(request, pk, model_admin, page.DELETE)
    if request.method == "POST":
        with transaction.atomic():
            model_admin.log_deletions(request, BusinessProfile.objects.filter(pk=profile.pk))
            profile.delete()
        messages.success(request, _("Business profile deleted. Its requests stay as they are."))
        return HttpResponseRedirect(model_admin.url_of("changelist"))
    context = {
        **frame(request, model_admin, _("Delete business profile %(name)s") % {"name": profile}),
        "record": profile,
        "has_requests": profile.requests.exists(),
    }
    return TemplateResponse(request, f"{FOLDER}remove.html", context)


# Start from one.


@require_POST
def start(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Start a draft with the company of a profile; a second click opens the same draft."""
    profile: BusinessProfile = get_or_404(request, pk, model_admin, requests.ADD)
    return _start(request, profile, _new_id(request), model_admin)


NO_SUCH_NAME = gettext_lazy(
    "Nothing was started: no business profile is called “%(name)s”. Search for the business here, open it, and start "
    "from there."
)


@require_POST
def start_named(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Start a draft for a business by the name of its profile; for any other words, show which profiles there are."""
    check(request, model_admin, page.VIEW)
    check(request, model_admin, requests.ADD)
    new_id = _new_id(request)
    name = tidy(request.POST.get("name", ""))
    profile = BusinessProfile.objects.filter(name__iexact=name).first()
    if profile is None:
        messages.warning(request, NO_SUCH_NAME % {"name": name})
        return HttpResponseRedirect(model_admin.url_of("changelist"))
    # After Back, another business may be typed on the same page: that is another draft.
    return _start(request, profile, uuid5(new_id, str(profile.pk)), model_admin)


def _new_id(request: HttpRequest) -> UUID:
    new_id = uuid_or_none(request.POST.get("new_id", ""))
    if new_id is None:
        raise BadRequest("an id for the draft is missing")
    return new_id


def _start(
    request: HttpRequest, profile: BusinessProfile, pk: UUID, model_admin: DeskModelAdmin
) -> HttpResponse:
    with transaction.atomic():
        draft, made = VerificationRequest.objects.get_or_create(
            pk=pk,
            defaults={**profile.company(), "business_profile": profile, "created_by": user_of(request)},
        )
        if made:
            said = _("Started from the business profile “%(name)s”.") % {"name": profile}
            model_admin.log_addition(request, draft, said)
    return HttpResponseRedirect(requests.page_url(draft))


# Bring its requests up to date.

CHANGED_MEANWHILE = gettext_lazy(
    "The profile was changed while you were reading. Nothing was changed in its requests; this is how they compare now."
)


def bring(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what would change in which request; on POST, change the drafts that were chosen. Nothing is sent."""
    profile: BusinessProfile = get_or_404(request, pk, model_admin, requests.CHANGE)
    if request.method == "POST":
        return _bring(request, profile)
    rows, has_more = page.rows(profile, user_of(request))
    context = {
        **frame(request, model_admin, _("Bring requests of %(name)s up to date") % {"name": profile}),
        "record": profile,
        "rows": [row for row in rows if row.changes and not row.why_not],
        "fixed": [row for row in rows if row.changes and row.why_not],
        "has_more": has_more,
        "most": page.MOST,
        "seen": profile.changed_at.isoformat(),
    }
    return TemplateResponse(request, f"{FOLDER}bring.html", context)


def _bring(request: HttpRequest, profile: BusinessProfile) -> HttpResponse:
    user, done, left = user_of(request), 0, 0
    # In one order, so that two people who do this at once don't wait for each other.
    chosen = sorted(set(request.POST.getlist("request")))[: page.MOST]
    with transaction.atomic():
        locked = BusinessProfile.objects.select_for_update().filter(pk=profile.pk).first()
        if locked is None or locked.changed_at.isoformat() != request.POST.get("seen"):
            messages.error(request, str(CHANGED_MEANWHILE))
            return HttpResponseRedirect(request.path)
        for stamp in chosen:
            pk, _dot, version = stamp.partition(".")
            draft = _of_id(locked.requests.select_for_update(), pk)
            if draft is None or not draft.is_editable() or str(draft.version) != version:
                left += 1
            elif differing := page.differences(locked, draft):
                _bring_one(draft, locked, differing, request)
                done += 1
        if done:
            words = ngettext("Brought %(n)s request up to date.", "Brought %(n)s requests up to date.", done)
            acts.record(user, locked, words % {"n": done})
    _say(request, done, left)
    return HttpResponseRedirect(page.page_url(profile))


def _bring_one(
    draft: VerificationRequest, profile: BusinessProfile, differing: list[Change], request: HttpRequest
) -> None:
    company = profile.company()
    for name, value in company.items():
        setattr(draft, name, value)
    draft.version += 1
    draft.save(update_fields=[*company, "version", "updated_at"])
    work.note(draft)
    said = _("Brought up to date with the business profile “%(name)s”.") % {"name": profile}
    acts.record(user_of(request), draft, said, reason="\n".join(map(_on_record, differing)), is_edit=True)


def _on_record(change: Change) -> str:
    if change.field in UNSAID:
        return _("%(label)s: changed") % {"label": change.label}
    return acts.changes([(change.label, "\n".join(change.before), "\n".join(change.after))])


def _say(request: HttpRequest, done: int, left: int) -> None:
    if done:
        words = ngettext(
            "%(n)s request was changed here. Nothing was sent: open it to check it and to submit it.",
            "%(n)s requests were changed here. Nothing was sent: open each to check it and to submit it.",
            done,
        )
        messages.success(request, words % {"n": done})
    if left:
        words = ngettext(
            "%(n)s request was left as it was: somebody changed or submitted it while you were reading.",
            "%(n)s requests were left as they were: somebody changed or submitted them while you were "
            "reading.",
            left,
        )
        messages.warning(request, words % {"n": left})
    if not done and not left:
        messages.info(request, _("Nothing was changed: choose at least one request that differs."))


# On the page of a request.


@require_POST
def link(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Link a request to a profile that exists, or to none. The texts of the request stay as they are."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, requests.CHANGE)
    check(request, model_admin, page.VIEW)
    typed = request.POST.get("profile", "")
    with transaction.atomic():
        profile = _of_id(BusinessProfile.objects.all(), typed)
        if typed and profile is None:
            messages.error(request, _("This business profile no longer exists."))
        elif _link(record.lock(), profile, request):
            messages.success(request, _("Saved. No text of the request was changed."))
        else:
            messages.warning(
                request, _("The request now has a different business profile. Nothing was changed.")
            )
    return HttpResponseRedirect(requests.page_url(record))


def _link(locked: VerificationRequest, profile: BusinessProfile | None, request: HttpRequest) -> bool:
    """Link a request, or end its link, on record. Return False if it has another profile: that one has to go first."""
    before = locked.business_profile
    if before == profile:
        return True
    if before and profile:
        return False
    locked.business_profile = profile
    locked.save(update_fields=["business_profile"])
    said = (
        _("Linked to the business profile “%(name)s”.")
        if profile
        else _("No longer linked to the business profile “%(name)s”.")
    )
    acts.record(user_of(request), locked, said % {"name": profile or before})
    return True

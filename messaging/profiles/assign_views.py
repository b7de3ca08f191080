"""Choose numbers for a profile, see what happens to each, send one request, and follow its result."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import MOST_SAID, form_token, frame, get_or_404, say_refusals, user_of
from messaging.models import MessagingProfile, NumberAssignment
from messaging.numbers import read_row, rows
from messaging.validators import without_repeats

from . import assigning, page

FOLDER = "admin/messaging/messagingprofile/"
LONGEST = 40_000
LONGEST_SAID = 60


class NumbersForm(forms.Form):
    """The numbers to put on a profile. Every line must be readable, so that nothing is left out unseen."""

    numbers = forms.CharField(
        label=gettext_lazy("Numbers of your Telnyx account"),
        help_text=gettext_lazy("One or many, one per line or separated by commas."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "desk-field", "rows": 8, "autocomplete": "off"}),
    )

    def clean_numbers(self) -> list[str]:
        read = [
            (position, piece)
            for position, line in rows(self.cleaned_data["numbers"])
            for piece in read_row(line)
        ]
        wrong = [
            _("Line %(n)s, “%(line)s”: %(why)s")
            % {"n": position, "line": Truncator(piece.typed).chars(LONGEST_SAID), "why": piece.problem}
            for position, piece in read
            if not piece.number
        ]
        if wrong:
            raise ValidationError(wrong[:MOST_SAID])
        numbers = without_repeats(piece.number for _position, piece in read)
        if not numbers:
            raise ValidationError(_("Type at least one number."))
        if len(numbers) > assigning.MOST:
            words = _("At most %(most)s numbers can be assigned at a time.")
            raise ValidationError(words % {"most": assigning.MOST})
        return numbers


def assign(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take the numbers; show what would happen to each; promise that, once."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin, page.CHANGE)
    if not profile.is_there():
        messages.warning(request, _("The profile isn't at Telnyx."))
        return HttpResponseRedirect(page.page_url(profile))
    form = NumbersForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and "_back" not in request.POST:
        numbers = form.cleaned_data["numbers"]
        if "_send" in request.POST:
            return _send(request, profile, numbers, model_admin)
        return _look(request, profile, numbers, model_admin)
    assigning.lists_coming()
    title = _("Assign numbers to %(name)s") % {"name": profile}
    context = {**frame(request, model_admin, title), "record": profile, "form": form}
    return TemplateResponse(request, f"{FOLDER}assign.html", context)


def _look(
    request: HttpRequest, profile: MessagingProfile, numbers: list[str], model_admin: DeskModelAdmin
) -> HttpResponse:
    coming = assigning.lists_coming()
    plan = assigning.plan(profile, numbers)
    context = {
        **frame(request, model_admin, _("Check what will change")),
        "record": profile,
        "moving": [row for row in plan if not row.left_out],
        "left_out": [row for row in plan if row.left_out],
        "together": assigning.together([row.number for row in plan if row.url], user_of(request)),
        "numbers": "\n".join(numbers),
        "coming": coming,
        "seen": assigning.fingerprint(plan),
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, f"{FOLDER}assign_look.html", context)


def _send(
    request: HttpRequest, profile: MessagingProfile, numbers: list[str], model_admin: DeskModelAdmin
) -> HttpResponse:
    token, seen = form_token(request), request.POST.get("seen", "")
    try:
        with say_refusals(request):
            made = assigning.start(profile, numbers, by=user_of(request), seen=seen, form_token=token)
            return HttpResponseRedirect(assigning.page_url(made))
    except assigning.ChangedMeanwhile:
        messages.warning(request, _("Nothing was sent: something has changed since you looked. Look again."))
        return _look(request, profile, numbers, model_admin)
    return HttpResponseRedirect(page.page_url(profile))


@require_safe
def assigned(
    request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin, assignment_pk: UUID
) -> HttpResponse:
    """Show what became of each number; the page refreshes itself until all have a result."""
    profile: MessagingProfile = get_or_404(request, pk, model_admin)
    rows = NumberAssignment.objects.filter(profile=profile).select_related(
        "profile", "entry__requested_by", "entry__resource_type"
    )
    made = rows.filter(pk=assignment_pk).first()
    if made is None:
        raise Http404
    title = _("Numbers for %(name)s") % {"name": profile}
    context = {**frame(request, model_admin, title), **assigning.context(made, user_of(request))}
    return TemplateResponse(request, f"{FOLDER}assigned.html", context)

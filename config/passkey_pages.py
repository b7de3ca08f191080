"""The pages where people add and remove their passkeys."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import factors, passkeys
from messaging.desk.pages import user_of
from messaging.mirror import clock

from .asking import CONFIRMED, FACTOR, is_confirmed, lead_to, owes_factor
from .passkeys import NewPasskeyForm
from .security import confirmed, desk_page, next_of, of_the_desk


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages, for the admin site."""
    return [
        path("desk/sign-in/passkey/", add, name="desk_passkey"),
        path("desk/sign-in/passkey/<int:id>/remove/", remove, name="desk_remove_passkey"),
    ]


@of_the_desk
def add(request: HttpRequest) -> HttpResponse:
    """Let somebody add a passkey. Whoever has a second factor already, or could, first shows that it's them."""
    user = user_of(request)
    if not is_confirmed(request) or (owes_factor(request) and factors.has_any(user)):
        return lead_to("admin:desk_confirm", request.get_full_path())
    had = factors.has_any(user)
    form = NewPasskeyForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session.cycle_key()
        request.session[FACTOR] = str(passkeys.KIND)
        request.session[CONFIRMED] = clock.now().timestamp()
        messages.success(request, _("Done. From now on this passkey signs you in after your password."))
        if had:
            return HttpResponseRedirect(reverse("admin:desk_security"))
        return lead_to("admin:desk_recovery_codes", next_of(request))
    return desk_page(
        request,
        "passkey",
        _("Add a passkey"),
        form=form,
        asked=passkeys.ask_for_new(request, user),
        is_full=len(passkeys.of(user)) >= passkeys.MOST,
        is_needed=owes_factor(request),
    )


@of_the_desk
@confirmed
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Ask whether somebody wants to remove one of their passkeys; on POST, do it."""
    user = user_of(request)
    row = get_object_or_404(Authenticator, pk=id, user=user, type=passkeys.KIND)
    if factors.needs(user) and factors.is_last(row):
        messages.error(
            request,
            _("Your login needs a second factor. Add another passkey or an app first, then remove this one."),
        )
        return HttpResponseRedirect(reverse("admin:desk_security"))
    if request.method == "POST":
        if factors.remove(row, gettext_lazy("Removed a passkey")):
            request.session.pop(FACTOR, None)
        messages.success(request, _("The passkey no longer works here. Delete it on your device, too."))
        return HttpResponseRedirect(reverse("admin:desk_security"))
    return desk_page(
        request, "remove_passkey", _("Remove a passkey"), name=row.data["name"], is_last=factors.is_last(row)
    )

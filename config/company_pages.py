"""The pages of signing in with the company's own account: the way to its provider, and the way back."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from messaging.desk.pages import user_of
from messaging.mirror import clock, throttle
from messaging.mirror.throttle import Limit

from . import openid, security
from .asking import CONFIRMED, lead_to
from .company import admit, comes_by_company, separate
from .login import address_of
from .openid import NotSignedIn

# Whole offices come from one address; each start makes us ask the provider.
STARTS = Limit("company", 300)


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages, for the admin site."""
    return [
        path("login/company/", start, name="desk_company"),
        path("login/company/back/", back, name="desk_company_back"),
        path("desk/sign-in/of/<int:id>/company/", separate_of, name="desk_separate_of"),
    ]


def if_set_up(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have no such page where the company's sign-in isn't set up."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not openid.issuer():
            raise Http404
        return view(request)

    return wrapped


@login_not_required
@if_set_up
@never_cache
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the provider, by a page: a browser would refuse the way from a form of ours to another host."""
    if address := address_of(request):
        throttle.spend(STARTS, address)
    confirms = str(request.user.pk) if request.user.is_authenticated and "confirm" in request.POST else ""
    wanted = security.next_of(request)
    try:
        url = openid.start(request, wanted, confirms)
    except NotSignedIn as why:
        return _refused(request, str(why), wanted, confirms)
    context = {**admin.site.each_context(request), "url": url, "name": settings.OIDC_NAME}
    return TemplateResponse(request, "admin/security/company.html", context)


@login_not_required
@if_set_up
@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Sign in whoever comes back from the provider, or say why not."""
    attempt = openid.taken_up(request)
    if attempt is None:
        if admin.site.has_permission(request):  # they went back, or loaded this address again
            return HttpResponseRedirect(reverse("admin:index"))
        return _refused(request, _("That took too long, or it started in another browser. Try again."))
    wanted, confirms = attempt["next"], attempt["confirms"]
    try:
        user = admit(openid.finish(request, attempt))
    except NotSignedIn as why:
        return _refused(request, str(why), wanted, confirms)
    if not confirms:
        return security.enter(
            request,
            user,
            settings.AUTHENTICATION_BACKENDS[0],
            wanted,
            is_enough=not settings.OIDC_SECOND_FACTOR,
            factor=openid.COMPANY,
        )
    if str(user.pk) != confirms or user != request.user:
        said = _("You are signed in at %(name)s as someone else, so this doesn't confirm that it's you.")
        return _refused(request, said % {"name": settings.OIDC_NAME}, wanted, confirms)
    request.session[CONFIRMED] = clock.now().timestamp()
    return HttpResponseRedirect(wanted)


def _refused(request: HttpRequest, why: str, wanted: str = "", confirms: str = "") -> HttpResponse:
    """Say why nobody was signed in, where they can try again."""
    messages.error(request, why)
    wanted = wanted or reverse("admin:index")
    if confirms and User.objects.filter(pk=confirms, is_active=True, is_staff=True).exists():
        return lead_to("admin:desk_confirm", wanted)
    if confirms:  # the answer has just ended all their sign-ins
        logout(request)
    return redirect_to_login(wanted, reverse("admin:login"))


@security.about_a_colleague(
    gettext_lazy("Nothing was changed. Say how you know that the old account is no longer used.")
)
def separate_of(request: HttpRequest, whose: User, reason: str) -> HttpResponse:
    """Let an administrator separate a login from a company account that is gone, so that a new one can be linked."""
    if reason:
        if separate(whose, user_of(request), reason):
            said = _(
                "Separated, and all their sign-ins have ended. The next account at %(name)s with their verified email "
                "address gets this login."
            )
            messages.success(request, said % {"name": settings.OIDC_NAME})
        return security.page_of_person(whose)
    context = {"whose": whose, "is_linked": comes_by_company(whose), "name": settings.OIDC_NAME}
    title = _("Separate from the company's account")
    return security.desk_page(request, "separate_of", title, **context)

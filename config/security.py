"""Signing in, beyond the password: the second factor, confirming that it's still you, and the page about both.

A session is signed in once every factor it has was shown: until then it holds only who is on the way in (`HALF`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import load_backend, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from messaging.desk import factors, passkeys
from messaging.desk.pages import reason_of, user_of
from messaging.mirror import clock, sealing
from messaging.mirror.throttle import TooOften
from messaging.mirror.wording import Words
from rcs.agents import qr

from . import company, sessions
from .asking import CONFIRMED, FACTOR, NEXT, is_confirmed, lead_to, owes_factor
from .login import CODE, SignInForm, attempt, know, wait_words
from .passkeys import PasskeyForm

# In a session: who gave the right password and still owes a code; the sealed secret of an app that is being set up.
HALF, NEW_SECRET = "desk_half", "desk_new_secret"
HALF_SECONDS = 600
ISSUER = "telnyx-desk"


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages, for the admin site."""
    return [
        path("login/code/", code, name="desk_code"),
        path("desk/sign-in/", security, name="desk_security"),
        path("desk/sign-in/end-others/", end_others, name="desk_end_others"),
        path("desk/sign-in/app/", app, name="desk_app"),
        path("desk/sign-in/app/remove/", remove_app, name="desk_remove_app"),
        path("desk/sign-in/recovery-codes/", recovery_codes, name="desk_recovery_codes"),
        path("desk/sign-in/confirm/", confirm, name="desk_confirm"),
        path("desk/sign-in/of/<int:id>/", remove_app_of, name="desk_remove_app_of"),
    ]


def of_the_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page to everyone with a login of the desk, also without the second factor they need."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_active and user_of(request).is_staff):
            raise PermissionDenied
        request.current_app = admin.site.name
        return view(request, *args, **kwargs)

    return wrapped


def confirmed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page only to people who showed lately that it's them."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_confirmed(request):
            return lead_to("admin:desk_confirm", request.get_full_path())
        return view(request, *args, **kwargs)

    return wrapped


def about_a_colleague(unsaid: Words) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Open a page to administrators about how a colleague signs in; a POST without a reason is answered with `unsaid`.

    The view gets whose sign-in it is, and the reason: "" while the page is only shown.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, id: int) -> HttpResponse:
            if not user_of(request).is_superuser:
                raise PermissionDenied
            whose = get_object_or_404(User, pk=id)
            reason = reason_of(request) if request.method == "POST" else ""
            if request.method == "POST" and not reason:
                messages.error(request, str(unsaid))
                return HttpResponseRedirect(request.path)
            return view(request, whose, reason)

        return of_the_desk(confirmed(wrapped))

    return decorate


def page_of_person(whose: User) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:auth_user_change", args=[whose.pk]))


def next_of(request: HttpRequest) -> str:
    """Return where a person wanted to go, one of our own pages."""
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT) or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def desk_page(request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
    frame = {**admin.site.each_context(request), "title": title, NEXT: next_of(request)}
    # No menu of pages that would only lead back here.
    frame["is_nav_sidebar_enabled"] = frame["has_permission"]
    return TemplateResponse(request, f"admin/security/{template}.html", {**frame, **context})


# Signing in.


class DeskLogin(LoginView):
    """The log-in page: whoever has a second factor is asked for a code before anything is signed in."""

    authentication_form = SignInForm
    template_name = "admin/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        return enter(self.request, user, user.backend, self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.is_too_often:
            response.status_code = 429
        return response


def enter(
    request: HttpRequest, user: User, backend: str, url: str, *, is_enough: bool = False, factor: str = ""
) -> HttpResponse:
    """Sign somebody in and lead them on; whoever has a second factor shows it first, unless what they did is enough."""
    if is_enough or not factors.has_any(user):
        return sign_in(request, user, backend, url, factor if is_enough else "")
    logout(request)
    request.session[HALF] = {
        "user": user.pk,
        "backend": backend,
        "hash": user.get_session_auth_hash(),
        "until": clock.now().timestamp() + HALF_SECONDS,
    }
    return lead_to("admin:desk_code", url)


def sign_in(request: HttpRequest, user: User, backend: str, url: str, factor: str = "") -> HttpResponse:
    """Sign somebody in who has shown all factors, and lead them on."""
    login(request, user, backend)
    request.session.pop(HALF, None)
    if factor:
        request.session[FACTOR] = factor
    request.session[CONFIRMED] = clock.now().timestamp()
    sessions.start(request)
    response = HttpResponseRedirect(url)
    know(request, response, user.get_username())
    return response


def _half(request: HttpRequest) -> tuple[User | None, str]:
    """Return who owes a code, and the backend that knows them; None once it's too late or the password was changed."""
    held = request.session.get(HALF) or {}
    if held.get("until", 0) < clock.now().timestamp():
        return None, ""
    user = load_backend(held["backend"]).get_user(held["user"])
    if user is None or not constant_time_compare(user.get_session_auth_hash(), held["hash"]):
        return None, ""
    return user, held["backend"]


class CodeForm(forms.Form):
    """Asks for a code of somebody, and counts how often."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "class": "desk-field",
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "data-desk-secret": "",
            }
        ),
    )

    def __init__(self, request: HttpRequest, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.user, self.kind, self.is_too_often = request, user, "", False

    def clean_code(self) -> str:
        try:
            with attempt(self.request, self.user.get_username(), CODE):
                self.kind = factors.accept(self.user, self.cleaned_data["code"])
                if not self.kind:
                    raise ValidationError(
                        _(
                            "This code is wrong, or it was used already. Wait for the next one and type it here."
                        )
                    )
        except TooOften as too_often:
            self.is_too_often = True
            raise ValidationError(wait_words(too_often.minutes)) from None
        return ""


def _say_how_many_are_left(request: HttpRequest, user: User, kind: str) -> None:
    if kind != factors.RECOVERY:
        return
    left = len(factors.recovery_codes(user))
    said = ngettext(
        "You used a recovery code. %(left)s is left. Make new ones under “Sign-in and security” if you need more.",
        "You used a recovery code. %(left)s are left. Make new ones under “Sign-in and security” if you need more.",
        left,
    )
    messages.warning(request, said % {"left": left})


@login_not_required
@never_cache
@sensitive_post_parameters()
def code(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave the right password for a code, and sign them in."""
    user, backend = _half(request)
    if user is None:
        if not request.user.is_authenticated:
            messages.warning(request, _("That took too long. Sign in again."))
        return redirect_to_login(next_of(request), reverse("admin:login"))
    form = _form_of_factor(request, user)
    if request.method == "POST" and form.is_valid():
        _say_how_many_are_left(request, user, form.kind)
        return sign_in(request, user, backend, next_of(request), form.kind)
    response = desk_page(request, "code", _("One more step"), form=form, **_ways(request, user, form))
    return _counted(response, form)


def _form_of_factor(request: HttpRequest, user: User) -> Any:
    """Return the form for what was sent, a passkey or a code."""
    return (PasskeyForm if "passkey" in request.POST else CodeForm)(request, user, request.POST or None)


def _ways(request: HttpRequest, user: User, form: Any) -> dict[str, Any]:
    """Return what a page offers this person: a passkey, a code of an app; recovery codes come with either."""
    code = form if isinstance(form, CodeForm) else CodeForm(request, user)
    return {
        "asked": passkeys.ask(request, user),
        "has_app": factors.of(user) is not None,
        "code": code["code"],
    }


def _counted(response: TemplateResponse, form: Any) -> TemplateResponse:
    if form.is_too_often:
        response.status_code = 429
    return response


class PasswordForm(forms.Form):
    """Asks somebody who is signed in for their password, and counts how often."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(
            attrs={"class": "desk-field", "autocomplete": "current-password", "autofocus": True}
        ),
    )

    def __init__(self, request: HttpRequest, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.user, self.kind, self.is_too_often = request, user, "", False

    def clean_password(self) -> str:
        try:
            with attempt(self.request, self.user.get_username()):
                if not self.user.check_password(self.cleaned_data["password"]):
                    raise ValidationError(_("This isn't your password. Type it again."))
        except TooOften as too_often:
            self.is_too_often = True
            raise ValidationError(wait_words(too_often.minutes)) from None
        return ""


@of_the_desk
@sensitive_post_parameters()
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask somebody who is signed in to show that it's still them: by a code, or without one by the password."""
    user = user_of(request)
    owes = owes_factor(request)
    has_factor = factors.has_any(user) and (owes or company.is_asked_for_codes(user))
    form = _form_of_factor(request, user) if has_factor else PasswordForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session[CONFIRMED] = clock.now().timestamp()
        if form.kind:
            request.session[FACTOR] = form.kind
        _say_how_many_are_left(request, user, form.kind)
        return HttpResponseRedirect(next_of(request))
    title = _("One more step") if owes else _("Confirm that it's you")
    # Where a code is owed, the company's account is no way around it.
    name = settings.OIDC_NAME if company.comes_by_company(user) and not (owes and has_factor) else ""
    ways = _ways(request, user, form) if has_factor else {}
    page = desk_page(request, "confirm", title, form=form, has_factor=has_factor, company=name, **ways)
    return _counted(page, form)


# The page about one's own sign-in.


@of_the_desk
def security(request: HttpRequest) -> HttpResponse:
    """Show how somebody signs in, and what they can change about it."""
    user = user_of(request)
    return desk_page(
        request,
        "security",
        _("Sign-in and security"),
        app=factors.of(user),
        passkeys=passkeys.of(user),
        codes_left=len(factors.recovery_codes(user)),
        is_needed=factors.needs(user),
        company=settings.OIDC_NAME if company.comes_by_company(user) else "",
        has_codes=company.is_asked_for_codes(user),
        has_password=user.has_usable_password(),
        sign_ins=[
            (
                browser_words(held.get(sessions.BROWSER, "")),
                session.pk == request.session.session_key,
                sessions.last_used(session, held),
            )
            for session, held in sessions.living(user)
        ],
        idle=settings.SESSION_IDLE_MINUTES,
    )


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_words(agent: str) -> str:
    """Return in words which browser named itself like that."""
    browser = next((name for part, name in BROWSERS if part in agent), "")
    system = next((name for part, name in SYSTEMS if part in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser we don't know")


@of_the_desk
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of somebody's sign-ins but this one."""
    ended = sessions.end_all(request.user.pk, but=request.session.session_key)
    said = ngettext("%(ended)s other sign-in has ended.", "%(ended)s other sign-ins have ended.", ended)
    messages.success(request, said % {"ended": ended})
    return HttpResponseRedirect(reverse("admin:desk_security"))


class NewAppForm(forms.Form):
    """Asks for the first code of an app that is being set up."""

    code = CodeForm.base_fields["code"]

    def __init__(self, secret: str, *args: Any) -> None:
        super().__init__(*args)
        self.secret, self.period = secret, 0

    def clean_code(self) -> str:
        period = factors.fits(self.secret, "".join(self.cleaned_data["code"].split()))
        if period is None:
            raise ValidationError(
                _(
                    "This code isn't right. Check that your phone sets its time automatically, then type a new code."
                )
            )
        self.period = period
        return ""


@of_the_desk
@sensitive_post_parameters()
def app(request: HttpRequest) -> HttpResponse:
    """Set up an app that makes codes. Whoever has one already, or could, first shows that it's them."""
    user = user_of(request)
    if not is_confirmed(request) or (owes_factor(request) and factors.has_any(user)):
        return lead_to("admin:desk_confirm", request.get_full_path())
    if NEW_SECRET not in request.session:
        request.session[NEW_SECRET] = sealing.seal(factors.new_secret().encode()).decode()
    secret = sealing.unseal(request.session[NEW_SECRET].encode()).decode()
    form = NewAppForm(secret, request.POST or None)
    if request.method == "POST" and form.is_valid():
        factors.turn_on(user, secret, form.period)
        del request.session[NEW_SECRET]
        request.session.cycle_key()
        request.session[FACTOR] = str(factors.APP)
        request.session[CONFIRMED] = clock.now().timestamp()
        messages.success(request, _("Done. From now on the desk asks for a code when you sign in."))
        return lead_to("admin:desk_recovery_codes", next_of(request))
    label = f"{ISSUER}:{user.get_username()}"
    address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"
    return desk_page(
        request,
        "app",
        _("Set up sign-in codes"),
        form=form,
        drawing=qr.draw(address),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        is_needed=owes_factor(request),
    )


@of_the_desk
@confirmed
def remove_app(request: HttpRequest) -> HttpResponse:
    """Ask whether somebody wants to log in without codes again; on POST, do it."""
    user = user_of(request)
    row = factors.of(user)
    if row is None:
        return HttpResponseRedirect(reverse("admin:desk_security"))
    if factors.needs(user) and factors.is_last(row):
        messages.error(request, _("Your login needs a second factor. You can set up another app instead."))
        return HttpResponseRedirect(reverse("admin:desk_security"))
    if request.method == "POST":
        if factors.remove(row, gettext_lazy("Turned off sign-in codes")):
            request.session.pop(FACTOR, None)
        messages.success(request, _("The desk no longer asks you for a code."))
        return HttpResponseRedirect(reverse("admin:desk_security"))
    return desk_page(request, "remove_app", _("Turn off sign-in codes"), is_last=factors.is_last(row))


@of_the_desk
@confirmed
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show somebody's own recovery codes; on POST, replace them."""
    user = user_of(request)
    if not factors.has_any(user):
        messages.info(
            request, _("Recovery codes come with a second factor. Set up an app or add a passkey first.")
        )
        return HttpResponseRedirect(reverse("admin:desk_security"))
    if request.method == "POST":
        factors.renew_recovery_codes(user)
        messages.success(request, _("These are your new recovery codes. The ones before no longer work."))
        return lead_to("admin:desk_recovery_codes", next_of(request))
    codes = [f"{text[:4]} {text[4:]}" for text in factors.recovery_codes(user)]
    return desk_page(request, "recovery_codes", _("Recovery codes"), codes=codes)


@about_a_colleague(gettext_lazy("Nothing was removed. Say how you know it's really them asking."))
def remove_app_of(request: HttpRequest, whose: User, reason: str) -> HttpResponse:
    """Let an administrator remove the second factor of somebody who lost phone and recovery codes."""
    if reason:
        if factors.turn_off(whose, user_of(request), gettext_lazy("Removed the second factor"), reason):
            sessions.end_all(whose.pk, but=request.session.session_key)
            messages.success(
                request,
                _(
                    "Removed, and all their sign-ins have ended. At their next sign-in, they only need "
                    "their password."
                ),
            )
        return page_of_person(whose)
    context = {"whose": whose, "has_factor": factors.has_any(whose), "is_needed": factors.needs(whose)}
    return desk_page(request, "remove_app_of", _("Remove sign-in codes"), **context)

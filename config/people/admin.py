"""The people who work here and their groups."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import AdminPasswordChangeForm

from config import roles, sessions
from messaging.desk import factors, show
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import user_of
from messaging.mirror.models import AuditEntry
from messaging.team import assign
from messaging.team.people import name

from . import sign_ins
from .forms import GroupForm, NewPersonForm, PersonForm, role_of

admin.site.unregister(User)
admin.site.unregister(Group)
# These come with allauth; nobody may read or change there how others sign in.
for label in (
    *("mfa.Authenticator", "account.EmailAddress", "account.EmailConfirmation"),
    *("socialaccount.SocialAccount", "socialaccount.SocialApp", "socialaccount.SocialToken"),
):
    if admin.site.is_registered(apps.get_model(label)):
        admin.site.unregister(apps.get_model(label))


class OnlyAdministratorsChange(DeskModelAdmin):
    """People and groups are changed by superusers alone, whatever a group of this desk was given.

    Otherwise the permission to change people, or groups, would be every permission: one could give oneself the rest, or
    a superuser a new password.
    """

    compressed_fields = False
    actions: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request) and super().has_delete_permission(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask whether to delete it; say instead why it stays, if it does."""
        row = self.get_object(request, unquote(object_id))
        if row is not None and self.has_delete_permission(request, row) and (why := self.why_it_stays(row)):
            messages.error(request, why)
            return HttpResponseRedirect(reverse(f"admin:auth_{self.opts.model_name}_change", args=[row.pk]))
        return super().delete_view(request, object_id, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        """Offer to delete only what can be."""
        if obj is not None and self.why_it_stays(obj):
            context["show_delete"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def why_it_stays(self, row: Any) -> str:
        """Return why a row can't be deleted, or "" if it can."""
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name what is deleted, without the rows that only belong to it."""
        _all, _counts, needed, protected = super().get_deleted_objects(objs, request)
        return [str(row) for row in objs], {self.opts.verbose_name_plural: len(objs)}, needed, protected


def _first_steps(user: User, url: str) -> str:
    """Return how somebody who was just added signs in."""
    about = {"name": name(user), "url": url}
    if not user.has_usable_password():
        return _("%(name)s signs in with the company's account at %(url)s.") % about
    said = _("Give %(name)s their user name and password. They sign in at %(url)s.") % about
    if not factors.needs(user):
        return said
    more = _("The first time, they set up a code from an app on their phone, or a passkey.")
    return f"{said} {more}"


def _is_administrator(request: HttpRequest) -> bool:
    return user_of(request).is_superuser


@admin.register(User)
class UserAdmin(DjangoUserAdmin, OnlyAdministratorsChange):
    """People get permissions only from their groups."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    change_form_outer_after_template = "admin/security/of_person.html"
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "has_password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Permissions"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (gettext_lazy("Sign-in"), {"fields": ("sign_in_codes", "company_account")}),
        (gettext_lazy("Work"), {"fields": ("work",)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Permissions"), {"fields": ("is_staff", "groups", "is_superuser")}),
    )
    readonly_fields = (
        *("has_password", "sign_in_codes", "company_account"),
        *("work", "last_login", "date_joined"),
    )
    list_display = ("user_name", "full_name", "email", "roles", "may_sign_in", "last_sign_in")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    page_select_related = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("groups")

    # The list.

    @admin.display(description=gettext_lazy("User name"), ordering="username")
    def user_name(self, user: User) -> str:
        return user.get_username()

    @admin.display(description=gettext_lazy("Name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "-"

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, user: User) -> str:
        found = [str(roles.ADMIN.title)] if user.is_superuser else []
        for group in user.groups.all():
            role = role_of(group)
            found.append(str(role.title) if role else group.name)
        return ", ".join(found) or "-"

    @admin.display(description=gettext_lazy("May sign in"), boolean=True)
    def may_sign_in(self, user: User) -> bool:
        return user.is_active and user.is_staff

    @admin.display(description=gettext_lazy("Last sign-in"), ordering="last_login")
    def last_sign_in(self, user: User) -> SafeString | str:
        return show.age(user.last_login)

    # The page of a person.

    @admin.display(description=gettext_lazy("Password"))
    def has_password(self, user: User) -> Any:
        is_set = user.has_usable_password()
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html(
            '{}. <a class="desk-link" href="{}">{}</a>',
            _("Set") if is_set else _("None"),
            url,
            _("Change it") if is_set else _("Set one"),
        )

    @admin.display(description=gettext_lazy("Second factor"))
    def sign_in_codes(self, user: User) -> Any:
        if not factors.has_any(user):
            return _("Off")
        url = reverse("admin:desk_remove_app_of", args=[user.pk])
        words = _("Remove it if the phone or passkey and the recovery codes are lost")
        return format_html('{}. <a class="desk-link" href="{}">{}</a>', _("On"), url, words)

    @admin.display(description=gettext_lazy("Company's account"))
    def company_account(self, user: User) -> Any:
        if not SocialAccount.objects.filter(user=user, provider=settings.OIDC_ISSUER.rstrip("/")).exists():
            return _("Not linked")
        url = reverse("admin:desk_separate_of", args=[user.pk])
        words = _("Separate it if it was replaced by a new one")
        return format_html('{}. <a class="desk-link" href="{}">{}</a>', _("Linked"), url, words)

    @admin.display(description=gettext_lazy("Work"))
    def work(self, user: User) -> str:
        url = reverse("admin:desk_work_of", args=[user.pk])
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', url, _("See it, or give all of it to a colleague")
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the password for someone who may only view people."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [(None, {"fields": ("username",)}), *found[1:]]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"title": _("Add person"), **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page of a person, for administrators with what they can do about the person's sign-ins."""
        user = self.get_object(request, unquote(object_id))
        more = sign_ins.context(user) if user and self.has_change_permission(request, user) else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    # Saving.

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say what doesn't go together: a group without sign-in, or work with somebody who can't do it anymore."""
        super().save_related(request, form, formsets, change)
        user = User.objects.get(pk=form.instance.pk)
        if user.is_active and not user.is_staff and user.groups.exists():
            words = _("%(name)s is in a group but can't sign in yet: turn on “May sign in here” as well.")
            messages.warning(request, words % {"name": user.get_username()})
        if not change and user.is_active and user.is_staff:
            messages.info(request, _first_steps(user, request.build_absolute_uri(reverse("admin:login"))))
        if change and not (user.is_active and user.is_staff):
            sessions.end_all(user.pk)
        if change and (count := assign.out_of_reach(user)):
            words = ngettext(
                "%(n)s record is with %(name)s, who can't work on it.",
                "%(n)s records are with %(name)s, who can't work on them.",
                count,
            ) % {"n": count, "name": name(user)}
            url = reverse("admin:desk_work_of", args=[user.pk])
            link = format_html(
                '{} <a class="desk-link" href="{}">{}</a>', words, url, _("Give their work to a colleague")
            )
            messages.warning(request, link)

    def why_it_stays(self, row: Any) -> str:
        """Return that what people did stays on record under their name."""
        has_acts = LogEntry.objects.filter(user=row).exists()
        if not (has_acts or AuditEntry.objects.filter(user_id=row.pk).exists()):
            return ""
        return _(
            "%(name)s can't be deleted: what they did here stays on record under their name. Turn off "
            "“Active” instead. They can't sign in then."
        ) % {"name": row.get_username()}


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, OnlyAdministratorsChange):
    """Groups, with the rights of the desk in the words of the page Roles."""

    form = GroupForm
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("name", "about")}),
        (gettext_lazy("What its people may do"), {"fields": ("permissions",)}),
    )
    readonly_fields = ("about",)
    list_display = ("name", "what")
    list_before_template = "admin/people/groups.html"

    @admin.display(description=gettext_lazy("What it is"))
    def about(self, group: Group) -> Any:
        role = role_of(group) if group.pk else None
        url = reverse("admin:desk_roles")
        link = format_html('<a class="desk-link" href="{}">{}</a>', url, _("See all roles side by side"))
        if role is None:
            words = _(
                "A group of your own, in addition to the desk's roles. Upgrading the desk doesn't change it."
            )
            return format_html("{} {}", words, link)
        words = _(
            "The group of the desk's role %(role)s. Upgrading the desk may add new permissions to it. What "
            "you remove here stays removed, and the page Roles marks it."
        )
        return format_html("{} {}", words % {"role": role.title}, link)

    @admin.display(description=gettext_lazy("What it is"))
    def what(self, group: Group) -> str:
        role = role_of(group)
        return f"{role.title}: {role.does}" if role else _("A group of your own")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the name of a role's group: the desk finds it by that."""
        return (*self.readonly_fields, "name") if obj and role_of(obj) else self.readonly_fields

    def why_it_stays(self, row: Any) -> str:
        """Return that the desk needs the groups of its roles."""
        if not role_of(row):
            return ""
        return _(
            "%(name)s is the group of one of the desk's roles and can't be deleted. Remove people or "
            "permissions from it instead."
        ) % {"name": row.name}

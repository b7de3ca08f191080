"""The people who work here and their groups."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Field, ManyToManyField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from messaging.desk import factors
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import user_of

# There are few enough groups and permissions for checkboxes; the two boxes with arrows are hard to use by keyboard.
CHECKBOXES: Mapping[type[Field], Mapping[str, Any]] = {
    ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
}

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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request) and super().has_delete_permission(request, obj)


def _is_administrator(request: HttpRequest) -> bool:
    return user_of(request).is_superuser


@admin.register(User)
class UserAdmin(DjangoUserAdmin, OnlyAdministratorsChange):
    """People get permissions only from their groups."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    compressed_fields = False
    filter_horizontal = ()
    formfield_overrides = CHECKBOXES
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (_("Sign-in"), {"fields": ("sign_in_codes", "company_account")}),
        (_("Work"), {"fields": ("work",)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("sign_in_codes", "company_account", "work", "last_login", "date_joined")

    @admin.display(description=_("Second factor"))
    def sign_in_codes(self, user: User) -> Any:
        if not factors.has_any(user):
            return _("Off")
        url = reverse("admin:desk_remove_app_of", args=[user.pk])
        words = _("Remove it, if phone or passkey and recovery codes are lost")
        return format_html('{}. <a class="desk-link" href="{}">{}</a>', _("On"), url, words)

    @admin.display(description=_("Company's account"))
    def company_account(self, user: User) -> Any:
        if not SocialAccount.objects.filter(user=user, provider=settings.OIDC_ISSUER.rstrip("/")).exists():
            return _("Not linked")
        url = reverse("admin:desk_separate_of", args=[user.pk])
        words = _("Separate it, if it was replaced by a new one")
        return format_html('{}. <a class="desk-link" href="{}">{}</a>', _("Linked"), url, words)

    @admin.display(description=_("Work"))
    def work(self, user: User) -> str:
        url = reverse("admin:desk_work_of", args=[user.pk])
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', url, _("See it, or give all of it to a colleague")
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say so if someone was put into a group and still can't log in: the log-in page speaks of a wrong password."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        if user.is_active and not user.is_staff and user.groups.exists():
            words = _("%(name)s is in a group but can't log in yet: turn on “Staff status” as well.")
            messages.warning(request, words % {"name": user.get_username()})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the password for someone who may only view people."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [(None, {"fields": ("username",)}), *found[1:]]

    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, OnlyAdministratorsChange):
    """Django's page of groups, with checkboxes for the permissions."""

    compressed_fields = False
    filter_horizontal = ()
    formfield_overrides = CHECKBOXES

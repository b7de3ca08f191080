"""The page Roles: what each role may do, and who has it."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.team.people import name

from .roles import ADMIN, RIGHTS, ROLES, Role

VIEW = "auth.view_group"
# How many people of a role are named.
MOST = 20


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show it as the groups are now, with what an administrator changed about them marked."""
    user = cast(User, request.user)
    if not user.has_perm(VIEW):
        raise PermissionDenied(VIEW)
    held = _held()
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Roles"),
        "roles": [_with_people(role, user) for role in (*ROLES, ADMIN)],
        "kinds": [
            (title, [(what, _cells(permission, who, held)) for what, permission, who in rows])
            for title, rows in RIGHTS
        ],
        "other_groups": Group.objects.exclude(name__in=[role.group for role in ROLES]).order_by("name")[
            :MOST
        ],
    }
    return TemplateResponse(request, "admin/roles.html", context)


def _held() -> dict[str, set[str]]:
    """Return the permissions that each role's group has now. One query."""
    held: dict[str, set[str]] = {role.group: set() for role in ROLES}
    rows = Group.objects.filter(name__in=held).exclude(permissions=None)
    for group, app, codename in rows.values_list(
        "name", "permissions__content_type__app_label", "permissions__codename"
    ):
        held[group].add(f"{app}.{codename}")
    return held


def _cells(permission: str, who: str, held: dict[str, set[str]]) -> list[dict[str, Any]]:
    """Return for each role whether it may, and whether that was changed here."""
    cells = [
        {
            "role": role.title,
            "may": (may := permission in held[role.group]),
            "is_changed": may != (role.letter in who),
        }
        for role in ROLES
    ]
    return [*cells, {"role": ADMIN.title, "may": True, "is_changed": False}]


def _with_people(role: Role, user: User) -> dict[str, Any]:
    people = User.objects.filter(is_active=True, is_staff=True).order_by("username")
    people = people.filter(groups__name=role.group) if role.group else people.filter(is_superuser=True)
    found = list(people[: MOST + 1])
    may_see = user.has_perm("auth.view_user")
    return {
        "title": role.title,
        "does": role.does,
        "people": [
            (name(one), reverse("admin:auth_user_change", args=[one.pk]) if may_see else "")
            for one in found[:MOST]
        ],
        "has_more": len(found) > MOST,
    }

"""Permissions by their names: what they are called where an administrator grants them, and whose records they open."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, Permission, User


def may_view(user: Any, label: str) -> bool:
    """Return True if this person may view records of a kind, by the label of its model such as hosted.HostedOrder."""
    app, _dot, name = label.lower().partition(".")
    return bool(user.has_perm(f"{app}.view_{name}"))


def lacking(user: User | AnonymousUser, *permissions: str) -> list[str]:
    """Return the names of those of `permissions` that this person lacks; one that doesn't exist has no name."""
    return [name for each in permissions if not user.has_perm(each) and (name := name_of(each))]


def name_of(permission: str) -> str:
    """Return what a permission is called, such as "Can submit hosted orders to Telnyx", or "" if it doesn't exist."""
    app, _dot, codename = permission.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    return found.name if found else ""

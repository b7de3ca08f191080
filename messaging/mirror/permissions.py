"""Permissions in words: the names an administrator sees when granting them."""

from django.contrib.auth.models import AnonymousUser, Permission, User


def lacking(user: User | AnonymousUser, *permissions: str) -> list[str]:
    """Return the names of those of `permissions` that this person lacks; one that doesn't exist has no name."""
    return [name for each in permissions if not user.has_perm(each) and (name := name_of(each))]


def name_of(permission: str) -> str:
    """Return what a permission is called, such as "Can submit hosted orders to Telnyx", or "" if it doesn't exist."""
    app, _dot, codename = permission.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    return found.name if found else ""

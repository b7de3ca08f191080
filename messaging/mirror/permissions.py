"""Permissions in words: what they are called where an administrator gives them."""

from django.contrib.auth.models import AnonymousUser, Permission, User


def lacking(user: User | AnonymousUser, *permissions: str) -> list[str]:
    """Return the names of those of `permissions` that this person does not hold; one that does not exist has none."""
    return [name for each in permissions if not user.has_perm(each) and (name := name_of(each))]


def name_of(permission: str) -> str:
    """Return what a permission is called, such as "Can submit hosted orders to Telnyx", or "" when there is none."""
    app, _dot, codename = permission.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    return found.name if found else ""

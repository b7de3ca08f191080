"""Colleagues, their browsers, and addresses of records, for the tests of working as a team."""

from django.contrib.auth.models import Group, User
from django.test import Client


def colleague(username: str, *groups: str, **changes) -> User:
    user = User.objects.create(username=username, **{"is_staff": True, **changes})
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def browser(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def url(record, page: str) -> str:
    return f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/{page}/"

"""A number's name can be changed at any time, is shown wherever the number is, and is searched for."""

import json
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from hosted.models import HostedNumber
from tests.hosted.conftest import ONE, TWO, at_telnyx, number, url

LIST = "/admin/hosted/hostednumber/"


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("olga")


@pytest.fixture
def desk(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def names(order, **typed: str) -> dict[str, str]:
    """Return what the form sends, opened with the names that are saved now."""
    keys = {row.phone_number: str(row.pk) for row in order.numbers.all()}
    saved = {keys[row.phone_number]: row.name for row in order.numbers.all()}
    return {"opened": json.dumps(saved), **saved, **{keys[called]: name for called, name in typed.items()}}


def test_names_are_changed_on_record_whatever_the_stage(desk, draft):
    order = at_telnyx(draft(ONE, TWO), "pending")

    answer = desk.post(url(order, "names"), names(order, **{ONE: "Front desk"}), follow=True)

    page = unescape(answer.content.decode())
    assert "Names saved." in page
    assert "Names of numbers changed" in page
    assert "+1 312 555 0101: (empty) → Front desk" in page
    assert [number(order, called).name for called in (ONE, TWO)] == ["Front desk", ""]


def test_saving_the_same_names_leaves_no_trace(desk, draft):
    order = draft(ONE)
    page = desk.post(url(order, "names"), names(order), follow=True).content.decode()
    assert "Names of numbers changed" not in page


def test_a_name_that_a_colleague_changed_meanwhile_is_asked_about(desk, draft):
    order = draft(ONE, TWO)
    opened = names(order, **{ONE: "Mine"})
    order.numbers.filter(phone_number=ONE).update(name="Theirs")
    order.numbers.filter(phone_number=TWO).update(name="Also theirs")

    page = desk.post(url(order, "names"), opened).content.decode()

    assert "Changed in two places" in page
    assert "Mine" in page
    assert number(order, ONE).name == "Theirs"
    assert number(order, TWO).name == "Also theirs"


def test_a_name_that_is_too_long_is_refused_beside_its_field_and_nothing_is_lost(desk, draft):
    order = draft(ONE, TWO)
    page = desk.post(url(order, "names"), names(order, **{ONE: "x" * 101, TWO: "Kept"})).content.decode()
    assert "at most 100 characters" in page
    assert 'value="Kept"' in page
    assert number(order, TWO).name == ""


def test_only_people_who_change_orders_change_names(draft):
    order = draft(ONE)
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_hostedorder"))
    client = Client()
    client.force_login(viewer)

    assert client.post(url(order, "names"), names(order, **{ONE: "No"})).status_code == 403
    assert "Edit names" not in client.get(url(order)).content.decode()


def test_the_inventory_shows_and_finds_the_newest_name(desk, draft):
    draft(ONE).numbers.update(name="Old name")
    draft(ONE).numbers.update(name="Dr. Núñez")
    draft(ONE)
    HostedNumber.objects.create(remote_id="n1", phone_number=ONE)
    HostedNumber.objects.create(remote_id="n2", phone_number=TWO)

    page = desk.get(LIST).content.decode()
    assert "Dr. Núñez" in page
    assert "Old name" not in page

    found = desk.get(LIST, {"q": "Núñez"}).content.decode()
    assert "+1 312 555 0101" in found
    assert "+1 312 555 0102" not in found


def test_the_name_of_a_number_is_only_for_people_who_see_orders(draft):
    draft(ONE).numbers.update(name="Dr. Núñez")
    HostedNumber.objects.create(remote_id="n1", phone_number=ONE)
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_hostednumber"))
    client = Client()
    client.force_login(viewer)

    assert "Núñez" not in client.get(LIST).content.decode()
    assert "+1 312 555 0101" not in client.get(LIST, {"q": "Núñez"}).content.decode()

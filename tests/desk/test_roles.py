"""Who can do what: the groups have exactly the permissions of config/roles.py, and all others are refused."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import roles
from hosted.models import HostedNumber
from messaging.mirror import grants
from messaging.mirror.models import Import, OutboxEntry, RecordView, Recovery
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.actions import ACTIONS
from messaging.mirror.records import sync
from messaging.models import (
    AlphanumericSender,
    AutoResponse,
    ComposedMessage,
    Look,
    Message,
    MessageQuestion,
    MessagingProfile,
    OptOut,
)
from messaging.sending.choices import WAYS
from rcs.models import RcsAgent, RcsAgentRegistration, RcsBrand, RcsMessage
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event, make_request

ROLES = ["compliance", "approver", "operator", "support", "auditor"]
DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "roles.md"
ROW = re.compile(r"\| (?P<what>[^|]+) \| `(?P<permission>[a-z_.]+)` \|(?P<marks>(?: (?:yes)? ?\|){5})")


def test_the_document_says_the_same_as_the_code():
    said = []
    for line in DOCUMENT.read_text().splitlines():
        if row := ROW.fullmatch(line):
            marks = [mark.strip() for mark in row["marks"].split("|")[:-1]]
            who = "".join(role.letter for role, mark in zip(roles.ROLES, marks, strict=True) if mark)
            said.append((row["what"], row["permission"], who))

    assert said == [(str(what), *rest) for _title, rows in roles.RIGHTS for what, *rest in rows]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.promise("F87", "X86")
def test_a_group_holds_exactly_what_the_matrix_says(db, role):
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")

    held = {f"{held.content_type.app_label}.{held.codename}" for held in permissions}

    assert held == roles.may()[role]


def test_the_matrix_names_permissions_that_exist(db):
    known = {f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.all()}

    assert set.union(*roles.may().values()) <= known


def test_every_permission_has_the_name_that_its_model_gives_it(db):
    """Django makes the row once and never renames it."""
    labels = ("mirror", "messaging", "hosted", "tollfree", "rcs")
    wanted: dict[tuple[str, str], str] = {}
    for model in apps.get_models():
        what = model._meta
        usual = {
            f"{act}_{what.model_name}": f"Can {act} {what.verbose_name}" for act in what.default_permissions
        }
        names = usual | {codename: str(name) for codename, name in what.permissions}
        wanted |= {(what.app_label, codename): name for codename, name in names.items()}
    rows = Permission.objects.filter(content_type__app_label__in=labels).select_related("content_type")

    found = {(row.content_type.app_label, row.codename): row.name for row in rows}
    assert {key: name for key, name in found.items() if wanted.get(key) != name} == {}


# Who decides about which kind of request. Only administrators decide about what is not named here.
DECIDERS = {
    "tollfree.verificationrequest": {
        "create": {"compliance", "approver"},
        "update": {"compliance", "approver"},
        "delete": {"compliance"},
    },
    "hosted.hostedorder": {
        "create": {"operator"},
        "check_eligibility": {"operator"},
        "send_codes": {"operator"},
        "call_codes": {"operator"},
        "validate_codes": {"operator"},
        "upload_documents": {"operator"},
        "cancel": {"operator", "compliance"},
        "remove_number": {"operator", "compliance"},
    },
    "hosted.hostednumber": {"update": {"operator"}},
    "messaging.messagingprofile": dict.fromkeys(
        ("create", "update", "delete", "regenerate_secret", "assign_numbers"), {"operator"}
    ),
    "messaging.alphanumericsender": dict.fromkeys(("create", "delete"), {"operator"}),
    "messaging.autoresponse": dict.fromkeys(("create", "replace", "delete"), {"compliance"}),
    "messaging.composedmessage": {
        **{way.operation: {"operator"} for way in WAYS.values()},
        "cancel": {"operator", "compliance"},
    },
    "rcs.rcsagent": {"update": {"operator"}},
    "rcs.rcsbrand": dict.fromkeys(("create", "update", "submit"), {"operator"}),
    "rcs.rcsagentregistration": dict.fromkeys(
        ("create", "update", "submit", "launch", "add_device", "remove_device"), {"operator"}
    ),
    "rcs.testinvite": {"invite": {"operator"}},
    "rcs.rcsmessage": {"create": {"operator"}},
}


def entries(state: str) -> list[OutboxEntry]:
    """Return one entry of every kind, whose record no longer exists here."""
    made = []
    for model in sync.resources():
        for name, operation in model.operations.items():
            sent = {"send_started_at": timezone.now()} if state == State.NEEDS_PERSON else {}
            made.append(
                OutboxEntry.objects.create(
                    resource_type=ContentType.objects.get_for_model(model),
                    resource_id=uuid4(),
                    operation=name,
                    moves_record=operation.moves_record,
                    method=operation.method,
                    path="/x",
                    body=b"",
                    state=state,
                    not_before=timezone.now() + timedelta(hours=1),
                    **sent,
                )
            )
    return made


@pytest.mark.parametrize("role", [*ROLES, "admin", "nobody"])
@pytest.mark.promise("X86")
def test_only_people_who_may_make_a_kind_of_request_decide_about_one(login, role):
    client = login(role)

    for entry in entries(State.QUEUED):
        kind = entry.resource_type.model_class()._meta.label_lower
        answer = client.post(entry_url(entry, "cancel"), {"text": "not wanted"})
        entry.refresh_from_db()

        may = role == "admin" or role in DECIDERS.get(kind, {}).get(entry.operation, set())
        assert (answer.status_code, entry.state) == (
            (302, State.CANCELLED) if may else (403, State.QUEUED)
        ), f"{kind} {entry.operation}"


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
@pytest.mark.promise("X86")
def test_every_action_on_a_request_of_another_kind_is_refused(login, role, action):
    client = login(role)

    for entry in entries(State.NEEDS_PERSON):
        kind = entry.resource_type.model_class()._meta.label_lower
        if role not in DECIDERS.get(kind, {}).get(entry.operation, set()):
            assert client.post(entry_url(entry, action.name), {"text": "x"}).status_code == 403, kind
            entry.refresh_from_db()
            assert entry.state == State.NEEDS_PERSON


def test_a_test_message_is_decided_by_people_who_may_send_tests(login):
    for purpose, code in (("test", 302), ("manual", 403)):
        message = ComposedMessage.objects.create(
            kind="message", purpose=purpose, sender="+13125550100", recipients=["+13125550199"], text="Hi"
        )
        entry = outbox.add(message, message.create_operation(), requested_by=None)

        client = Client()
        client.force_login(User.objects.get_or_create(username="amy", is_staff=True)[0])
        User.objects.get().groups.add(Group.objects.get(name="compliance"))
        assert client.post(entry_url(entry, "cancel"), {"text": "x"}).status_code == code


@pytest.mark.promise("X88")
def test_every_operation_names_a_permission_that_exists(db):
    known = {f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.all()}

    for model in sync.resources():
        for name, operation in model.operations.items():
            assert operation.permission_for(None) in known, f"{model._meta.label} {name}"


# Who can have Telnyx asked now. It costs a request, so people who only view cannot.
ASKERS = {
    "hosted_hostednumber_ask": {"operator"},
    "hosted_hostednumber_look": {"operator"},
    "hosted_hostedorder_look": {"operator"},
    "messaging_alphanumericsender_ask": {"operator"},
    "messaging_autoresponse_ask": {"compliance"},
    "messaging_composedmessage_ask": {"compliance", "operator", "support"},
    "messaging_message_ask": {"compliance", "operator", "support"},
    "messaging_message_ask_id": {"compliance", "operator", "support"},
    "messaging_messagingprofile_ask": {"operator"},
    "messaging_optout_read_again": {"compliance", "operator", "support"},
    "mirror_import_again": {"compliance", "operator"},
    "mirror_import_look": {"compliance", "operator"},
    "mirror_recovery_again": {"compliance"},
    "mirror_recovery_look": {"compliance"},
    "rcs_rcsagent_ask": {"operator"},
    "rcs_rcsagentregistration_ask": {"operator"},
    "rcs_rcsbrand_ask": {"operator"},
    "rcs_rcsmessage_ask": {"compliance", "operator", "support"},
    "tollfree_verificationrequest_ask": {"approver", "compliance"},
    # Not Telnyx, but the websites that the request names.
    "tollfree_verificationrequest_again": {"compliance", "operator"},
    "tollfree_verificationrequest_look": {"approver", "compliance"},
}


# These look for more than new records of one list.
OF_THE_MACHINERY = {"mirror_import_look", "mirror_recovery_look"}


def asking_urls() -> dict[str, str]:
    """Return the addresses of everything that asks Telnyx, by name, for existing records."""
    at_telnyx = {"sync_state": "accepted"}
    profile = MessagingProfile.objects.create(remote_id="p1", name="Northwind", **at_telnyx)
    agent = RcsAgent.objects.create(remote_id="a1", agent_name="Larkspur", enabled=True, **at_telnyx)
    now = timezone.now()
    records = {
        "hosted_hostednumber": HostedNumber.objects.create(remote_id="n1", **at_telnyx),
        "messaging_alphanumericsender": AlphanumericSender.objects.create(
            remote_id="s1", alphanumeric_sender_id="NORTHWIND", messaging_profile_id="p1", **at_telnyx
        ),
        "messaging_autoresponse": AutoResponse.objects.create(
            remote_id="r1", profile=profile, op="info", **at_telnyx
        ),
        "messaging_composedmessage": ComposedMessage.objects.create(
            remote_id=str(uuid4()),
            kind="message",
            purpose="test",
            sender="+13125550100",
            recipients=["+13125550199"],
            text="Hi",
        ),
        "messaging_message": Message.objects.create(
            remote_id=uuid4(), direction="outbound", happened_at=now, status_at=now, details_at=now
        ),
        "messaging_messagingprofile": profile,
        "mirror_import": Import.objects.create(state=Import.State.PARTLY),
        "mirror_recovery": Recovery.objects.create(since=now - timedelta(hours=1), until=now),
        "rcs_rcsagent": agent,
        "rcs_rcsagentregistration": RcsAgentRegistration.objects.create(remote_id="g1", **at_telnyx),
        "rcs_rcsbrand": RcsBrand.objects.create(remote_id="b1", **at_telnyx),
        "rcs_rcsmessage": RcsMessage.objects.create(
            remote_id=str(uuid4()), agent=agent, recipient="+13125550199", purpose="test"
        ),
        "tollfree_verificationrequest": make_request(),
    }
    of_lists = {"messaging_message_ask_id", "messaging_optout_read_again"}
    of_lists |= {name for name in ASKERS if name.endswith("_look")}
    return {
        name: reverse(f"admin:{name}", args=[] if name in of_lists else [records[name.rpartition("_")[0]].pk])
        for name in ASKERS
    }


@pytest.mark.parametrize("role", [*ROLES, "admin", "nobody"])
def test_those_who_only_view_ask_telnyx_for_nothing(login, role):
    urls = asking_urls()
    client = login(role)

    answers = {name: client.post(url).status_code for name, url in urls.items()}

    allowed = {name for name, roles in ASKERS.items() if role == "admin" or role in roles}
    assert {name for name, status in answers.items() if status != 403} == allowed
    assert {answers[name] for name in allowed} <= {200, 302}
    assert sync.pulls().is_wanted == ("messaging_optout_read_again" in allowed)
    assert Look.objects.exists() == any(name.endswith("_look") for name in allowed - OF_THE_MACHINERY)
    assert MessageQuestion.objects.exists() == ("messaging_message_ask" in allowed)


def test_every_address_that_asks_telnyx_is_in_this_list():
    found = {
        name
        for pattern in admin.site.urls[0]
        for inner in getattr(pattern, "url_patterns", [])
        if (name := inner.name or "").endswith(("_ask", "_ask_id", "_read", "_read_again", "_look", "_again"))
    }

    # The first sets a reminder, the second queues a request. Neither reads anything at Telnyx.
    assert found - {"hosted_hostedorder_check_again", "rcs_rcsagent_invite_again"} == set(ASKERS)


@pytest.mark.parametrize("role", [*ROLES, "admin"])
def test_figures_are_read_before_they_are_old_for_those_who_manage_profiles(login, role):
    MessagingProfile.objects.create(remote_id="p1", name="Northwind", sync_state="accepted")
    client = login(role)
    urls = [
        reverse("admin:messaging_messagingprofile_all_figures"),
        reverse("admin:messaging_messagingprofile_figures", args=[MessagingProfile.objects.get().pk]),
    ]

    for url in urls:
        may = role in ("operator", "admin")
        assert client.get(f"{url}?again=1").status_code == (200 if may else 403)
        page = client.get(url)
        assert page.status_code == 200
        assert ("again=1" in page.content.decode()) == may


REVEALERS = {
    "outboxentry": {"compliance", "admin"},
    "webhookevent": {"compliance", "admin"},
    "optout": {"compliance", "support", "admin"},
}


@pytest.mark.parametrize("role", [*ROLES, "admin", "nobody"])
@pytest.mark.promise("X86")
def test_records_open_for_people_who_may_and_are_refused_to_everybody_else(login, role):
    client = login(role)
    out = OptOut.objects.create(to_number="+13125550999", stopped_at=timezone.now())
    records = [make_entry(), make_event(), out]

    for record in records:
        url = f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/reveal/"
        answer = client.post(url, {"reason": "Ticket 12"})
        opened = RecordView.objects.filter(kind=record._meta.label_lower, key=str(record.pk)).count()
        may = role in REVEALERS[record._meta.model_name]
        assert (answer.status_code, opened) == ((302, 1) if may else (403, 0)), url
        assert client.get(url).status_code == 405


@pytest.mark.promise("X104")
def test_a_view_is_never_changed_or_deleted(login):
    client, event = login("compliance"), make_event()
    client.post(event_url(event, "reveal"), {"reason": "Ticket 12"})

    with pytest.raises(IntegrityError), transaction.atomic():
        RecordView.objects.update(reason="another")
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordView.objects.all().delete()


@pytest.mark.promise("F87")
def test_someone_who_cannot_decide_reads_which_permission_is_missing_and_who_grants_it(login):
    entry = make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome="unclear", worker="w")

    page = login("operator").get(entry_url(entry)).content.decode()

    assert "Can submit toll-free verifications to Telnyx" in page
    assert "An administrator can give it to you." in page


@pytest.mark.promise("F87")
def test_auditors_view_people_and_groups_and_change_nothing(login):
    client = login("auditor")
    someone = User.objects.create_user("someone", password="hush-hush-hush", is_staff=True)  # noqa: S106
    group = Group.objects.get(name="support")

    page = client.get(f"/admin/auth/user/{someone.pk}/change/")

    assert page.status_code == client.get("/admin/auth/user/").status_code == 200
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    assert "argon2" not in page.content.decode()
    assert "hash" not in page.content.decode()
    doors = ["user/add/", f"user/{someone.pk}/delete/", f"user/{someone.pk}/password/", "group/add/"]
    posts = [*doors, f"user/{someone.pk}/change/", f"group/{group.pk}/change/"]
    assert {client.post(f"/admin/auth/{door}", {"is_superuser": "on"}).status_code for door in posts} == {403}


PEOPLE = [
    f"{act}_{model}"
    for act in ("add", "change", "delete", "view")
    for model in ("user", "group", "permission")
]


def test_a_group_that_may_change_people_makes_nobody_an_administrator(login):
    group = Group.objects.get(name="support")
    group.permissions.add(*Permission.objects.filter(codename__in=PEOPLE))
    client, boss = login("support"), User.objects.create_superuser("boss")
    me = User.objects.get(username="support")
    old = User.objects.in_bulk()
    mine = {"username": me.username, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    new = {"password1": (word := "a very long new password"), "password2": word, "usable_password": "true"}

    answers = [
        client.post(f"/admin/auth/user/{me.pk}/change/", mine),
        client.post(f"/admin/auth/user/{boss.pk}/change/", {"username": "boss", "is_staff": "on"}),
        client.post(f"/admin/auth/user/{boss.pk}/password/", new),
        client.post(f"/admin/auth/user/{boss.pk}/delete/", {"post": "yes"}),
        client.post("/admin/auth/user/add/", {"username": "eve", **new}),
        client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "all", "permissions": "1"}),
        client.post("/admin/auth/group/add/", {"name": "all", "permissions": "1"}),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert client.get(f"/admin/auth/user/{boss.pk}/change/").status_code == 200
    assert {
        pk: (one.username, one.password, one.is_superuser) for pk, one in User.objects.in_bulk().items()
    } == {pk: (one.username, one.password, one.is_superuser) for pk, one in old.items()}
    assert not Group.objects.filter(name="all").exists()


def test_a_person_in_a_group_who_cannot_log_in_yet_is_named_when_saved(db):
    boss, casey = Client(), User.objects.create_user("casey")
    boss.force_login(User.objects.create_superuser("boss"))
    form = {"username": "casey", "is_active": "on", "groups": [Group.objects.get(name="compliance").pk]}

    warned = boss.post(f"/admin/auth/user/{casey.pk}/change/", form, follow=True).content.decode()
    silent = boss.post(f"/admin/auth/user/{casey.pk}/change/", form | {"is_staff": "on"}, follow=True)

    assert "casey is in a group but can&#x27;t sign in yet" in warned
    assert "can&#x27;t sign in yet" not in silent.content.decode()


@pytest.mark.parametrize(
    ("role", "address", "words"),
    [
        ("support", "mirror/webhookevent/", "Can view webhook event"),
        ("auditor", "messaging/composedmessage/new/", "Can send messages"),
        ("support", "hosted/hostedorder/add/", "Can add hosted order"),
        ("operator", "auth/user/", "Can view user"),
        ("auditor", "rcs/capability/check/", "Can add RCS capability check"),
    ],
)
@pytest.mark.promise("F87")
def test_a_refusal_names_the_permission_and_who_grants_it(login, role, address, words):
    answer = login(role).get(f"/admin/{address}")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert f"“{words}”" in page
    assert "Ask an administrator to give it to one of your groups" in page


@pytest.mark.promise("F87")
def test_a_refused_action_names_the_permission_it_needs(login):
    answer = login("approver").post(entry_url(entries(State.QUEUED)[-1], "cancel"), {"text": "x"})

    assert answer.status_code == 403
    assert re.search("needs the permission “Can [^”]+”", answer.content.decode())


def test_a_page_of_another_person_is_refused_without_naming_a_permission_that_would_not_help(login):
    author = User.objects.create(username="author", is_staff=True)
    message = ComposedMessage.objects.create(
        kind="message", purpose="manual", recipients=["+13125550199"], text="Hi", created_by=author
    )

    answer = login("operator").get(f"/admin/messaging/composedmessage/new/message/?again={message.pk}")

    assert answer.status_code == 403
    assert "may belong to someone else" in answer.content.decode()


def test_a_migration_gives_old_permissions_the_names_people_read_now(db):
    renamed = Permission.objects.filter(codename__in=["withdraw_optout", "view_documentlook"])
    renamed.update(name="Can do what it was once called")

    grants.rename("messaging")(apps, connection.schema_editor())
    grants.rename("hosted")(apps, connection.schema_editor())

    assert set(renamed.values_list("codename", "name")) == {
        ("withdraw_optout", "Can remove our block of a number"),
        ("view_documentlook", "Can view document view"),
    }

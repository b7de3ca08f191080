"""Every change of a watched table leaves a row that says who made it, and nobody changes that row."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.urls import reverse

from messaging.desk import acts
from messaging.mirror import retention
from messaging.mirror.audit import chain, tables, triggers
from messaging.mirror.audit.context import acting
from messaging.mirror.inbound import drain
from messaging.mirror.models import AuditEntry, AuditSeal
from messaging.mirror.records import bulk_copy
from messaging.models import CalendarLink, LogSearch
from tests.desk.conftest import make_entry, make_event, make_request
from tollfree.models import RejectionReason, VerificationRequest

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"

LABEL = "tollfree.verificationrequest"
SECRET_WORDS = ("password", "secret", "token", "digest", "sealed", "key", "data", "thumbnail")


def rows(label: str = LABEL, **criteria) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(label=label, **criteria).order_by("id"))


@pytest.fixture
def request_row(db) -> VerificationRequest:
    return make_request(corporateWebsite="https://a.example", phoneNumbers=[{"phoneNumber": "+18885550101"}])


def test_every_model_is_on_exactly_one_of_the_two_lists():
    every = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    watched, left = {each.label for each in tables.watched()}, set(tables.left())

    assert watched & left == set()
    assert every - watched - left == set(), "config/audited.py says nothing of a new model"
    assert (watched | left) - every == set()


def test_nobody_finds_rows_by_what_is_masked_in_them():
    for hidden in (["username"], []):
        with pytest.raises(ValueError, match="must not find rows by it"):
            tables.watch(User, called=["username"], secret=hidden, masked=[] if hidden else ["username"])


def test_a_new_model_is_noticed(monkeypatch):
    monkeypatch.delitem(tables._left, "messaging.message")

    with pytest.raises(AssertionError, match="messaging.message"):
        test_every_model_is_on_exactly_one_of_the_two_lists()


def test_no_secret_column_is_kept_as_it_is():
    known = {
        "messaging.autoresponse.keywords",
        "messaging.noticesettings.digest_at",
        "tollfree.rejectionreason.key",
        "tollfree.verificationrequest.opt_in_keywords",
    }
    doubtful = {
        f"{each.label}.{field.column}"
        for each in tables.watched()
        for field in each.model._meta.local_concrete_fields
        if (any(word in field.column for word in SECRET_WORDS) or isinstance(field, models.BinaryField))
        and field.column not in each.secret | each.ignored
    }

    assert doubtful - known == set()


def test_a_change_has_both_values_of_what_changed_and_nothing_else(request_row):
    request_row.corporate_website = "https://b.example"
    request_row.save()

    row = rows()[-1]
    assert (row.action, row.key) == ("update", str(request_row.pk))
    assert row.before == {"corporate_website": "https://a.example"}
    assert row.after == {"corporate_website": "https://b.example"}
    assert "+18885550101" in row.numbers


def test_what_changes_nothing_or_only_bookkeeping_leaves_no_row(request_row):
    before = AuditEntry.objects.count()

    request_row.save()
    VerificationRequest.objects.filter(pk=request_row.pk).update(
        next_poll_at=datetime.now(UTC), version=7, remote_data={"a": 1}, remote_as_of=datetime.now(UTC)
    )

    assert AuditEntry.objects.count() == before


def test_a_deleted_row_leaves_what_it_held(db):
    reason = RejectionReason.objects.create(key="k1", title="Title", phrases="one")
    key = str(reason.pk)
    reason.delete()

    added, gone = rows("tollfree.rejectionreason", key=key)
    assert (added.action, gone.action) == ("insert", "delete")
    assert added.after["title"] == gone.before["title"] == "Title"
    assert added.before == gone.after == {}


def test_a_bulk_update_a_raw_statement_and_a_copy_leave_rows_too(db):
    one, two = make_request(), make_request()
    VerificationRequest.objects.filter(pk__in=[one.pk, two.pk]).update(use_case="2FA")
    with acting(source="test"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tollfree_verificationrequest SET use_case_summary = '100% ours'")
            assert cursor.rowcount == 2
            cursor.execute(
                "UPDATE tollfree_verificationrequest SET use_case = %(to)s RETURNING use_case", {"to": "Auth"}
            )
            assert cursor.fetchall() == [("Auth",), ("Auth",)]
        bulk_copy.copy_in([RejectionReason(key="copied", title="Copied")])

    assert [row.after for row in rows() if row.action == "update"] == [
        *[{"use_case": "2FA"}] * 2,
        *[{"use_case_summary": "100% ours"}] * 2,
        *[{"use_case": "Auth"}] * 2,
    ]
    assert {row.source for row in rows()[-4:]} == {"test"}
    assert rows("tollfree.rejectionreason")[-1].source == "test"


def test_secrets_are_never_written(db):
    user = User.objects.create_user("someone", password="first password")
    user.set_password("second password")
    user.save()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    CalendarLink.objects.create(user=user, digest="d1g3st", sent={}, made_at=datetime.now(UTC))

    told = json.dumps([[row.before, row.after] for row in AuditEntry.objects.all()])
    assert rows("auth.user")[-1].after == {"password": {"secret": True}}
    assert not [secret for secret in ("pbkdf2", "md5", "JBSWY3", "d1g3st") if secret in told]


def test_only_searches_with_a_name_count(person):
    search = LogSearch.objects.create(owner=person("support"), name="", term="+13125550001")
    assert rows("messaging.logsearch") == []

    LogSearch.objects.filter(pk=search.pk).update(name="Mine")
    assert [(row.action, row.after) for row in rows("messaging.logsearch")] == [("update", {"name": "Mine"})]


def test_a_page_says_who_where_and_in_which_request(person, login):
    browser = login("admin")
    group = Group.objects.create(name="Night shift")

    answer = browser.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Day shift"})

    assert answer.status_code == 302, answer.content.decode()[:500]
    renamed, act = rows("auth.group")[-1], rows("admin.logentry")[-1]
    assert (renamed.actor, renamed.user_id) == ("admin", User.objects.get(username="admin").pk)
    assert renamed.page == f"admin:auth_group_change {group.pk}"
    assert renamed.source == "page"
    assert renamed.request_id == act.request_id != ""
    assert renamed.xact == act.xact


def test_a_number_in_an_address_is_not_kept(login):
    browser = login("admin")
    browser.get("/admin/desk/zone/?next=+13125550001")
    browser.post("/admin/desk/calendar/make/?x=13125550001", {})

    assert not any("3125550001" in row.page for row in AuditEntry.objects.all())


def test_the_reason_is_in_the_same_transaction(person, request_row):
    user = person("compliance")
    with transaction.atomic():
        VerificationRequest.objects.filter(pk=request_row.pk).update(business_name="Other")
        acts.record(user, request_row, "Renamed", reason="Because they moved")

    changed, act = rows()[-1], rows("admin.logentry")[-1]
    assert act.after["change_message"] == "Renamed\nBecause they moved"
    assert act.xact == changed.xact


def test_nobody_inherits_who_was_at_work_before(request_row):
    with acting(source="task one"):
        VerificationRequest.objects.update(business_name="One")
    VerificationRequest.objects.update(business_name="Two")

    assert [row.source == "task one" for row in rows()[-2:]] == [True, False]


def test_what_a_request_to_telnyx_brings_names_that_request(work, transactional_db):
    entry = make_entry()

    work(entry)

    brought = rows(cause=f"entry {entry.pk}")
    assert any("remote_id" in row.after for row in brought)
    assert {row.key for row in brought} == {str(entry.resource_id)}


def test_an_event_names_itself_and_a_hint_leaves_no_row(request_row, monkeypatch):
    def rename(event) -> None:
        VerificationRequest.objects.filter(pk=request_row.pk).update(business_name="By the event", version=9)

    monkeypatch.setattr(drain, "_handlers", [(lambda data: True, rename)])
    event = make_event()

    drain.drain()
    drain.drain()

    assert [(row.cause, row.actor) for row in rows(action="update")] == [(f"event {event.pk}", "")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mirror_auditentry SET actor = 'somebody else'",
        "UPDATE mirror_auditentry SET before = '{}', after = '{}'",
        "DELETE FROM mirror_auditentry",
        "UPDATE mirror_auditseal SET rows = 0",
        "DELETE FROM mirror_auditseal",
    ],
)
def test_rows_and_seals_are_only_added(request_row, statement):
    seal_yesterday()

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute(statement)


# The seals.


def back_by(days: int) -> None:
    """Let all rows be older than they are, with digests that fit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('desk.audit_erasing', 'on', true)")
        cursor.execute("UPDATE mirror_auditentry SET at = at - make_interval(days => %s)", [days])
        cursor.execute("UPDATE mirror_auditentry AS e SET digest = mirror_audit_digest(e)")
        cursor.execute("SELECT set_config('desk.audit_erasing', '', true)")


def seal_yesterday(days: int = 2) -> None:
    back_by(days)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
        today = cursor.fetchone()[0]
        for back in range(days, 1, -1):
            cursor.execute("SELECT mirror_audit_seal(%s)", [today - timedelta(days=back)])


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('desk.audit_erasing', 'on', true)")
        cursor.execute(statement)
        cursor.execute("SELECT set_config('desk.audit_erasing', '', true)")


@pytest.fixture
def sealed(request_row) -> list[AuditEntry]:
    """Return the rows of a sealed day, each about a change of its own."""
    for number in range(4):
        VerificationRequest.objects.update(business_name=f"Name {number}")
    seal_yesterday(days=3)
    return list(AuditEntry.objects.order_by("id"))


def verify() -> list[str]:
    return list(chain._problems())


def test_a_day_as_it_was_written_is_in_order(sealed):
    assert verify() == []
    assert AuditSeal.objects.count() == 2


@pytest.mark.promise("X104")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE mirror_auditentry SET actor = 'x' WHERE id = {id}", "Row {id} of {day} was changed."),
        ("UPDATE mirror_auditentry SET after = '{{}}' WHERE id = {id}", "Row {id} of {day} was changed."),
        (
            "UPDATE mirror_auditentry SET after = '{{\"a\": 1}}', salt = '' WHERE id = {id}",
            "Row {id} of {day} was changed.",
        ),
        ("DELETE FROM mirror_auditentry WHERE id = {id}", "Row {id} of {day} is missing."),
        ("UPDATE mirror_auditseal SET rows = 77", None),
    ],
)
def test_tampering_is_named_by_day_and_row(sealed, statement, said):
    victim = sealed[2]
    about = {"id": victim.pk, "day": victim.at.date()}
    tamper(statement.format(**about))

    found = verify()
    assert (said.format(**about) in found) if said else True
    if said:
        with pytest.raises(SystemExit) as ended:
            call_command("verify_audit")
        assert ended.value.code == 1


def test_a_row_changed_together_with_its_digest_is_named(sealed):
    victim = sealed[1]
    tamper(f"UPDATE mirror_auditentry SET actor = 'x' WHERE id = {victim.pk}")
    tamper(f"UPDATE mirror_auditentry AS e SET digest = mirror_audit_digest(e) WHERE id = {victim.pk}")

    assert verify() == [
        f"Row {victim.pk} of {victim.at.date()} was changed after that day was sealed, together with its digest."
    ]


def test_a_seal_that_is_gone_or_changed_is_noticed(sealed):
    first = AuditSeal.objects.first()
    tamper(f"UPDATE mirror_auditseal SET sha256 = '\\x00' WHERE day = '{first.day}'")

    assert any(str(first.day) in sentence for sentence in verify())


def test_what_the_retention_erases_leaves_the_audit_and_the_chain_holds(sealed, request_row):
    with transaction.atomic(), retention.erasing():
        VerificationRequest.objects.filter(pk=request_row.pk).update(business_name="")

    told = json.dumps([[row.before, row.after, row.numbers] for row in rows()])
    assert "Name" not in told
    assert "business_name" in rows()[-1].erased
    assert verify() == []


def test_a_record_that_the_retention_deletes_leaves_only_that(sealed, request_row):
    key = str(request_row.pk)
    with transaction.atomic(), retention.erasing():
        request_row.delete()

    assert {(json.dumps(row.before), json.dumps(row.after)) for row in rows(key=key)} == {("{}", "{}")}
    assert verify() == []


def test_days_go_when_their_time_is_up_and_the_chain_holds(sealed, settings):
    settings.RETENTION_AUDIT_DAYS = 1
    day = sealed[0].at.date()

    retention.run()

    assert not AuditEntry.objects.filter(at__date=day).exists()
    assert AuditSeal.objects.get(day=day).emptied_at
    assert verify() == []


def test_a_day_emptied_before_its_time_is_noticed(sealed):
    chain.empty(sealed[0].at.date())

    assert verify() == [
        f"The rows of {sealed[0].at.date()} were deleted, but not because their retention period had ended."
    ]


def test_today_is_not_sealed(request_row):
    with pytest.raises(DatabaseError, match="not over"), transaction.atomic():
        connection.cursor().execute("SELECT mirror_audit_seal((clock_timestamp() AT TIME ZONE 'UTC')::date)")


def test_the_role_of_the_page_about_operations_works_and_is_on_record_and_backs_up_but_changes_no_audit(
    request_row,
):
    role = f"desk_{uuid4().hex[:8]}"
    (granted,) = re.findall(r"```sql\n(GRANT .*?)```", OPERATIONS.read_text(), re.S)
    before = AuditEntry.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role}")
        cursor.execute(re.sub(r"\bdesk\b", role, granted))
        # pg_dump reads every table, and how far each sequence has come.
        cursor.execute(
            """
            SELECT relname FROM pg_class
             WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace
               AND NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(%s, oid, 'SELECT')
                       ELSE has_table_privilege(%s, oid, 'SELECT') END
            """,
            [role, role],
        )
        assert cursor.fetchall() == []
        try:
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute("UPDATE tollfree_verificationrequest SET business_name = 'By the role'")
            for statement in (
                "INSERT INTO mirror_auditseal (day) VALUES ('2026-01-01')",
                "UPDATE mirror_auditentry SET actor = ''",
                "DELETE FROM mirror_auditentry",
                "TRUNCATE mirror_auditentry",
            ):
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    cursor.execute(statement)
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")

    assert AuditEntry.objects.count() == before + 1


def test_a_table_that_gains_a_column_needs_nothing_more(db, request_row):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tollfree_verificationrequest ADD COLUMN later text NOT NULL DEFAULT ''")
        cursor.execute("ALTER TABLE tollfree_verificationrequest ALTER COLUMN business_city TYPE varchar(90)")
        triggers.install()
        cursor.execute("UPDATE tollfree_verificationrequest SET later = 'x'")

    assert rows()[-1].after == {"later": "x"}

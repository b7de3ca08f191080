"""Every table is accounted for: its rows are deleted in time, or people can read why they are kept."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from hosted.models import Document, HostedOrder, OrderNumber
from messaging import files
from messaging.exports import build
from messaging.mirror import retention, sealing, tasks
from messaging.mirror.models import (
    Attempt,
    AuditSeal,
    KnownCopy,
    OutboxEntry,
    PortalChange,
    Purge,
    StatusChange,
    TelnyxResource,
    WebhookEvent,
)
from messaging.models import Approval, ComposedMessage, Export, LogSearch, MediaFile, Message, Note, Reveal
from rcs.models import Capability, RcsMessage
from tests.desk.conftest import make_entry, make_request
from tollfree.models import VerificationRequest

CANARY = "canary7"
LONG_AGO = datetime(2001, 2, 3, tzinfo=UTC)
State = OutboxEntry.State


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path
    return tmp_path


def value(field: models.Field, rows: dict) -> Any:
    """Return an old value for `field`: the canary where text fits."""
    if field.is_relation:
        return None if field.null else fill(field.related_model, rows)
    if field.choices:
        return field.get_default() or field.choices[0][0]
    for kind, made in (
        (models.DateTimeField, LONG_AGO),
        (models.DateField, date(2001, 2, 3)),
        (models.JSONField, [{CANARY: CANARY}]),
        (models.BinaryField, CANARY.encode()),
        (ArrayField, []),
        (models.BooleanField, True),
        (models.DecimalField, Decimal(1)),
        (models.IntegerField, 1),
        (models.FloatField, 1.0),
    ):
        if isinstance(field, kind):
            return made
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    assert isinstance(field, models.CharField | models.TextField), f"a new kind of field: {field}"
    return CANARY[: field.max_length]


def special(model: type[models.Model], rows: dict) -> dict[str, Any]:
    """Return what makes a row finished, so that nothing needs it any longer."""
    if issubclass(model, OutboxEntry | StatusChange | KnownCopy | PortalChange | Note | Approval):
        request = fill(VerificationRequest, rows)
        kind = ContentType.objects.get_for_model(VerificationRequest)
        ended = {"state": State.ACCEPTED} if model is OutboxEntry else {}
        return {"resource_type": kind, "resource_id": request.pk, **ended}
    given: dict[type[models.Model], dict[str, Any]] = {
        AuditSeal: {"day": LONG_AGO.date(), "emptied_at": None},
        LogSearch: {"name": ""},
        MediaFile: {"remote_id": fill(Message, rows).remote_id} if model is MediaFile else {},
        Capability: {"wanted_at": None},
        RcsMessage: {"ttl_seconds": None},
        WebhookEvent: {"state": WebhookEvent.State.DONE},
    }
    return given.get(model, {})


def fill(model: type[models.Model], rows: dict) -> Any:
    """Save one row of `model`, with what it needs, as it is: no time is set to now."""
    if model is ContentType and "kind" not in rows:
        rows["kind"] = ContentType.objects.get_for_model(VerificationRequest)
    if model is ContentType:
        return rows["kind"]
    if model not in rows:
        given = special(model, rows)
        fields = [each for each in model._meta.local_concrete_fields if each.name not in given]
        auto = (models.AutoField, models.BigAutoField)
        given |= {each.name: value(each, rows) for each in fields if not isinstance(each, auto)}
        given |= {"sync_state": "accepted"} if issubclass(model, TelnyxResource) else {}
        given |= rows.get("changes", {}).get(model, {})
        rows[model] = model(**given)
        rows[model].save_base(raw=True, force_insert=True)
        if model is LogEntry:  # a trigger sets the date of what is added
            LogEntry.objects.update(action_time=LONG_AGO)
    return rows[model]


def found() -> set[str]:
    """Return every column of the database that holds the canary, as table.column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
        columns = cursor.fetchall()
        holding = set()
        for table, column, kind in columns:
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" WHERE {text} LIKE %s)', [f"%{CANARY}%"])
            if cursor.fetchone()[0]:
                holding.add(f"{table}.{column}")
    return holding


def kept_columns() -> set[str]:
    return {
        f"{each.model._meta.db_table}.{name}"  # a text is in the column of its name
        for each in retention.kept()
        for name in each.fields or retention.texts(each.model)
    }


@pytest.mark.promise("F64")
def test_every_table_and_every_text_is_deleted_by_a_rule_or_kept_for_a_reason():
    assert retention.uncovered() == []


@pytest.mark.promise("F64")
def test_a_new_table_or_a_new_text_is_noticed(monkeypatch):
    field = models.TextField()
    field.set_attributes_from_name("whatever")
    monkeypatch.setattr(
        OutboxEntry._meta, "local_concrete_fields", [*OutboxEntry._meta.local_concrete_fields, field]
    )
    monkeypatch.delitem(retention._rules, "optouts")

    assert retention.uncovered() == [
        "mirror.OutboxEntry.whatever",
        "messaging.OptOut",
        *(
            f"messaging.OptOut.{name}"
            for name in ("from_number", "keyword", "note", "profile_id", "to_number")
        ),
    ]


@pytest.mark.promise("F64")
def test_years_later_no_text_number_or_file_is_left_but_what_is_kept_for_a_reason(
    db, folder, django_capture_on_commit_callbacks
):
    rows: dict = {}
    for model in apps.get_models(include_auto_created=True):
        fill(model, rows)
    with connection.cursor() as cursor:  # the triggers dated what they wrote to today
        cursor.execute("SELECT set_config('desk.audit_erasing', 'on', true)")
        cursor.execute("UPDATE mirror_auditentry SET at = %s", [LONG_AGO])
        cursor.execute("SELECT set_config('desk.audit_erasing', '', true)")
    content = sealing.seal(CANARY.encode())
    export = rows[Export]
    Export.objects.filter(pk=export.pk).update(pieces=[CANARY])
    for file_id in (rows[Document].file_id, rows[MediaFile].file_id, build.piece_id(export, 0)):
        files.write(file_id, content)
    filled = found()
    assert {table.split(".")[0] for table in filled} >= {
        model._meta.db_table for model in apps.get_models() if retention.texts(model)
    } - {"django_content_type"}

    with django_capture_on_commit_callbacks(execute=True):
        retention.run(seconds=60, step=1)

    assert found() - kept_columns() == set()
    assert list(folder.iterdir()) == []
    assert found() < filled


def test_a_record_at_telnyx_keeps_everything_and_an_opt_out_in_force_too(db):
    lasting: dict = {
        VerificationRequest: {"gone_at": None},
        HostedOrder: {"gone_at": None, "remote_status": "successful"},
        apps.get_model("hosted.HostedNumber"): {"gone_at": None},
        apps.get_model("messaging.OptOut"): {"lifted_at": None},
        apps.get_model("messaging.ComposedMessage"): {"sync_state": "unsure"},
        RcsMessage: {"sync_state": "queued"},
        OutboxEntry: {"state": State.NEEDS_PERSON, "resolved_at": None},
    }
    rows: dict = {"changes": lasting}
    for model in lasting:
        fill(model, rows)
    fields = {model: [each.attname for each in model._meta.local_concrete_fields] for model in lasting}
    before = {model: list(model._base_manager.values_list(*names)) for model, names in fields.items()}

    retention.run(seconds=60)

    assert {model: list(model._base_manager.values_list(*names)) for model, names in fields.items()} == before


# What only retention may do.


@pytest.fixture
def ended(db) -> OutboxEntry:
    entry = make_entry(State.REFUSED, errors=[{"code": "1", "title": CANARY, "detail": CANARY}])
    Attempt.objects.create(entry=entry, outcome="refused", worker="w", error=CANARY)
    return entry


def refused(rows: Any, **changes: Any) -> bool:
    try:
        with transaction.atomic():
            rows.update(**changes)
    except IntegrityError:
        return True
    return False


def test_ordinary_code_empties_nothing(ended):
    entries, attempts = OutboxEntry.objects.all(), Attempt.objects.all()

    assert refused(entries, body=b"")
    assert refused(entries, path="")
    assert refused(attempts, error="")


def test_the_retention_itself_can_only_empty_and_only_what_has_ended(ended):
    entries, attempts = OutboxEntry.objects.all(), Attempt.objects.all()
    waiting = OutboxEntry.objects.filter(pk=make_entry(State.QUEUED).pk)

    with retention.erasing():
        assert refused(entries, body=b"{}")
        assert refused(entries, path="/other")
        assert refused(waiting, body=b"")
        assert refused(waiting, path="")
        assert refused(attempts, error="other")
        assert refused(attempts, outcome="accepted", error="")
        with pytest.raises(IntegrityError), transaction.atomic():
            attempts.delete()
        assert not refused(OutboxEntry.objects.filter(pk=ended.pk), body=b"", path="")
        assert not refused(attempts, error="")
    assert refused(attempts, error="again")


def test_what_a_request_held_goes_with_a_word_about_it_on_its_page(ended, login, settings):
    OutboxEntry.objects.filter(pk=ended.pk).update(resolved_at=Now() - timedelta(days=91))

    retention.run()

    ended.refresh_from_db()
    assert (bytes(ended.body), ended.path, ended.errors) == (b"", "", [])
    assert Attempt.objects.get().error == ""
    html = login("admin").get(f"/admin/mirror/outboxentry/{ended.pk}/change/").content.decode()
    assert "were deleted 90 days after the request ended" in html
    assert CANARY not in html
    assert "It has no body" not in html


def test_facts_that_differ_in_their_words_alone_become_one(db):
    request = VerificationRequest.objects.create(business_name=CANARY, remote_id="r", gone_at=LONG_AGO)
    kind = ContentType.objects.get_for_model(VerificationRequest)
    for reason in (CANARY, f"{CANARY} too", ""):
        StatusChange.objects.create(
            resource_type=kind,
            resource_id=request.pk,
            status="Rejected",
            reason=reason,
            occurred_at=LONG_AGO,
            source="sync",
        )

    retention.run()

    assert [fact.reason for fact in request.history()] == [""]


@pytest.mark.parametrize(("seconds", "more", "followed"), [(0.0, 14, [(13,)]), (0.0, 0, []), (20.0, 14, [])])
def test_only_a_run_that_used_all_its_time_is_followed_by_another(db, monkeypatch, seconds, more, followed):
    found = []
    monkeypatch.setattr(tasks.purge, "apply_async", lambda args, countdown: found.append(args))
    monkeypatch.setattr(retention, "SECONDS", seconds)

    tasks.purge(more)

    assert found == followed


def test_reports_on_what_was_deleted_go_as_well(db):
    Purge.objects.create(rule="messages", days=1, before=LONG_AGO)
    Purge.objects.update(started_at=LONG_AGO)

    retention.run()

    assert [report.rule for report in Purge.objects.all()] == ["purges"]


def test_an_order_that_failed_years_ago_lets_its_numbers_go_and_stays_a_line_of_the_list(db, login):
    order = HostedOrder.objects.create(
        remote_id="o", remote_status="failed", remote_status_at=LONG_AGO, sync_state="accepted"
    )
    OrderNumber.objects.create(order=order, phone_number="+13125550101")

    retention.run()

    assert not OrderNumber.objects.exists()
    assert login("admin").get(f"/admin/hosted/hostedorder/{order.pk}/change/").status_code == 200


def test_an_order_that_failed_but_hosts_a_number_keeps_it(db):
    order = HostedOrder.objects.create(
        remote_id="o", remote_status="carrier_rejected", remote_status_at=LONG_AGO, sync_state="accepted"
    )
    OrderNumber.objects.create(order=order, phone_number="+13125550101", status="successful", live=True)

    retention.run()

    assert OrderNumber.objects.get().live


@pytest.mark.promise("X105")
def test_a_record_about_which_something_is_open_is_left_alone(db):
    request = make_request()
    make_entry(State.NEEDS_PERSON, of=request)
    VerificationRequest.objects.filter(pk=request.pk).update(gone_at=LONG_AGO, sync_state="accepted")

    retention.run()

    assert VerificationRequest.objects.get().business_name == request.business_name


def test_no_view_of_a_message_is_deleted_by_anything_else(db, person):
    Reveal.objects.create(user=person("support"), message_id=1, remote_id=uuid.uuid4(), at=LONG_AGO)

    with pytest.raises(IntegrityError), transaction.atomic():
        Reveal.objects.all().delete()
    retention.run()

    assert not Reveal.objects.exists()


def test_the_page_of_a_message_sent_long_ago_says_that_its_words_were_deleted(db, login, settings):
    settings.RETENTION_MESSAGE_TEXT_DAYS = 91
    for model, content in (
        (ComposedMessage, {"text": CANARY, "recipients": ["+13125550001"]}),
        (RcsMessage, {"content": {"text": CANARY}}),
    ):
        rows: dict = {"changes": {model: content}}
        old = timezone.now() - timedelta(days=92)
        message = fill(model, rows)
        model._base_manager.filter(pk=message.pk).update(created_at=old)
    retention.run()

    client = login("admin")

    for model in (ComposedMessage, RcsMessage):
        name = model._meta.model_name
        html = client.get(f"/admin/{model._meta.app_label}/{name}/{model._base_manager.get().pk}/change/")
        assert "was deleted 91 days after it was sent" in html.content.decode()
        assert client.get(f"/admin/{model._meta.app_label}/{name}/").status_code == 200


def test_the_file_of_a_letter_goes_after_its_order_has_ended_and_the_page_says_so(
    db, login, folder, django_capture_on_commit_callbacks
):
    rows: dict = {"changes": {HostedOrder: {"gone_at": None, "remote_status": "successful"}}}
    letter = fill(Document, rows)
    files.write(letter.file_id, sealing.seal(b"%PDF"))

    with django_capture_on_commit_callbacks(execute=True):
        retention.run()

    assert list(folder.iterdir()) == []
    client, order = login("admin"), f"/admin/hosted/hostedorder/{letter.order_id}/change/"
    assert "keeps documents for 90 days after their order has ended" in client.get(order).content.decode()


def test_pages_that_show_what_was_asked_for_live_without_the_bytes(db, login):
    request = make_request()
    entry = make_entry(State.ACCEPTED, of=request)
    OutboxEntry.objects.filter(pk=entry.pk).update(resolved_at=LONG_AGO)
    VerificationRequest.objects.filter(pk=request.pk).update(remote_id="r", remote_status="Rejected")
    retention.run()

    client, page = login("admin"), f"/admin/tollfree/verificationrequest/{request.pk}"

    assert "no longer kept" in client.get(f"{page}/change/").content.decode()
    assert client.get(f"{page}/submit/").status_code in (200, 302)

"""WhatsApp messages through the form: every type as it arrives, what is refused, replies, templates used before."""

import json
import re
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from messaging.models import ComposedMessage, Message
from messaging.whatsapp import earlier
from messaging.whatsapp.summary import summary
from tests.messaging.sending.conftest import (
    body_sent,
    confirm,
    hears,
    knows_whatsapp,
    making,
    page_of,
    review,
)
from tests.messaging.sending.whatsapp import CONTENTS, QUOTED
from tests.sandbox.messages_control import SENDER
from tests.tollfree.pages import text


@pytest.mark.promise("F57")
def test_every_type_goes_through_the_form_and_arrives_as_it_was_written(send, work, sandbox):
    hears("Is it ready?", type="WHATSAPP", to=SENDER)

    for name, content in CONTENTS.items():
        entry = work(making(send("whatsapp", content=json.dumps(content))))

        assert entry.state == "accepted", (name, entry.errors)
        assert body_sent(sandbox)["whatsapp_message"] == content, name
        sandbox.clear_requests()


def test_what_is_wrong_is_said_beside_its_place_and_nothing_typed_is_lost(person, profile):
    hears("Is it ready?", type="WHATSAPP", to=SENDER)
    content = json.loads(json.dumps(CONTENTS["buttons"]))
    content["interactive"]["action"]["buttons"][1]["reply"]["title"] = "x" * 21

    shown = review(person("operator"), "whatsapp", profile=profile, content=json.dumps(content))

    assert "Button 2, Title : At most 20 characters; you have 21." in text(shown)
    (told,) = shown.context["config"]["problems"]
    assert told["pointer"] == "/interactive/action/buttons/1/reply/title"
    assert json.loads(shown.context["form"]["content"].value()) == content
    assert not ComposedMessage.objects.exists()


def test_what_is_wrong_in_a_template_is_named_as_its_fields_are(person, profile):
    content = json.loads(json.dumps(CONTENTS["buttons of a template"]))
    content["template"]["components"][0]["parameters"][0]["text"] = ""
    content["template"]["components"].append({"type": "body", "parameters": [{"type": "text", "text": ""}]})

    shown = review(person("operator"), "whatsapp", profile=profile, content=json.dumps(content))

    page = text(shown)
    assert "Button value, End of the web address : Type the value." in page
    assert "Text, Value 1, Value : Type the value." in page
    # With scripts, the page opens a fold that has an error in it: the JSON has one only if it is wrong itself.
    spoiled = review(person("operator"), "whatsapp", profile=profile, content="{")
    assert [has_error(answer) for answer in (shown, spoiled)] == [False, True]


def has_error(answer) -> bool:
    """Return True if a page with scripts shows an error below the JSON."""
    page = re.sub("<noscript>.*?</noscript>", "", answer.content.decode(), flags=re.DOTALL)
    return 'id="id_content_error"' in page


def test_json_that_is_none_comes_back_as_typed(person, profile):
    shown = review(person("operator"), "whatsapp", profile=profile, content='{"type": "text", ')

    assert "This isn't JSON: check line 1" in text(shown)
    assert shown.context["form"]["content"].value() == '{"type": "text", '


@pytest.mark.parametrize("name", ["text", "buttons", "reaction", "location"])
def test_everything_but_a_template_needs_their_message_of_the_last_day(person, profile, name):
    operator = person("operator")
    knows_whatsapp()

    closed = review(operator, "whatsapp", profile=profile, content=json.dumps(CONTENTS[name]))
    template = review(operator, "whatsapp", profile=profile)

    assert "hasn't written to this sender on WhatsApp in the last 24 hours" in text(closed)
    assert "This will be sent" in text(template)


def test_a_reply_quotes_the_message_and_its_author_reads_the_phone(person, profile, work, sandbox):
    hears(
        "Is it ready?",
        type="WHATSAPP",
        to=SENDER,
        body={"type": "text", "text": {"body": "Is it ready?"}, "foreign_id": QUOTED},
    )
    operator, pk = person("operator"), Message.objects.get().pk
    started = operator.post(f"/admin/messaging/message/{pk}/reply/")
    assert started.status_code == 302

    form = operator.get(started.headers["Location"]).context["form"]

    written = json.loads(form["content"].value())
    assert written == {"type": "text", "text": {}, "context": {"message_id": QUOTED}}
    content = json.dumps(CONTENTS["reply"])
    made = confirm(operator, review(operator, "whatsapp", profile=profile, content=content))
    work(making(ComposedMessage.objects.get()))
    assert body_sent(sandbox)["whatsapp_message"]["context"] == {"message_id": QUOTED}
    words = f'"body": "{CONTENTS["reply"]["text"]["body"]}"'
    assert words in operator.get(made.headers["Location"]).content.decode()
    assert words not in person("support").get(made.headers["Location"]).content.decode()


def test_templates_used_before_are_offered_without_anyone_s_values(
    send, person, django_assert_max_num_queries
):
    for name in ("values in order", "buttons of a template", "template in any language", "values by name"):
        send("whatsapp", content=json.dumps(CONTENTS[name]))

    with django_assert_max_num_queries(1):
        used = earlier.templates()

    assert [one.name for one in used] == ["order_ready (en_US)", "order_ready (de)"]
    assert used[0].template["components"] == [
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name"}]}
    ]
    page = person("support").get(page_of("whatsapp")).content.decode()
    assert "order_ready (de)" in page
    assert [told for told in ("Robin", "37.25", "SPRING25") if told in page] == []


def test_a_refused_message_is_written_again_with_all_its_parts(person, profile, send, work, sandbox):
    message = send("whatsapp", content=json.dumps(CONTENTS["buttons of a template"]))
    ComposedMessage.objects.filter(pk=message.pk).update(sync_state="refused")

    again = person("operator").get(f"{page_of('whatsapp')}?again={message.pk}")

    assert json.loads(again.context["form"]["content"].value()) == CONTENTS["buttons of a template"]


def test_messages_of_an_earlier_version_become_what_was_sent(db):
    """Rows with the columns that the migration reads; the next one removes these."""
    migration = import_module("messaging.migrations.0026_whatsapp")
    state = MigrationLoader(None, replace_migrations=False).project_state(("messaging", "0026_whatsapp"))
    old = state.apps.get_model("messaging", "ComposedMessage")
    columns = ("content", "template", "template_language", "template_values")
    with connection.cursor() as cursor:
        for name in columns:
            kind = old._meta.get_field(name).db_type(connection)
            cursor.execute(f"ALTER TABLE {old._meta.db_table} ADD COLUMN {name} {kind}")

    def row(*values: Any, kind: str = "whatsapp", **more: Any) -> ComposedMessage:
        made = ComposedMessage.objects.create(kind=kind, **more)
        old.objects.filter(pk=made.pk).update(**dict(zip(columns, values, strict=True)))
        return made

    written = row("text", "", "", [], text="It is ready")
    filled_in = row("template", "order_ready", "en_US", ["Robin", "8842"])
    empty = row("template", "hello", "en", [])
    erased = row("text", "", "", [])
    nameless = row("template", "", "en_US", ["Robin"], text="not of a template")
    sms = row("", "", "", [], kind="long_code", text="Not WhatsApp")
    newer = row("text", "", "", [], text="", whatsapp={"type": "text", "text": {"body": "Whole already"}})

    for _ in range(2):  # a second run changes nothing
        migration.write_whole(state.apps, None)

    values = [{"type": "text", "text": "Robin"}, {"type": "text", "text": "8842"}]
    template = CONTENTS["template"]["template"] | {"components": [{"type": "body", "parameters": values}]}
    short = {"name": "hello", "language": {"code": "en", "policy": "deterministic"}}
    found = {each.pk: (each.whatsapp, each.text) for each in ComposedMessage.objects.all()}
    assert found == {
        written.pk: ({"type": "text", "text": {"body": "It is ready"}}, ""),
        filled_in.pk: ({"type": "template", "template": template}, ""),
        empty.pk: ({"type": "template", "template": short}, ""),
        erased.pk: ({}, ""),
        nameless.pk: ({}, "not of a template"),
        sms.pk: ({}, "Not WhatsApp"),
        newer.pk: ({"type": "text", "text": {"body": "Whole already"}}, ""),
    }
    assert summary(found[written.pk][0]) == "It is ready"
    assert summary(found[filled_in.pk][0]) == "Template order_ready"

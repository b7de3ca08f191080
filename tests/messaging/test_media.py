"""Files of received messages: fetched by the worker, kept sealed, shown on record, and deleted with the text."""

import base64
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import files
from messaging.media import fetch
from messaging.mirror import periodic, retention
from messaging.mirror.inbound import drain
from messaging.models import MediaFile, Message, Reveal
from tests.messaging.bodies import inbound, message_event
from tests.messaging.log.conftest import page_of
from tests.signing import deliver

State = MediaFile.State
HTML = b"<html><script>alert(1)</script></html>"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path / "kept"
    return settings.DOCUMENTS_ROOT


@pytest.fixture
def came(client) -> Callable[..., Message]:
    """Return what lets a message with files come in through the front door; `fetched` runs the worker's chores."""

    def come(*media: Any, fetched: bool = True, **more: Any) -> Message:
        now = timezone.now().isoformat()
        payload = inbound(type="MMS", media=list(media), **{"received_at": now, **more})
        event = message_event("received", payload)
        assert deliver(event) == deliver(event) == 200
        drain.drain()
        if fetched:
            periodic.run(client)
        return Message.objects.get(remote_id=payload["id"])

    return come


@pytest.fixture
def picture(sandbox) -> dict[str, Any]:
    return {"url": f"{sandbox.url}/media/one.png", "content_type": "image/png", "size": 4000, "sha256": None}


@pytest.fixture
def served(sandbox) -> Callable[..., dict[str, Any]]:
    """Return what lets the sandbox serve these bytes, and returns the file as an inbound message shows it."""

    def serve(content: bytes, content_type: str = "image/png") -> dict[str, Any]:
        data = {"content_type": content_type, "base64": base64.b64encode(content).decode()}
        return sandbox.write("", media=[data], webhook=False)["payload"]["media"][0]

    return serve


def opened(client, message: Message) -> Any:
    client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})
    return client


def address(message: Message, position: int = 0) -> str:
    return page_of(message, f"files/{position}")


@pytest.mark.promise("C5")
def test_a_picture_is_kept_sealed_and_shown_to_people_who_opened_the_message(came, picture, folder, login):
    message = came(picture)

    file = MediaFile.objects.get()
    assert (file.state, file.attempts, file.content_type) == (State.KEPT, 1, "image/png")
    assert b"\x89PNG" not in (folder / str(file.file_id)).read_bytes()
    user = opened(login("support"), message)
    for action in ("change", "conversation"):
        html = user.get(page_of(message, action)).content.decode()
        assert f'href="{address(message)}"' in html
        assert f'src="{address(message)}"' not in html
        assert "Picture (image/png)" in html
    answer = user.get(address(message))
    assert answer.content.startswith(b"\x89PNG")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.promise("F63")
def test_each_view_is_on_record_and_opens_nothing(came, picture, login):
    message = came(picture)
    user = opened(login("support"), message)

    user.get(address(message))
    user.get(address(message))

    assert list(Reveal.objects.order_by("id").values_list("file", flat=True)) == [None, 0, 0]
    assert "file 1 of it" in login("auditor").get("/admin/messaging/reveal/").content.decode()
    with connection.cursor() as cursor:  # the 15 minutes count from the reason, not from the view
        cursor.execute("ALTER TABLE messaging_reveal DISABLE TRIGGER only_added")
        Reveal.objects.filter(file=None).update(at=timezone.now() - timedelta(minutes=16))
        cursor.execute("ALTER TABLE messaging_reveal ENABLE TRIGGER only_added")
    again = user.get(address(message), follow=True)
    assert again.redirect_chain[0][0] == page_of(message)
    assert "open to you now" in again.content.decode()
    assert Reveal.objects.filter(file=0).count() == 2


@pytest.mark.parametrize("name", ["operator", "auditor", "approver", "nobody"])
@pytest.mark.promise("X85")
def test_people_who_may_not_open_messages_get_no_file(came, picture, login, name):
    message = came(picture)
    user = login(name)

    assert user.get(address(message)).status_code == 403
    assert user.get(address(message, 7)).status_code == 403
    if name != "nobody":
        assert address(message) not in user.get(page_of(message)).content.decode()
    assert not Reveal.objects.exists()


@pytest.mark.promise("X85")
def test_whoever_lost_the_group_gets_no_file_of_a_message_they_opened(came, picture, login):
    message = came(picture)
    user = opened(login("support"), message)
    assert user.get(address(message)).status_code == 200

    User.objects.get(username="support").groups.clear()

    assert user.get(address(message)).status_code == 403


@pytest.mark.promise("X98")
def test_a_file_that_is_not_a_picture_is_only_saved_whatever_its_sender_calls_it(came, served, login):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    message = came(served(HTML, "image/png"), served(svg, "image/svg+xml"), served(HTML, "text/html"))
    user = opened(login("support"), message)

    for position in range(3):
        answer = user.get(address(message, position))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    html = user.get(page_of(message)).content.decode()
    assert html.count(">Download</a>") == 3


def test_an_rcs_file_is_fetched_too(came, served, login):
    told = served(b"%PDF-1.7 x", "application/pdf")
    user_file = {
        "payload": {"file_name": "a.pdf", "file_uri": told["url"], "mime_type": "application/pdf"},
        "thumbnail": {"file_uri": "https://127.0.0.1/t.png", "mime_type": "image/png"},
    }

    message = came(body={"user_file": user_file})

    file = MediaFile.objects.get()
    assert (file.state, file.content_type, file.size) == (State.KEPT, "application/pdf", 10)
    answer = opened(login("support"), message).get(address(message))
    assert answer["Content-Disposition"].endswith('.pdf"')


@pytest.mark.promise("X93")
def test_nothing_inside_our_network_is_called_and_the_page_says_why(came, login):
    message = came({"url": "https://169.254.169.254/latest/meta-data/", "content_type": "image/png"})

    file = MediaFile.objects.get()
    assert (file.state, file.reason) == (State.REFUSED, "Its host is not on the public internet.")
    html = opened(login("support"), message).get(page_of(message)).content.decode()
    assert "isn't available. Its host is not on the public internet." in html


def test_a_file_over_the_cap_is_not_kept(came, served, settings, folder):
    settings.MEDIA_MOST_BYTES = 100

    came(served(b"x" * 101))

    assert MediaFile.objects.get().state == State.REFUSED
    assert not folder.exists()


def test_a_file_that_is_away_is_tried_again_later_and_given_up_in_the_end(came, sandbox, client, login):
    message = came({"url": f"{sandbox.url}/media/nothing", "content_type": "image/png"})
    file = MediaFile.objects.get()
    assert (file.state, file.attempts) == (State.WAITING, 1)
    assert file.next_try_at > timezone.now() + timedelta(seconds=50)
    assert "Next try" in login("support").get(page_of(message)).content.decode()

    assert fetch.fetch_due(client) == 0
    for _ in range(len(fetch.WAITS)):
        MediaFile.objects.update(next_try_at=timezone.now())
        fetch.fetch_due(client)

    file.refresh_from_db()
    assert (file.state, file.attempts) == (State.GONE, len(fetch.WAITS))


def test_a_batch_without_files_costs_no_statement(db, django_assert_num_queries):
    def statements(**more: Any) -> int:
        deliver(message_event("received", inbound(**more)))
        with CaptureQueriesContext(connection) as seen:
            drain.drain()
        return sum('"messaging_mediafile"' in query["sql"] for query in seen)

    media = [{"url": f"https://media.example.com/{n}"} for n in range(3)]

    assert statements() == 0
    assert statements(media=media) == 1


@pytest.mark.promise("X105")
def test_files_go_with_the_text_and_a_repeated_event_does_not_bring_them_back(
    came, picture, folder, settings
):
    settings.RETENTION_MESSAGE_TEXT_DAYS, settings.RETENTION_MESSAGE_DAYS = 90, 396
    old = came(picture, received_at=(timezone.now() - timedelta(days=91)).isoformat())
    came({**picture, "url": picture["url"].replace("one", "two")})
    kept = MediaFile.objects.exclude(remote_id=old.remote_id).get()
    assert len(os.listdir(folder)) == 2

    retention.run()

    assert os.listdir(folder) == [str(kept.file_id)]
    gone = MediaFile.objects.get(remote_id=old.remote_id)
    assert (gone.state, gone.url, gone.file_id) == (State.GONE, "", None)

    came(picture, id=str(old.remote_id), received_at=(timezone.now() - timedelta(days=91)).isoformat())
    assert os.listdir(folder) == [str(kept.file_id)]
    settings.RETENTION_MESSAGE_DAYS = 91
    retention.run()
    assert list(MediaFile.objects.all()) == [kept]


def test_the_sweep_knows_the_files_of_every_app(came, picture, folder):
    came(picture)
    files.write(UUID("0f9b7a52-0000-4000-8000-000000000000"), b"nobody's")
    for path in folder.iterdir():
        os.utime(path, (1, 1))

    assert files.sweep_orphans() == 1

    assert os.listdir(folder) == [str(MediaFile.objects.get().file_id)]
    assert {model.__name__ for model in files.owners()} >= {"Document", "MediaFile"}

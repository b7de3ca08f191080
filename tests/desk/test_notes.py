"""Notes about records: who writes and changes them, whom they mention, when they are deleted."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models.functions import Now

from messaging.mirror import retention
from messaging.models import Mention, Note
from tests.desk.colleagues import browser, colleague, url
from tests.desk.lists import queries
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.pages import text

ROLES = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
WRITERS = {"compliance", "approver", "operator", "support", "admin"}
MAKERS = [asked, ordered]


def write(client, record, words: str):
    return client.post(url(record, "notes/add"), {"text": words}, follow=True)


def noted(record, author, words: str = "Call back", **age) -> Note:
    note = record.notes.create(author=author, text=words)
    if age:
        Note.objects.filter(pk=note.pk).update(created_at=Now() - timedelta(**age))
    return note


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_view_the_record_and_write_notes_adds_one(login, make, role):
    record, client = make("Northwind"), login(role)

    answer = client.post(url(record, "notes/add"), {"text": "Call <b>Kim</b>\nTomorrow"})

    assert answer.status_code == (302 if role in WRITERS else 403)
    assert list(Note.objects.values_list("author__username", flat=True)) == [role] * (role in WRITERS)
    if role in WRITERS:
        page = client.get(url(record, "change")).content.decode()
        assert "Call &lt;b&gt;Kim&lt;/b&gt;<br>Tomorrow" in page
    assert not LogEntry.objects.filter(object_id=str(record.pk)).exists()  # apart from the history
    assert client.get(url(record, "notes/add")).status_code == 405


@pytest.mark.parametrize(("words", "said"), [("", "required"), ("  \n ", "required"), ("x" * 2001, "2000")])
def test_a_refused_note_is_shown_again_with_what_was_typed(login, words, said):
    record, client = asked("Northwind"), login("support")

    answer = client.post(url(record, "notes/add"), {"text": words})

    assert answer.status_code == 200
    assert said in text(answer)
    assert words.strip() in answer.content.decode()
    assert not Note.objects.exists()


@pytest.mark.parametrize("make", MAKERS)
def test_an_own_note_is_changed_or_deleted_for_15_minutes_and_then_struck_out(login, make):
    record, me = make("Northwind"), colleague("me", "support")
    client = browser(me)
    note = noted(record, me, minutes=14)

    assert "Change note" in text(client.get(url(record, "change")))
    assert "Call back" in client.get(url(record, f"notes/{note.pk}")).content.decode()
    answer = client.post(url(record, f"notes/{note.pk}"), {"text": "Called"}, follow=True)
    assert "Note changed." in text(answer)
    assert "edited" in text(answer)
    Note.objects.update(created_at=Now() - timedelta(minutes=16))
    late = client.post(url(record, f"notes/{note.pk}"), {"text": "Too late, typed long"})
    assert "for 15 minutes" in text(late)
    assert "Too late, typed long" in late.content.decode()
    assert "for 15 minutes" in text(client.post(url(record, f"notes/{note.pk}/delete"), follow=True))
    note.refresh_from_db()
    assert note.text == "Called"
    page = text(client.get(url(record, "change")))
    assert "Strike out" in page
    assert "Change note" not in page
    for _twice in range(2):
        answer = client.post(url(record, f"notes/{note.pk}/strike"), follow=True)
    assert "Struck out:" in text(answer)
    assert "<s><p>Called</p></s>" in answer.content.decode()
    other = noted(record, me)
    client.post(url(record, f"notes/{other.pk}/delete"))
    assert list(Note.objects.all()) == [note]
    acts = LogEntry.objects.filter(object_id=str(record.pk)).order_by("pk")
    assert [entry.change_message for entry in acts] == ["Own note struck out", "Own note deleted"]


@pytest.mark.parametrize("page", ["", "/delete", "/strike"])
def test_a_note_of_someone_else_or_of_another_record_is_left_alone(login, page):
    record, other, author = asked("Northwind"), asked("Other"), colleague("author", "support")
    note = noted(record, author)

    assert login("admin").post(url(record, f"notes/{note.pk}{page}"), {"text": "x"}).status_code == 403
    assert browser(author).post(url(other, f"notes/{note.pk}{page}"), {"text": "x"}).status_code == 404
    assert browser(author).post(url(record, f"notes/0{page}"), {"text": "x"}).status_code == 404
    note.refresh_from_db()
    assert (note.text, note.struck_at) == ("Call back", None)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("@dana please look", {"dana"}),
        ("Ask @Dana.", {"dana"}),
        ("(@dana)", {"dana"}),
        ("@dana, @dan.b: see", {"dana", "dan.b"}),
        ("@dana\n@dana", {"dana"}),
        ("write to kim@dana", set()),
        ("at 5 @ noon", set()),
        ("@kim@example.net", {"kim@example.net"}),
        ("dana", set()),
        ("@me", set()),
    ],
)
def test_a_user_name_after_an_at_sign_mentions_the_colleague(login, words, names):
    record, me = asked("Northwind"), colleague("me", "support")
    for username in ("dana", "dan.b", "kim@example.net"):
        colleague(username, "auditor")

    write(browser(me), record, words)

    assert set(Mention.objects.values_list("user__username", flat=True)) == names
    assert Note.objects.count() == 1


@pytest.mark.parametrize("typed", ["danna", "sam", "stranger", "5pm"])
def test_a_name_that_reaches_nobody_is_said_and_the_note_is_kept(login, typed):
    record = ordered("Northwind")
    colleague("sam", "operator", is_active=False)
    colleague("stranger")
    colleague("dana", "support")

    answer = write(login("support"), record, f"@{typed}: and @dana, see this")

    said = text(answer)
    assert f"No active colleague who can open this is called @{typed}" in said
    assert "dana will see it on the home page." in said
    assert Note.objects.count() == 1


@pytest.mark.parametrize("make", MAKERS)
def test_a_mention_is_on_the_home_page_until_opened_or_dismissed(login, make):
    record, client = make("Northwind"), login("support")
    dana, eve = colleague("dana", "support"), colleague("eve", "support")

    write(client, record, "@dana @eve +1 212 555 0177 called")

    theirs = browser(dana)
    home = theirs.get("/admin/")
    assert "support in a note" in text(home)
    assert "Northwind" in text(home)
    assert "0177" not in text(home)
    assert "You were mentioned" not in text(client.get("/admin/"))
    theirs.get(url(record, "change"))
    assert "You were mentioned" not in text(theirs.get("/admin/"))
    other = browser(eve)
    mention = Mention.objects.get(user=eve)
    theirs.post(f"/admin/desk/mention/{mention.pk}/dismiss/")
    assert "You were mentioned" in text(other.get("/admin/"))
    other.post(f"/admin/desk/mention/{mention.pk}/dismiss/")
    assert "You were mentioned" not in text(other.get("/admin/"))


def test_a_changed_note_mentions_exactly_whom_it_names_now(login):
    record, me = asked("Northwind"), colleague("me", "support")
    for username in ("dana", "eve"):
        colleague(username, "support")
    client = browser(me)
    write(client, record, "@dana")

    client.post(url(record, f"notes/{Note.objects.get().pk}"), {"text": "@eve"})

    assert list(Mention.objects.values_list("user__username", flat=True)) == ["eve"]


def test_a_mention_in_what_one_may_no_longer_see_is_not_shown(login):
    record, dana = asked("Northwind"), colleague("dana", "support")
    write(login("support"), record, "@dana")
    dana.groups.clear()

    assert "You were mentioned" not in text(browser(dana).get("/admin/"))


@pytest.mark.promise("L3")
@pytest.mark.parametrize("make", MAKERS)
def test_pages_cost_the_same_for_many_notes_and_mentions(login, make):
    record, me = make("Northwind"), colleague("dana", "support")
    client, writer = browser(me), login("support")
    write(writer, record, "@dana one")
    few_home, few = queries(client, "/admin/"), queries(client, url(record, "change"))
    for n in range(15):
        write(writer, record, f"@dana {n}")
    many_home, many = queries(client, "/admin/"), queries(client, url(record, "change"))

    assert (len(many_home), len(many)) == (len(few_home), len(few))


@pytest.mark.parametrize("make", MAKERS)
def test_notes_are_deleted_together_with_the_record(login, make, settings):
    settings.RETENTION_RECORD_DAYS = 30
    record, me = make("Northwind", gone_at=ago(days=40)), colleague("me", "support")
    write(browser(me), record, "@me Call Kim")

    retention.run()

    assert not Note.objects.exists()
    noted(record, me)  # added to what is empty already
    retention.run()
    assert not Note.objects.exists()


def test_notes_of_a_deleted_draft_are_deleted(login):
    draft = asked("Northwind", "", remote_id=None, sync_state="draft")
    noted(draft, colleague("me", "support"))

    login("compliance").post(url(draft, "delete"), {"post": "yes"})

    assert not Note.objects.exists()

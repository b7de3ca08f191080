"""Who works on what: take, give, release, and all of one person's work."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hosted.models import HostedOrder
from messaging.team.home import mentions
from tests.desk.colleagues import browser, colleague, url
from tests.desk.waiting import asked, ordered
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

KINDS = [(asked, "tollfree/verificationrequest", "compliance"), (ordered, "hosted/hostedorder", "operator")]
ROLES = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
MAY = {
    "tollfree/verificationrequest": {"compliance", "operator", "admin"},
    "hosted/hostedorder": {"operator", "admin"},
}
# People who only submit or approve such records may have them too.
MAY_HAVE = {place: {*roles, "approver"} for place, roles in MAY.items()}


def seen(client: Client, record) -> str:
    """Return what the buttons of a record's page send along."""
    return client.get(url(record, "give")).context["seen"]


def press(client: Client, record, button: str, **changes):
    return client.post(url(record, button), {"seen": seen(client, record), **changes}, follow=True)


def acts_on(record) -> list[str]:
    found = LogEntry.objects.filter(object_id=str(record.pk)).order_by("pk")
    return [entry.change_message for entry in found]


@pytest.mark.parametrize(("make", "place", "role"), KINDS)
def test_a_record_is_taken_given_and_released_on_record(login, make, place, role):
    record, client = make("Northwind"), login(role)
    dana = colleague("dana", role, first_name="Dana", last_name="Fox")

    for button, typed, holder, said, act in [
        ("take", {}, role, "It's with you now.", "Taken"),
        (
            "give",
            {"to": "dana", "reason": "On holiday"},
            "dana",
            "It's with Dana Fox now.",
            "Given to Dana Fox\nOn holiday",
        ),
        ("take", {}, role, "It's with you now.", "Taken over from Dana Fox"),
        ("release", {}, None, "Nobody has it now.", "Released"),
    ]:
        before = record.updated_at, record.version
        answer = press(client, record, button, **typed)
        record.refresh_from_db()
        assert said in text(answer)
        assert getattr(record.assigned_to, "username", None) == holder
        assert bool(record.assigned_at) == bool(holder)
        assert acts_on(record)[-1] == act
        assert (record.updated_at, record.version) == before  # who has it is no edit
    assert "Given to Dana Fox" in text(client.get(url(record, "history")))
    assert dana.is_active


@pytest.mark.parametrize(("make", "place", "role"), KINDS)
@pytest.mark.parametrize("who", ROLES)
def test_only_people_who_may_do_a_next_step_take_give_and_release(login, make, place, role, who):
    record, client = make("Northwind"), login(who)
    colleague("dana", role)

    for button in ("take", "release", "give"):
        answer = client.post(url(record, button), {"seen": ".", "to": "dana"})
        assert answer.status_code == (302 if who in MAY_HAVE[place] else 403)
    record.refresh_from_db()
    assert (record.assigned_to is not None) == (who in MAY_HAVE[place])
    assert (
        client.get(url(record, "take")).status_code == client.get(url(record, "release")).status_code == 405
    )


@pytest.mark.parametrize(("make", "place", "role"), KINDS)
@pytest.mark.parametrize("button", ["take", "give", "release"])
def test_the_second_of_two_is_told_who_has_it_and_nothing_is_overwritten(login, make, place, role, button):
    record, client = make("Northwind"), login(role)
    dana, eve = colleague("dana", role), colleague("eve", role)
    theirs = browser(dana)
    was = seen(client, record)

    press(theirs, record, "take")
    answer = client.post(url(record, button), {"seen": was, "to": "eve"}, follow=True)

    record.refresh_from_db()
    assert record.assigned_to == dana != eve
    assert "dana has it now" in text(answer)
    assert acts_on(record) == ["Taken"]


def test_a_second_click_changes_nothing_and_is_not_an_error(login):
    record, client = asked("Northwind"), login("compliance")
    was = seen(client, record)

    for _click in range(2):
        answer = client.post(url(record, "take"), {"seen": was}, follow=True)

    assert "It's with you now." in text(answer)
    assert acts_on(record) == ["Taken"]


def test_what_came_back_to_the_same_person_meanwhile_counts_as_changed(login):
    record, client = asked("Northwind"), login("compliance")
    dana = colleague("dana", "compliance")
    press(browser(dana), record, "take")
    was = seen(client, record)
    press(browser(dana), record, "release")
    press(browser(dana), record, "take")

    answer = client.post(url(record, "take"), {"seen": was}, follow=True)

    record.refresh_from_db()
    assert record.assigned_to == dana
    assert "dana has it now" in text(answer)


@pytest.mark.parametrize("typed", ["sam", "vera", "stranger", "   ", "%", "zoe fox"])
def test_only_active_colleagues_who_may_do_a_next_step_can_have_it(login, typed):
    record, client = asked("Northwind"), login("compliance")
    colleague("sam", "compliance", is_active=False)
    colleague("vera", "support")
    colleague("zoe", "compliance", is_staff=False, first_name="Zoe", last_name="Fox")

    answer = client.post(url(record, "give"), {"seen": ".", "to": typed, "reason": "Please finish it"})

    record.refresh_from_db()
    assert record.assigned_to is None
    assert answer.status_code == 200
    assert "Please finish it" in text(answer) or "Please finish it" in answer.content.decode()
    assert answer.context["form"].errors["to"]


@pytest.mark.parametrize(
    ("typed", "whom"),
    [
        ("dana", "dana"),
        (" DANA ", "dana"),
        ("Dana Fox", "dana"),
        ("fox", "dana"),
        ("dana.b", "dana.b"),
        ("Li", "li"),
    ],
)
def test_a_colleague_is_found_by_any_of_their_names(login, typed, whom):
    record, client = asked("Northwind"), login("compliance")
    colleague("dana", "compliance", first_name="Dana", last_name="Fox")
    colleague("dana.b", "compliance")
    colleague("li", "compliance")
    colleague("liam", "compliance")

    client.post(url(record, "give"), {"seen": ".", "to": typed})

    record.refresh_from_db()
    assert record.assigned_to.username == whom


def test_an_approver_is_given_a_request_reads_what_to_do_and_gives_it_back(login):
    record, client = asked("Northwind"), login("compliance")
    press(client, record, "take")
    anna, vera = colleague("anna.approver", "approver"), colleague("vera", "operator")

    page = client.get(url(record, "give") + "?can=approve_verificationrequest")
    offered = [username for username, _name in page.context["form"].offered()]
    assert "anna.approver" in offered
    assert "vera" not in offered
    everybody = client.get(url(record, "give") + "?can=a.b\x00").context["form"].offered()
    assert {"anna.approver", vera.username} <= {username for username, _name in everybody}
    assert "compliance" not in {username for username, _name in everybody}  # has it already

    answer = press(client, record, "give", to="anna", reason="Read the opt-in, please")

    assert "It's with anna.approver now. Note added. anna.approver will see it on the home page." in text(
        answer
    )
    theirs = browser(anna)
    home = theirs.get("/admin/")
    assert [item.title for item in home.context["mine"]] == ["Northwind"]
    assert "compliance" in [mention.who for mention in mentions(anna)]
    page = theirs.get(url(record, "change"))
    assert "@anna.approver Read the opt-in, please" in text(page)
    assert "Give back to compliance" in text(page)

    back = {"seen": seen(theirs, record), "to": "compliance", "reason": "The picture is missing"}
    for _click in range(2):
        theirs.post(url(record, "give"), back)

    record.refresh_from_db()
    assert record.assigned_to.username == "compliance"
    assert [mention.who for mention in mentions(record.assigned_to)] == ["anna.approver"]
    page = text(client.get(url(record, "change")))
    assert "Give back to anna.approver" in page
    assert page.count("The picture is missing") == 2


def test_several_requests_are_given_at_once_from_the_list(login):
    client, dana = login("approver"), colleague("dana", "compliance")
    records = [asked("a"), asked("b"), asked("c")]
    chosen = {"action": "give_selected", "_selected_action": [str(record.pk) for record in records[:2]]}
    requests = "/admin/tollfree/verificationrequest/"

    page = client.post(requests, chosen | {"index": "0"})
    was = {f"seen_{record.pk}": before for record, _holder, before in page.context["rows"]}
    eve = colleague("eve", "compliance")
    press(browser(eve), records[1], "take")
    unknown = client.post(requests, chosen | was | {"to": "nobody of this name"})
    answer = client.post(requests, chosen | was | {"to": "dana", "reason": "On holiday"}, follow=True)

    assert "2 selected." in text(page)
    assert unknown.context["form"].errors["to"]
    assert "1 record is with dana now." in text(answer)
    assert "1 was left as it is, because someone else reassigned it in the meantime: b." in text(answer)
    assert [type(one).objects.get(pk=one.pk).assigned_to for one in records] == [dana, eve, None]
    assert acts_on(records[0])[-1] == "Given to dana\nOn holiday"
    forged = {**chosen, "_selected_action": [str(records[2].pk)], f"seen_{records[2].pk}": ".", "to": "dana"}
    login("support").post(requests, forged)
    assert type(records[2]).objects.get(pk=records[2].pk).assigned_to is None


def test_a_name_that_fits_several_lists_them(login):
    record, client = asked("Northwind"), login("compliance")
    for n in range(3):
        colleague(f"dan{n}", "compliance")

    answer = client.post(url(record, "give"), {"seen": ".", "to": "dan"})

    assert "Several colleagues match “dan”: dan0, dan1, dan2." in text(answer)
    for n in range(200):
        colleague(f"dan-{n}", "compliance")
    page = client.post(url(record, "give"), {"seen": ".", "to": "dan"})
    assert "More than 10 colleagues match" in text(page)
    assert page.content.decode().count("<option") == 100


def test_what_someone_starts_is_theirs(login):
    client = login("operator")

    client.post("/admin/tollfree/verificationrequest/add/", {"business_name": "Northwind"})
    pk = "7d6c1d5e-6f0a-4f1c-9d3e-1a2b3c4d5e6f"
    form = {"text": "+13125550100", "draft_id": pk}
    page = client.post("/admin/hosted/hostedorder/add/", form)
    client.post("/admin/hosted/hostedorder/add/", {**form, "read": page.context["stamp"], "_save": "1"})

    request, order = VerificationRequest.objects.get(), HostedOrder.objects.get()
    assert request.assigned_to.username == order.assigned_to.username == "operator"
    assert "With you" in text(client.get(url(request, "change")))
    press(client, request, "release")
    client.post(url(request, "change"), {"business_name": "Northwind Ltd", "version": "1"})
    request.refresh_from_db()
    assert (request.business_name, request.assigned_to) == ("Northwind Ltd", None)


def test_what_telnyx_reports_is_with_nobody(login):
    assert asked("Northwind").assigned_to is None
    assert "Nobody has it yet" in text(login("support").get(url(VerificationRequest.objects.get(), "change")))


def test_all_of_a_disabled_colleagues_work_is_given_in_one_action(login):
    client = login("operator")
    sam, dana = colleague("sam", "operator"), colleague("dana", "operator")
    records = [asked("a"), asked("b"), ordered("c")]
    for record in records:
        press(browser(sam), record, "take")
    other = asked("other")
    sam.is_active = False
    sam.save()

    page = client.get(f"/admin/desk/work-of/{sam.pk}/")
    answer = client.post(f"/admin/desk/work-of/{sam.pk}/", {"to": "dana", "reason": "Sam left"}, follow=True)

    assert "sam's login is disabled." in text(page)
    assert "3 records are with dana now." in text(answer)
    for record in records:
        record.refresh_from_db()
        assert record.assigned_to == dana
        assert acts_on(record)[-1] == "Given to dana with all of sam's work\nSam left"
    other.refresh_from_db()
    assert other.assigned_to is None


def test_work_that_the_colleague_may_not_change_stays_and_is_named(login):
    client = login("operator")
    sam = colleague("sam", "operator")
    request, order = asked("a"), ordered("b")
    for record in (request, order):
        press(browser(sam), record, "take")
    colleague("cora", "compliance")

    answer = client.post(f"/admin/desk/work-of/{sam.pk}/", {"to": "cora"}, follow=True)

    request.refresh_from_db()
    order.refresh_from_db()
    assert (request.assigned_to.username, order.assigned_to) == ("cora", sam)
    assert "Hosted orders stay with sam: cora may not change them." in text(answer)


@pytest.mark.parametrize("who", ROLES)
def test_all_of_someones_work_is_given_only_by_people_who_may_change_it(login, who):
    sam = colleague("sam", "operator")
    request, order = asked("a"), ordered("b")
    for record in (request, order):
        press(browser(sam), record, "take")
    colleague("dana", "operator")
    client = login(who)

    code = client.post(f"/admin/desk/work-of/{sam.pk}/", {"to": "dana"}).status_code

    given = {
        place
        for place, record in (("tollfree/verificationrequest", request), ("hosted/hostedorder", order))
        if type(record).objects.get(pk=record.pk).assigned_to.username == "dana"
    }
    assert given == {place for place, roles in MAY.items() if who in roles}
    assert code == (302 if given else 403)
    assert client.get("/admin/desk/work-of/0/").status_code == (404 if given else 403)

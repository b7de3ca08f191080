"""Mine, unassigned, team: filters of both lists, a column, the CSV file, and the home page."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, User

from tests.desk.lists import MOST_QUERIES, queries, shown
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.pages import text

REQUESTS, ORDERS = "/admin/tollfree/verificationrequest/", "/admin/hosted/hostedorder/"
LISTS = [(REQUESTS, asked), (ORDERS, ordered)]


@pytest.fixture
def client(login):
    return login("operator")


@pytest.fixture
def me(client) -> User:
    return User.objects.get(username="operator")


@pytest.fixture
def sam(db) -> User:
    user = User.objects.create(username="sam", is_staff=True, first_name="Sam", last_name="Reed")
    user.groups.add(Group.objects.get(name="operator"))
    return user


@pytest.mark.parametrize(("url", "make"), LISTS)
def test_the_lists_are_chosen_by_who_has_a_record_together_with_the_due_date(client, me, sam, url, make):
    late = {"remote_status_at": ago(days=30)}
    fresh = {"remote_status_at": ago(minutes=1)}
    mine, mine_late = make("m", assigned_to=me, **fresh), make("ml", assigned_to=me, **late)
    free, free_late = make("f", **fresh), make("fl", **late)
    theirs, theirs_late = make("t", assigned_to=sam, **fresh), make("tl", assigned_to=sam, **late)

    def pks(*records):
        return {str(record.pk) for record in records}

    assert shown(client, f"{url}?with=me") == pks(mine, mine_late)
    assert shown(client, f"{url}?with=nobody") == pks(free, free_late)
    assert shown(client, f"{url}?with=others") == pks(theirs, theirs_late)
    assert shown(client, f"{url}?with=me&due=overdue") == pks(mine_late)
    assert shown(client, f"{url}?with=nobody&due=overdue&group=needs_us") == pks(free_late)
    assert shown(client, f"{url}?with=left") == set()
    assert len(shown(client, f"{url}?with=rubbish")) == len(shown(client, url)) == 6
    sam.is_active = False
    sam.save()
    assert shown(client, f"{url}?with=left") == pks(theirs, theirs_late)
    assert "Sam Reed (login disabled)" in text(client.get(url))


@pytest.mark.parametrize(("url", "make"), LISTS)
def test_the_links_above_a_list_keep_its_other_filters(client, url, make):
    make("x")

    page = client.get(f"{url}?due=overdue&with=me&p=2").content.decode()

    assert 'href="?due=overdue&amp;with=nobody"' in page
    assert 'href="?due=overdue"' in page  # the chosen one leads back to all
    assert 'href="?due=overdue&amp;with=me&amp;group=draft"' in page


@pytest.mark.parametrize(("url", "make"), LISTS)
def test_the_file_of_a_list_says_who_has_a_record(client, me, sam, url, make):
    make("a", assigned_to=sam)
    make("b", assigned_to=me)
    make("c")

    answer = client.get(f"{url}csv/")

    rows = csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert sorted(row["Assigned to"] for row in rows) == ["", "Sam Reed", "operator"]
    answer = client.get(f"{url}csv/?with=others")
    assert len(list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))) == 1


@pytest.mark.parametrize(("url", "make"), LISTS)
@pytest.mark.parametrize("choice", ["", "?with=me", "?with=nobody&due=overdue", "?with=others"])
@pytest.mark.promise("L3")
def test_a_list_costs_the_same_however_many_people_have_its_rows(client, me, sam, url, make, choice):
    people = [me, sam, None]
    for n in range(6):
        make(f"r{n}", assigned_to=people[n % 3], remote_status_at=ago(days=30))
    client.get(url + choice)
    few = queries(client, url + choice)
    for n in range(30):
        other = User.objects.create(username=f"u{n}", is_staff=True)
        for whose in (*people, other):
            make(f"r{n}.{whose}", assigned_to=whose, remote_status_at=ago(days=30))

    many = queries(client, url + choice)

    assert len(many) == len(few) <= MOST_QUERIES
    assert not any("COUNT(*)" in sql for sql in many)


def titles(client, url: str, name: str) -> list[str]:
    return [item.title for item in client.get(url).context[name]]


def test_the_home_page_shows_my_own_work_with_what_is_due_first(client, me, sam):
    asked("later", assigned_to=me, remote_status_at=ago(days=1))
    asked("overdue", assigned_to=me, remote_status_at=ago(days=20))
    ordered("soon", assigned_to=me, remote_status_at=ago(days=2))
    asked("reviewed", "In Progress", assigned_to=me)
    asked("draft", "", remote_id=None, sync_state="draft", assigned_to=me)
    asked("theirs", assigned_to=sam)
    asked("free")
    ordered("free too")

    page = client.get("/admin/")

    assert [item.title for item in page.context["mine"]] == ["overdue", "soon", "later", "draft"]
    assert titles(client, "/admin/desk/waiting/?with=me", "urgent") == ["overdue", "soon", "later", "draft"]
    assert {"theirs", "free", "free too"} <= set(titles(client, "/admin/desk/waiting/", "urgent"))
    cards = {str(card.title): card for card in page.context["cards"]}
    for name in ("Toll-free: unassigned", "Hosted: unassigned"):
        assert cards[name].count == len(shown(client, cards[name].url)) == 1


def test_people_who_may_have_no_work_see_no_empty_box_for_it(login):
    page = text(login("auditor").get("/admin/"))

    assert "With me" not in page
    assert "Nothing of yours is waiting right now." not in page


@pytest.mark.promise("L3")
def test_the_home_page_costs_the_same_however_much_is_mine(client, me, sam):
    def fill(n: int) -> None:
        for k in range(n):
            asked(f"a{n}.{k}", assigned_to=me, remote_status_at=ago(days=30 + k))
            ordered(f"o{n}.{k}", assigned_to=me, remote_status_at=ago(days=30 + k))
            asked(f"s{n}.{k}", assigned_to=sam)
            ordered(f"f{n}.{k}")

    fill(2)
    client.get("/admin/")
    few = queries(client, "/admin/")
    fill(20)

    many = queries(client, "/admin/")

    assert len(many) == len(few)
    assert not any("COUNT(*)" in sql for sql in many)


def test_work_of_someone_whose_login_is_disabled_is_named_to_those_who_may_give_it(client, login, sam):
    asked("a", assigned_to=sam, assigned_at=ago(days=1))
    words = "sam can't sign in here, and work is still with them."
    assert words not in text(client.get("/admin/"))
    sam.is_active = False
    sam.save()

    assert words in text(client.get("/admin/"))
    assert f"/admin/desk/work-of/{sam.pk}/" in client.get("/admin/").content.decode()
    assert words not in text(login("support").get("/admin/"))
    client.post(f"/admin/desk/work-of/{sam.pk}/", {"to": "operator"})
    assert words not in text(client.get("/admin/"))

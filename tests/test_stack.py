"""The harness itself: the other tests must be able to rely on it."""

import socket
import threading

import httpx
import psycopg
import pytest
from django.contrib.auth import get_user_model

from tests.conftest import NetworkReached
from tests.stack import run_sql, runs, wait_until
from tests.visitor import Forms


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://telnyx.example/", "http://[2001:db8::1]/"])
def test_no_test_reaches_the_network(url):
    with pytest.raises(NetworkReached, match=httpx.URL(url).host):
        httpx.get(url)


def test_the_guard_also_holds_in_threads_and_for_datagrams():
    caught = []

    def send():
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()

    assert isinstance(caught[0], NetworkReached)


def test_a_name_that_exists_nowhere_is_not_asked_for():
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://telnyx.invalid/")


def test_wait_until_names_what_did_not_happen():
    with pytest.raises(pytest.fail.Exception, match=r"not within 0.1 s: rain"):
        wait_until(lambda: False, 0.1, "rain")


def test_forms_are_read_as_a_browser_would_send_them():
    page = """
        <form><input name="a" value="1"><input name="b" type="checkbox" value="on">
        <input name="c" type="checkbox" checked value="yes"><input type="submit" name="_save">
        <textarea name="d">\ntwo &amp; three</textarea>
        <select name="e"><option value="">-</option><option value="x" selected>X</option></select>
        <select name="f"><option value="first">1</option><option value="second">2</option></select>
        <select name="g" multiple><option value="p" selected>P</option><option value="q" selected>Q</option></select>
        </form>"""

    fields = Forms(page).fields

    assert fields == {"a": "1", "c": "yes", "d": "two & three", "e": "x", "f": "first", "g": ["p", "q"]}


@pytest.mark.django_db
def test_the_database_of_a_test_is_empty():
    assert not get_user_model().objects.exists()


@pytest.mark.long
@pytest.mark.system
def test_a_stack_runs_the_product_and_leaves_nothing(stack):
    stack.start()
    visitor = stack.login("compliance")
    assert visitor.get("/admin/").status_code == 200
    assert stack.sql("SELECT count(*) FROM auth_user WHERE username = %s", "compliance") == [(1,)]
    wait_until(lambda: visitor.get("/readyz").status_code == 200, 20, "worker and beat at work")

    family = [pid for process in stack.processes for pid in process.tree()]
    assert len(family) >= 7, "three processes, two web workers, two of the pool"
    stack.web.kill()
    assert not stack.web.alive()
    stack.start("web")
    assert visitor.get("/admin/").status_code == 200, "the same database after a kill"

    stack.worker.stop()
    stack.beat.stop()
    stack.web.kill()
    assert not any(map(runs, family))


@pytest.mark.long
@pytest.mark.system
def test_a_private_database_can_be_stopped_frozen_and_killed(stack, private_postgres):
    stack.start("web")
    assert stack.database_url == private_postgres.url()

    private_postgres.freeze()
    with pytest.raises(psycopg.OperationalError):
        run_sql(f"{private_postgres.url()}?connect_timeout=2", "SELECT 1")
    private_postgres.thaw()
    assert stack.sql("SELECT 1") == [(1,)]

    private_postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        stack.sql("SELECT 1")
    private_postgres.start()
    assert stack.sql("SELECT count(*) FROM auth_user WHERE username = 'admin'") == [(1,)]
    assert stack.login("admin").get("/admin/").status_code == 200


@pytest.mark.system
def test_a_private_broker_can_be_frozen_and_restarted(private_valkey):
    assert private_valkey.answers()

    private_valkey.freeze()
    assert not private_valkey.answers()
    private_valkey.thaw()
    port = private_valkey.port
    private_valkey.restart()

    assert private_valkey.answers()
    assert private_valkey.port == port

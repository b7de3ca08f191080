"""What a page answers when the database goes away while the sign-in is saved."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models.functions import Now

GOES_AWAY = """
CREATE FUNCTION goes_away() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'terminating connection' USING ERRCODE = '57P01'; END $$;
CREATE TRIGGER goes_away BEFORE UPDATE ON django_session EXECUTE FUNCTION goes_away()
"""


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("X15")
def test_a_database_that_goes_away_while_a_sign_in_is_saved_is_no_bad_request(client):
    client.force_login(User.objects.create_superuser("admin"))
    Session.objects.update(expire_date=Now() + timedelta(minutes=1))  # so that the next page saves it
    client.raise_request_exception = False
    sql(GOES_AWAY)
    try:
        away = client.get("/admin/")
    finally:
        sql("DROP FUNCTION goes_away CASCADE")

    assert away.status_code == 503
    assert client.get("/admin/").status_code < 400


@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_ended_meanwhile_is_still_refused(client):
    client.force_login(User.objects.create_superuser("admin"))
    session = client.session
    assert session["_auth_user_id"]
    Session.objects.all().delete()

    session["anything"] = 1
    with pytest.raises(UpdateError):
        session.save()

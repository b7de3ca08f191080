"""Telnyx's figures: read by the worker, kept with their age, and shown whatever their shape."""

import pytest
from django.utils.html import escape

from messaging.log import codes
from messaging.models import Reading
from messaging.profiles import figures
from tests.messaging.profiles.conftest import PROFILES, text, url

FRAMES = ["1h", "3h", "24h", "3d", "7d", "30d"]


@pytest.mark.parametrize("frame", FRAMES)
def test_figures_of_a_profile_are_fetched_by_the_worker(desk, profile, sandbox, chore, frame):
    page = f"{url(profile, 'figures')}?time_frame={frame}"

    before = text(desk.get(page))
    chore()
    after = text(desk.get(page))

    assert "Waiting for Telnyx's answer." in before
    assert "Outbound · sent" in after
    assert 'class="pf-curve"' in after
    assert after.count("<tr>") > 10
    assert "style=" not in after.split('id="figures"')[1].split("</main>")[0].split("<script")[0]
    [asked] = sandbox.requests("GET", "/metrics$")
    assert asked["query"] == [["time_frame", frame]]


def test_an_error_code_among_the_figures_says_what_it_means(desk, profile, sandbox, chore):
    page = f"{url(profile, 'figures')}?time_frame=7d"
    desk.get(page)
    chore()

    assert f"<td>40300 {escape(codes.EXPLANATIONS['40300'].title)}</td>" in desk.get(page).content.decode()


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [("count", 40300, "40,300"), ("code", "99999", "99999"), ("code", None, "-"), ("", "40300", "40300")],
)
def test_an_unpublished_code_is_shown_as_it_is(column, value, shown):
    assert figures.explained(column, value) == shown


def test_figures_of_all_profiles_are_shown_side_by_side(desk, profile, sandbox, chore):
    page = f"{PROFILES}figures/?time_frame=7d"
    desk.get(page)
    chore()

    shown = text(desk.get(page))

    assert all(name in shown for name in ("Sandbox profile", "Appointment reminders", "Customer care"))
    assert shown.count('class="pf-bar"') == 3
    [asked] = sandbox.requests("GET", "messaging_profile_metrics")
    assert asked["query"] == [["time_frame", "7d"]]


def test_what_is_fresh_is_not_read_again_unless_a_person_asks(desk, profile, sandbox, chore):
    page = url(profile, "figures")
    for query in ("", "", "?again=1"):
        desk.get(page + query)
        chore()

    assert len(sandbox.requests("GET", "/metrics$")) == 2


def test_a_reading_that_fails_is_tried_again_later_and_not_at_once(desk, profile, sandbox, chore):
    sandbox.fault("status", status=400, path="/metrics", count=None)
    desk.get(url(profile, "figures"))
    for _ in range(3):
        chore()

    assert "Couldn't read it:" in text(desk.get(url(profile, "figures")))
    assert len(sandbox.requests("GET", "/metrics$")) == 1
    assert Reading.objects.get(address__contains="metrics").due_at is not None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"a": None},
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        {"rows": [1, {"x": [1]}]},
        {"rows": [{"at": "2026-11-02T00:00:00", "n": 1}, {"at": "2026-11-01T00:00:00Z", "n": 2}]},
        {"n": [[]]},
    ],
)
def test_any_shape_is_taken(data):
    assert figures.read(data) is not None


def test_rows_with_a_time_are_drawn_in_its_order():
    rows = [{"at": f"2026-11-0{day}T00:00:00Z", "sent": day} for day in (3, 1, 2)]

    [table] = figures.read({"days": rows}).tables

    assert table.chart
    assert table.chart.most == "3"
    heights = [float(point.split(",")[1]) for point in table.chart.curves[0].points.split()]
    assert heights == sorted(heights, reverse=True)


def test_the_share_that_failed_is_worked_out_only_where_both_are_known():
    assert figures.failure_rate({"outbound": {"sent": 200, "failed": 3}}) == "1.5%"
    assert figures.failure_rate({"outbound": {"sent": 0, "failed": 0}}) == ""
    assert figures.failure_rate({"outbound": {"sent": "many", "failed": 3}}) == ""

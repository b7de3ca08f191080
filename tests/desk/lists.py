"""What a list of the desk asks the database, and which rows it shows."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

MOST_QUERIES = 13


def queries(client, url: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in seen.captured_queries]


def shown(client, url: str) -> set[str]:
    """Return the ids of the rows a list shows."""
    return {str(row.pk) for row in client.get(url).context["cl"].result_list}

"""Nothing is sent as a test because nobody chose, and who may send only tests reads that before writing."""

import pytest

from messaging.models import ComposedMessage, Message
from messaging.sending.choices import WAYS
from tests.messaging.sending.conftest import hears, page_of, review
from tests.tollfree.pages import text
from tests.visitor import Forms

ONLY = "You can only send tests. Ask an operator to write to customers."
HAND_ON = "You can only send tests. Ask an operator to reply"
RCS = "/admin/rcs/rcsmessage/new/"


def chosen(page) -> str | list[str]:
    """Return the purpose that a browser would post if nobody touched the field."""
    return Forms(page.content.decode()).fields["purpose"]


@pytest.mark.promise("F57")
def test_of_two_purposes_none_is_chosen_for_anybody(person, profile):
    operator, support = person("operator"), person("support")

    for url in [*map(page_of, WAYS), RCS]:
        page, tester = operator.get(url), support.get(url)
        assert (chosen(page), chosen(tester)) == ("", "test"), url
        assert ONLY not in text(page)
        assert ONLY in text(tester), url
    refused = review(operator, "message", profile=profile, purpose="")
    assert "Choose whether this is a test or goes to a customer." in text(refused)
    assert not ComposedMessage.objects.exists()


def test_a_reply_goes_to_the_customer_or_is_for_an_operator(person, profile):
    hears("Is it ready?")
    url = f"/admin/messaging/message/{Message.objects.get().pk}/"
    support, operator = person("support"), person("operator")

    assert HAND_ON in text(support.get(f"{url}change/"))
    assert HAND_ON not in text(operator.get(f"{url}change/"))
    assert chosen(operator.post(f"{url}reply/", follow=True)) == "manual"
    refused = support.post(f"{url}reply/", follow=True)
    assert refused.redirect_chain[-1][0] == f"{url}change/"
    assert HAND_ON in text(refused)

"""The button that leads to an evidence file: {% load evidence %}."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse

from messaging.desk.number_address import token_of
from messaging.evidence import kinds, life

register = template.Library()


@register.inclusion_tag("desk/evidence.html", takes_context=True)
def evidence(context: RequestContext, slug: str, subject: Any) -> dict[str, Any]:
    """Offer an evidence file about a record, or about a number, to people who may make one."""
    kind = kinds.get(slug)
    if kind is None or not subject or not life.may_make(context["request"].user, kind):
        return {}
    key = token_of(subject) if isinstance(subject, str) else str(subject.pk)
    return {"url": reverse("admin:messaging_evidence_start", args=[slug, key])}

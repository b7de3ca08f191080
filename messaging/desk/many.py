"""What the pages share that have something done with everything a list shows: what the list shows, and the frame."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

# So many at once, and so many of them looked at before.
MOST, MOST_LOOKED_AT = 1000, 20


def shown(request: HttpRequest, model: type[Model]) -> QuerySet[Any]:
    """Return the rows that the model's list shows with the filters and the search in this address.

    Raise IncorrectLookupParameters if the list doesn't know a filter.
    """
    model_admin = admin.site.get_model_admin(model)
    return model_admin.get_changelist_instance(request).get_queryset(request)


def list_url(model: type[Model], query: str = "") -> str:
    """Return the address of the model's list, with the same filters if `query` is given."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{query}" if query else url


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """Return one of these pages: `template` is its name among those of the machinery."""
    request.current_app = admin.site.name
    frame = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/mirror/{template}.html", {**frame, **context})

"""What a list finds with its filters and its search, for work on all of it and not only on one of its pages."""

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest

from .base_admin import DeskModelAdmin


def found_by(request: HttpRequest, model_admin: DeskModelAdmin) -> QuerySet:
    """Return all rows that the list at this address shows. Raise BadRequest for filters that it doesn't have."""
    try:
        return model_admin.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:
        raise BadRequest("the list has no such filter") from None

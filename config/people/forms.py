"""The forms of people and groups, in the desk's own words."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from config.roles import RIGHTS, ROLES, Role


def role_of(group: Group) -> Role | None:
    """Return the role of the desk that a group is, if it is one."""
    return next((role for role in ROLES if role.group == group.name), None)


class Choices(UnfoldAdminCheckboxSelectMultipleWidget):
    """Checkboxes in a column, under headings where there are any; two boxes with arrows are hard to use by keyboard."""

    template_name = "admin/people/choices.html"
    option_template_name = "admin/people/choice.html"


class RolesField(forms.ModelMultipleChoiceField):
    """Groups, each role with what its people do."""

    def label_from_instance(self, obj: Any) -> str:
        role = role_of(obj)
        if role is None:
            return str(obj)
        return format_html('<b>{}</b> <span class="desk-soft">{}</span>', role.title, role.does)


def _roles_field() -> RolesField:
    return RolesField(
        Group.objects.order_by("name"),
        label=_("Roles and groups"),
        required=False,
        widget=Choices,
        help_text=_("People can do whatever any of their roles can. The page Roles shows it."),
    )


class Words:
    """What the fields of a person are called, in both forms."""

    labels = {
        "username": _("User name"),
        "is_active": _("Active"),
        "is_staff": _("May sign in here"),
        "is_superuser": _("Administrator: may do everything"),
        "email": _("Email"),
    }
    help_texts = {
        "username": _("Letters, digits and @ . + - _ only."),
        "is_active": _(
            "Turn this off when somebody leaves: it signs them out everywhere, and what they did stays on record."
        ),
        "is_staff": _("Turning this off signs them out everywhere."),
        "is_superuser": _(
            "Even without any role. Only for the few people who manage users and the desk itself."
        ),
    }
    field_classes = {"username": UsernameField}


class PersonForm(forms.ModelForm):
    """A person who is here."""

    groups = _roles_field()

    class Meta(Words):
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")


class NewPersonForm(UserCreationForm):
    """A person who is added. They may sign in unless somebody says otherwise."""

    groups = _roles_field()

    class Meta(Words):
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_staff", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_staff"].initial = True
        way = self.fields["usable_password"]
        way.label = _("Signs in with a password")
        way.choices = way.widget.choices = [("true", _("Yes, with this one")), ("false", _("No"))]
        way.help_text = _("Choose No for people who sign in with the company's account.")


class RightsIterator(ModelChoiceIterator):
    """The rights of the desk under their headings, in the words of the page Roles."""

    def __iter__(self) -> Iterator[Any]:
        rows = self.queryset.values_list("pk", "content_type__app_label", "codename")
        ids = {f"{app}.{codename}": pk for pk, app, codename in rows}
        for title, rights in RIGHTS:
            yield title, [(ids[right], what) for what, right, _who in rights if right in ids]


class RightsField(forms.ModelMultipleChoiceField):
    """Offers the rights of the desk."""

    iterator = RightsIterator


def _rights() -> QuerySet[Permission]:
    known = [right.split(".") for _title, rows in RIGHTS for _what, right, _who in rows]
    which = Q()
    for app in sorted({app for app, _codename in known}):
        codenames = [codename for of, codename in known if of == app]
        which |= Q(content_type__app_label=app, codename__in=codenames)
    return Permission.objects.filter(which).select_related("content_type")


class GroupForm(forms.ModelForm):
    """A group. What it was given beyond the rights of the desk isn't shown, and stays."""

    permissions = RightsField(_rights(), label=_("Rights"), required=False, widget=Choices)

    class Meta:
        model = Group
        fields = ("name", "permissions")

    def clean_permissions(self) -> Any:
        chosen = self.cleaned_data["permissions"]
        if not self.instance.pk:
            return chosen
        kept = self.instance.permissions.exclude(pk__in=_rights().values("pk")).values("pk")
        return Permission.objects.filter(Q(pk__in=[each.pk for each in chosen]) | Q(pk__in=kept))

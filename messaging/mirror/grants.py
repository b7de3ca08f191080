"""How migrations give groups permissions. Old migrations call this, so its meaning must not change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.management import create_permissions


def grant(groups: Mapping[str, Sequence[str]], *labels: str) -> Callable[[Any, Any], None]:
    """Return the step that gives each group these permissions of the named apps; groups keep what they have.

    The step raises RuntimeError if one of the permissions doesn't exist.
    """

    def step(apps: Any, schema_editor: Any) -> None:
        # Django creates permissions after all migrations; the groups need them now.
        for label in labels:
            app = apps.get_app_config(label)
            app.models_module = True
            create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
            app.models_module = None
        Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
        for name, codenames in groups.items():
            group, _made = Group.objects.get_or_create(name=name)
            permissions = Permission.objects.filter(
                content_type__app_label__in=labels, codename__in=codenames
            )
            if len(permissions) != len(codenames):
                raise RuntimeError(f"Some permissions of the group {name} do not exist.")
            group.permissions.add(*permissions)

    return step


def rename(label: str) -> Callable[[Any, Any], None]:
    """Return the step that renames an app's permissions after the names its models have now.

    Django creates the rows once and never renames them; people read the names on a group's page.
    """

    def step(apps: Any, schema_editor: Any) -> None:
        Permission = apps.get_model("auth", "Permission")
        for model in apps.get_app_config(label).get_models():
            what = model._meta
            names = {
                f"{act}_{what.model_name}": f"Can {act} {what.verbose_name}"
                for act in what.default_permissions
            }
            names |= dict(what.permissions)
            for codename, name in names.items():
                rows = Permission.objects.filter(
                    content_type__app_label=label, content_type__model=what.model_name, codename=codename
                )
                rows.exclude(name=name).update(name=str(name))

    return step

"""What collectstatic collects."""

from io import StringIO

from django.core.management import call_command


def collected(**options: object) -> str:
    said = StringIO()
    call_command("collectstatic", interactive=False, dry_run=True, stdout=said, stderr=said, **options)
    return said.getvalue()


def test_no_static_file_is_found_twice(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path

    said = collected(verbosity=1)

    assert "Found another file" not in said
    assert " static files copied" in said


def test_the_scripts_that_unfold_replaces_are_its_own(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path

    lines = [line for line in collected(verbosity=1).splitlines() if "RelatedObjectLookups.js" in line]

    assert len(lines) == 1
    assert "/unfold/static/" in lines[0]

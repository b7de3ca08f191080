"""docs/configuration.md and .env.example name every environment variable, with its actual default."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READERS = ("listed", "number", "str", "bool", "path", "db_url")
# What ./run reads itself.
OF_RUN = {"PORT": 8000}
# What compose.yaml reads itself.
OF_COMPOSE = {"POSTGRES_PASSWORD"}
# Never a line in an installation's file.
NOT_IN_A_FILE = {"PRIVATE", "DEBUG"}
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? *\|", re.M)


def read_by_settings() -> dict[str, object]:
    """Return the variables that the settings read, with each default that is a constant."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in READERS:
            given = [*node.args[1:], *(each.value for each in node.keywords if each.arg == "default")]
            found[str(node.args[0].value)] = constant(given[0]) if given else None
    return found


def constant(node: ast.expr) -> object:
    """Return the value of a constant expression, such as 5 << 20, or None."""
    if any(isinstance(each, ast.Name | ast.Call) for each in ast.walk(node)):
        return None
    return eval(compile(ast.Expression(node), "settings", "eval"))


def on_the_page() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs" / "configuration.md").read_text()))


def test_the_page_names_every_variable_once_and_no_other():
    named = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.M)

    assert sorted(named) == sorted({*read_by_settings(), *OF_RUN, *OF_COMPOSE})


def test_the_page_gives_the_defaults_of_the_settings():
    page = on_the_page()

    for name, default in (read_by_settings() | OF_RUN).items():
        if isinstance(default, bool | int | float):
            assert float(page[name]) == float(default), name
        elif default:
            assert page[name] == default, name


def test_the_example_file_names_every_variable_of_an_installation():
    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)

    assert sorted(named) == sorted({*read_by_settings(), *OF_RUN, *OF_COMPOSE} - NOT_IN_A_FILE)


def test_the_example_file_gives_the_same_defaults_as_the_page():
    page = on_the_page()
    given = re.findall(r"^#([A-Z_]+)=([0-9.]+)$", (ROOT / ".env.example").read_text(), re.M)

    assert {name: float(value) for name, value in given if name != "TRUSTED_PROXY"} == {
        name: float(page[name]) for name, value in given if name != "TRUSTED_PROXY"
    }


def test_the_readme_names_only_variables_there_are():
    named = re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.M)

    assert named
    assert set(named) <= {*read_by_settings(), *OF_RUN}

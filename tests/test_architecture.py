"""Who may import whom, read from the source: a wrong direction fails here, not in a review."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A part may import itself, these parts, and packages that are not ours.
BELOW = {"messaging.mirror", "messaging.telnyx"}
MESSAGING = {"messaging", "messaging.desk", *BELOW}
MAY_IMPORT = {
    "messaging.telnyx": set(),
    "messaging.mirror": {"messaging.telnyx"},
    "messaging.desk": BELOW,
    "messaging.mirror.admin": {"messaging.desk", *BELOW},
    # What messaging adds to the desk, which itself knows no feature.
    "messaging.desk.plugin": MESSAGING,
    "messaging": {"messaging.desk", *BELOW},
    "hosted": MESSAGING,
    "tollfree": MESSAGING,
    "rcs": MESSAGING,
    "config": {*MESSAGING, "messaging.mirror.admin", "hosted", "tollfree", "rcs"},
    "tests.sandbox": set(),
}
OURS = {*MAY_IMPORT, "tests", "benchmarks"}

# Each of these packages is known to one or two of our modules alone.
ONLY_IN = {
    "httpx": {"messaging/telnyx/client.py"},
    "nacl": {"messaging/telnyx/signature.py"},
    "celery": {
        "config/celery.py",
        "messaging/mirror/beat.py",
        "messaging/mirror/tasks.py",
        "hosted/tasks.py",
    },
    "telnyx": set(),
}


def modules(part: str) -> Iterator[Path]:
    inner = [other.replace(".", "/") for other in MAY_IMPORT if other.startswith(f"{part}.")]
    home = ROOT / part.replace(".", "/")
    for path in sorted([home.with_suffix(".py")] if home.with_suffix(".py").exists() else home.rglob("*.py")):
        relative = path.relative_to(ROOT).as_posix()
        if not any(relative.startswith((f"{name}/", f"{name}.py")) for name in inner):
            yield path


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything a module imports, wherever in the file it stands."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{name}.{alias.name}" for alias in node.names)


def part_of(name: str) -> str | None:
    """Return the part of ours that a dotted name belongs to, the innermost one, or None."""
    found = [part for part in OURS if name == part or name.startswith(f"{part}.")]
    return max(found, key=len, default=None)


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(part)
        for name in imports(path)
        if part_of(name) not in ({None, part} | MAY_IMPORT[part])
    ]

    assert wrong == []


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_package_has_one_home(package):
    homes = {
        path.relative_to(ROOT).as_posix()
        for part in MAY_IMPORT
        if part != "tests.sandbox"
        for path in modules(part)
        if any(name.split(".")[0] == package for name in imports(path))
    }

    assert homes <= ONLY_IN[package]


def test_every_module_belongs_to_a_part():
    tops = {
        path.parts[0]
        for path in (p.relative_to(ROOT) for p in ROOT.glob("*/**/*.py"))
        if path.parts[0][0] != "."
    }

    assert tops - {"var"} <= {part.split(".")[0] for part in OURS}


def test_no_test_module_imports_another_and_no_import_shadows_a_fixture():
    """What tests share lives in plain modules, fixtures in a conftest or in a plugin that tests/conftest.py names."""
    files = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]

    from_tests = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imports(path)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    silenced = [str(path.relative_to(ROOT)) for path in files if "F811" in path.read_text()]

    assert from_tests == []
    assert silenced == []

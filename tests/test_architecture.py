"""What may import what, read from the source. A wrong direction fails here, not in a review."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A part may import itself, these parts, and third-party packages.
BELOW = {"messaging.mirror", "messaging.telnyx"}
MESSAGING = {"messaging", "messaging.desk", *BELOW}
MAY_IMPORT = {
    "messaging.telnyx": set(),
    "messaging.mirror": {"messaging.telnyx"},
    "messaging.desk": BELOW,
    "messaging.mirror.admin": {"messaging.desk", *BELOW},
    # What messaging adds to the desk. The desk itself knows no feature.
    "messaging.desk.plugin": MESSAGING,
    "messaging": {"messaging.desk", *BELOW},
    "hosted": MESSAGING,
    "tollfree": MESSAGING,
    "rcs": MESSAGING,
    "config": {*MESSAGING, "messaging.mirror.admin", "hosted", "tollfree", "rcs"},
    "tests.sandbox": set(),
}
OURS = {*MAY_IMPORT, "tests", "benchmarks"}

# Only one or two of our modules may know each of these packages.
ONLY_IN = {
    "httpx": {"messaging/telnyx/client.py"},
    "nacl": {"messaging/telnyx/signature.py"},
    "celery": {
        "config/celery.py",
        "messaging/mirror/beat.py",
        "messaging/mirror/tasks.py",
        "messaging/notices/tasks.py",
        "hosted/tasks.py",
        "tollfree/tasks.py",
    },
    "telnyx": set(),
    "apprise": {"messaging/notices/chat.py"},
}


def modules(part: str) -> Iterator[Path]:
    inner = [other.replace(".", "/") for other in MAY_IMPORT if other.startswith(f"{part}.")]
    home = ROOT / part.replace(".", "/")
    for path in sorted([home.with_suffix(".py")] if home.with_suffix(".py").exists() else home.rglob("*.py")):
        relative = path.relative_to(ROOT).as_posix()
        if not any(relative.startswith((f"{name}/", f"{name}.py")) for name in inner):
            yield path


@cache
def imports(path: Path, *, without_type_hints: bool = False) -> tuple[str, ...]:
    """Return the absolute name of everything a module imports, wherever in the file."""
    return tuple(names_imported(path, without_type_hints))


def names_imported(path: Path, without_type_hints: bool) -> Iterator[str]:
    package = list(path.relative_to(ROOT).parent.parts)
    tree = ast.parse(path.read_text())
    skipped = for_type_hints(tree) if without_type_hints else set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{name}.{alias.name}" for alias in node.names)


def part_of(name: str) -> str | None:
    """Return the innermost of our parts that a dotted name belongs to, or None."""
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


def tree_of_the_page() -> set[str]:
    """Return the folders named in the tree of docs/architecture.md, as paths."""
    block = (ROOT / "docs/architecture.md").read_text().split("## The tree", 1)[1].split("```")[1]
    named, above = set(), [""] * 9
    for line in block.splitlines():
        folder = line.split(" ", 1)[0] if not line.startswith(" ") else line.strip().split(" ", 1)[0]
        if folder.endswith("/"):
            depth = (len(line) - len(line.lstrip())) // 2
            above[depth] = folder
            named.add("".join(above[: depth + 1]).rstrip("/"))
    return named


def test_the_tree_of_the_page_is_the_tree_of_the_folders():
    tops = {"config", "messaging", "hosted", "tollfree", "rcs", "tests", "benchmarks"}
    folders = {
        path.relative_to(ROOT).as_posix()
        for top in tops
        for path in [ROOT / top, *(ROOT / top).rglob("*")]
        if path.is_dir() and any(path.glob("*.py"))
    }

    assert tree_of_the_page() - {"templates", "tests/contract", "contrib"} == folders


def test_every_file_that_the_page_names_exists():
    page = (ROOT / "docs/architecture.md").read_text()
    named = set(re.findall(r"`((?:config|messaging|hosted|tollfree|rcs|tests|benchmarks)/[\w/]+\.py)`", page))

    assert len(named) > 15
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_nothing_is_looked_for_outside_the_repository():
    """A test that looks for its judge in a folder next to the checkout is skipped wherever that is missing."""
    places = re.compile(r"""\.\./shared|["']shared/|["']shared["']\s*/|/\s*["']shared["']|shared/telnyx""")
    above = re.compile(r"__file__\)(?:\.resolve\(\))?\.parents\[(\d+)\]")
    found = []
    for path in sorted(path for part in OURS for path in (ROOT / part.replace(".", "/")).rglob("*.py")):
        text, relative = path.read_text(), path.relative_to(ROOT)
        climbs = any(int(number) >= len(relative.parts) for number in above.findall(text))
        if climbs or (path != Path(__file__) and places.search(text)):
            found.append(relative.as_posix())

    assert found == []


# Circles that only type hints close: Django models, and the rules and operations that get a model and are called by
# it. Do not add to them: if a function needs a type from its caller's module, move that type to a module of its own.
CIRCLES_OF_MODELS = [
    {
        "messaging.mirror.models",
        "messaging.mirror.models.compared",
        "messaging.mirror.models.followed",
        "messaging.mirror.models.inbox",
        "messaging.mirror.models.mirrored",
        "messaging.mirror.models.outbox",
        "messaging.mirror.models.resource",
        "messaging.mirror.records.operations",
    },
    {
        "messaging.models",
        "messaging.models.autoresponses",
        "messaging.models.composed",
        "messaging.models.sent",
        "messaging.autoresponses.operations",
        "messaging.sending.guards",
        "messaging.sending.operations",
    },
    {
        "hosted.models",
        "hosted.models.bulk",
        "hosted.models.document",
        "hosted.models.inventory",
        "hosted.models.letter",
        "hosted.models.number",
        "hosted.models.order",
        "hosted.models.transfer",
        "hosted.operations",
        "hosted.state.eligibility",
        "hosted.state.merge",
        "hosted.state.problems",
        "hosted.state.turns",
    },
    {
        "tollfree.models",
        "tollfree.operations",
        "tollfree.turns",
        "tollfree.checks.rules",
        "tollfree.checks.rules.business",
        "tollfree.checks.rules.consent",
        "tollfree.checks.rules.contact",
        "tollfree.checks.rules.messages",
        "tollfree.checks.rules.numbers",
        "tollfree.checks.rules.rule",
        "tollfree.checks.rules.texts",
        "tollfree.same_business",
        "tollfree.checks.problems",
        "tollfree.checks.validation",
        "tollfree.links.named",
        "tollfree.links.words",
    },
    {"rcs.models", "rcs.models.sent", "rcs.messages.guards", "rcs.messages.operations"},
]


def for_type_hints(tree: ast.Module) -> set[ast.AST]:
    """Return everything under `if TYPE_CHECKING:`, which never runs."""
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return {inner for block in blocks for statement in block.body for inner in ast.walk(statement)}


def import_graph(*, with_type_hints: bool) -> dict[str, set[str]]:
    """Return which of our modules each of them imports, including imports within functions."""
    paths = {dotted(path): path for part in MAY_IMPORT for path in modules(part)}
    graph = {}
    for name, path in paths.items():
        found = set(imports(path, without_type_hints=not with_type_hints))
        # An imported name is a module, or belongs to one.
        graph[name] = {given if given in paths else given.rpartition(".")[0] for given in found} & {*paths}
        graph[name].discard(name)
    return graph


def dotted(path: Path) -> str:
    """Return the name by which a module is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the groups of modules that can all reach each other."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            new = graph[ahead.pop()] - found
            found |= new
            ahead += new
        return found

    reach = {name: reached(name) for name in graph}
    groups = {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }
    return [set(group) for group in groups]


def test_no_modules_import_each_other_in_a_circle():
    found = circles(import_graph(with_type_hints=False))

    assert found == []


def test_type_hints_close_circles_only_around_models():
    graph = import_graph(with_type_hints=True)
    product = {name: to for name, to in graph.items() if part_of(name) != "tests.sandbox"}

    found = circles(product)

    assert sorted(map(sorted, found)) == sorted(map(sorted, CIRCLES_OF_MODELS))


# The packages that everything else is built on: their public parts say what they take, return and raise.
EXPLAINED = ("messaging.telnyx", "messaging.mirror", "messaging.mirror.admin", "messaging.desk")
# Hooks that Django, Unfold or httpcore call, and that our own base classes explain.
HOOKS = {
    "Meta",
    *("add_view", "change_view", "changelist_view", "delete_view", "page"),
    *("has_add_permission", "has_change_permission", "has_delete_permission", "has_view_permission"),
    *("has_replay_permission", "lookup_allowed"),
    *("get_queryset", "get_search_results", "get_urls", "lookups", "queryset", "in_group"),
    *("deconstruct", "pre_save", "ready", "save"),
    *("close", "connect_tcp", "get_extra_info", "read", "start_tls", "write"),
}
# A column is explained by its heading, an overload by the function itself.
SPEAKING = {"display", "action", "overload"}


def unexplained(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    """Yield the public classes, functions and methods without a docstring."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        speaks = {name for each in node.decorator_list for name in names_in(each)} & SPEAKING
        if node.name not in HOOKS and not speaks and not ast.get_docstring(node):
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from unexplained(node.body, f"{prefix}{node.name}.")


def names_in(node: ast.expr) -> Iterator[str]:
    """Yield the last part of every name in an expression."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Name):
            yield inner.id


@pytest.mark.parametrize("part", EXPLAINED)
def test_what_others_build_on_has_a_docstring(part):
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(part)
        if "migrations" not in path.parts
        for name in unexplained(ast.parse(path.read_text()).body, "")
    ]

    assert found == []


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

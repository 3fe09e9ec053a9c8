"""The rules of the house: who may import whom, what importing costs, what nobody may call."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import avatars

ROOT = Path(__file__).parents[1]
PACKAGE = Path(avatars.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# A group is a module, or a package with all that is in it. Each may import itself, what stands on
# its right, and nothing else of ours. The groups below the gap are planned: the arrows are
# here so that nobody has to guess when they come.
COMMON = {"exceptions", "models", "tables"}
ALLOWED = {
    "exceptions": set(),
    "models": {"exceptions"},
    "tables": {"exceptions", "models"},
    "engine": COMMON,
    # The metrics measure in the projection that the engine fits.
    "metrics": COMMON | {"engine"},
    # Advice tries settings out and measures them; displays draw what was measured.
    "advice": COMMON | {"engine", "metrics"},
    "displays": COMMON | {"engine", "metrics"},
    "report": COMMON | {"metrics", "displays"},
    "datasets": {"exceptions"},
    "constants": {"models"},
    # An estimator fits a table by what a job does with it.
    "estimators": COMMON | {"config", "engine", "jobs", "manager", "metrics", "runner"},
    "accessor": COMMON | {"advice", "estimators", "manager", "metrics", "report", "runner"},
    "polars": COMMON | {"accessor", "estimators", "runner", "manager"},
    "__init__": {"accessor"},
    #
    "settings": {"exceptions", "models"},
    "config": {"exceptions", "models"},
    "pseudonyms": COMMON,
    "jobs": COMMON | {"advice", "config", "displays", "engine", "metrics", "pseudonyms", "report"},
    # The client sends tables to a machine that computes, and computes nothing.
    "client": COMMON | {"settings"},
    "backends": COMMON | {"client", "config", "constants", "jobs", "settings"},
    "runner": COMMON | {"config", "settings", "backends", "client", "processors"},
    "manager": COMMON | {"config", "settings", "backends", "client", "runner"},
    "lib": {"exceptions"},
    "processors": COMMON | {"lib"},
    "server": COMMON | {"config", "settings", "jobs"},
    "scale": COMMON | {"engine"},
    # Searching for parameters is advice that the documented client doesn't give.
    "cli": COMMON | {"advice", "config", "settings", "runner", "manager"},
}

# What costs time or is optional. `import avatars` must not pay for it.
HEAVY = {
    *(
        "faker",
        "httpx",
        "jinja2",
        "joblib",
        "matplotlib",
        "polars",
        "pyarrow",
        "pydantic",
        "reportlab",
    ),
    *("scipy", "sklearn", "yaml"),
}

# Full names of calls that run what a file or a string says, or that draw from a hidden global.
FORBIDDEN_CALLS = {
    "dill.load",
    "dill.loads",
    "eval",
    "exec",
    "joblib.load",
    "pandas.read_pickle",
    "pickle.Unpickler",
    "pickle.load",
    "pickle.loads",
    "yaml.full_load",
    "yaml.unsafe_load",
}
# The only names of numpy.random that don't draw from NumPy's global generator.
NUMPY_RANDOM = {
    *("BitGenerator", "Generator", "RandomState", "SeedSequence", "default_rng"),
    *("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"),
}


def group_of(path: Path, package: Path) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def our_imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Give the line and the group of every import of ours, in functions as well.

    What stands under ``if TYPE_CHECKING`` is never carried out and may point anywhere.
    """

    def of_names(names: list[str]) -> Iterator[str]:
        for name in names:
            first, *rest = name.split(".")
            if first != package.name:
                continue
            is_module = rest and (
                (package / rest[0]).is_dir() or (package / f"{rest[0]}.py").exists()
            )
            yield rest[0] if is_module else "__init__"

    def visit(node: ast.AST) -> Iterator[tuple[int, str]]:
        names: list[str] = []
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for child in node.orelse:
                    yield from visit(child)
                return
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom():
                base = absolute(node)
                if base == package.name:
                    names = [f"{base}.{alias.name}" for alias in node.names]
                else:
                    names = [base]
            case ast.Call(
                func=ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(str(name)), *_],
            ):
                names = [name]
        yield from ((node.lineno, group) for group in of_names(names))
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    def absolute(node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = path.relative_to(package.parent).with_suffix("").parts[: -node.level]
        return ".".join([*above, *(node.module or "").split(".")]).rstrip(".")

    yield from visit(ast.parse(path.read_text("utf-8")))


def forbidden_arrows(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        group = group_of(path, package)
        if group not in ALLOWED:
            found.append(f"{path.name}: no row for {group!r} in the table of allowed imports")
            continue
        found += [
            f"{path.relative_to(package)}:{line}: {group} -> {target}"
            for line, target in our_imports(path, package)
            if target != group and target not in ALLOWED[group]
        ]
    return found


def write(package: Path, files: dict[str, str]) -> Path:
    for name, text in {"__init__.py": "", **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return package


def test_imports_run_one_way() -> None:
    assert forbidden_arrows(PACKAGE) == []


def test_allowed_arrows_form_no_circle() -> None:
    done: set[str] = set()
    while ready := {g for g, targets in ALLOWED.items() if g not in done and targets <= done}:
        done |= ready
    assert done == set(ALLOWED)


@pytest.mark.parametrize(
    ("name", "text", "arrow"),
    [
        ("engine/draw.py", "from avatars.metrics import privacy", "engine -> metrics"),
        ("engine/draw.py", "from avatars import estimators", "engine -> estimators"),
        ("engine/draw.py", "from ..metrics import privacy", "engine -> metrics"),
        ("engine/draw.py", "from .. import estimators", "engine -> estimators"),
        ("engine/draw.py", "from avatars import Avatarizer", "engine -> __init__"),
        ("client.py", "import avatars.engine.draw", "client -> engine"),
        ("client.py", "def late():\n    from avatars.engine import draw", "client -> engine"),
        ("client.py", "import_module('avatars.engine')", "client -> engine"),
        ("exceptions.py", "from .models import Protection", "exceptions -> models"),
        ("tables/codecs.py", "try:\n    import avatars.engine\nexcept E: ...", "tables -> engine"),
        ("gossip.py", "", "'gossip'"),
    ],
)
def test_forbidden_arrow_is_found_when_there_is_one(
    tmp_path: Path, name: str, text: str, arrow: str
) -> None:
    tree = {"engine/draw.py": "", "metrics/privacy.py": "", "estimators.py": "", "models.py": ""}
    package = write(tmp_path / "avatars", {**tree, name: text})
    (message,) = forbidden_arrows(package)
    assert arrow in message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("engine/draw.py", "from avatars.engine.project import fit\nfrom . import project"),
        ("engine/draw.py", "import numpy as np\nfrom avatars.tables import read_table"),
        ("engine/draw.py", "if TYPE_CHECKING:\n    from avatars.estimators import Avatarizer"),
        ("metrics/privacy.py", "from ..engine.project import fit"),
    ],
)
def test_allowed_arrow_passes(tmp_path: Path, name: str, text: str) -> None:
    tree = {"engine/project.py": "", "tables/codecs.py": "", "estimators.py": ""}
    assert forbidden_arrows(write(tmp_path / "avatars", {**tree, name: text})) == []


def test_import_costs_pandas_and_nothing_else() -> None:
    # pandas itself imports pyarrow where it finds it, so only what comes after pandas is ours.
    script = """
        import json, logging, sys, threading
        import pandas, numpy
        modules, hook = set(sys.modules), sys.excepthook
        handlers, state = list(logging.root.handlers), numpy.random.get_state()[1].copy()
        import avatars
        print(json.dumps({
            "new": sorted({name.partition(".")[0] for name in set(sys.modules) - modules}),
            "accessor": hasattr(pandas.DataFrame, "avatars"),
            "hook": sys.excepthook is hook,
            "logging": logging.root.handlers == handlers,
            "threads": threading.active_count(),
            "random": bool((numpy.random.get_state()[1] == state).all()),
        }))
    """
    answer = subprocess.run(
        [sys.executable, "-c", inspect.cleandoc(script)], capture_output=True, text=True, check=True
    )
    seen = json.loads(answer.stdout)
    assert HEAVY.isdisjoint(seen.pop("new"))
    assert seen == {"accessor": True, "hook": True, "logging": True, "threads": 1, "random": True}


def test_public_names_are_found_where_they_are_promised() -> None:
    lazy = set(avatars.__all__) - {"__version__"}
    assert {name for name in lazy if getattr(avatars, name) is None} == set()
    assert set(avatars.__all__) <= set(dir(avatars))
    with pytest.raises(AttributeError, match="no attribute 'Avatariser'"):
        avatars.Avatariser  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_has_at_most_500_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


def forbidden_calls(path: Path) -> list[str]:
    """Give ``line: full name`` of each forbidden call, whatever the module was imported as."""
    tree = ast.parse(path.read_text("utf-8"))
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}

    def full_name(node: ast.expr) -> str:
        match node:
            case ast.Name(name):
                return names.get(name, name)
            case ast.Attribute(value, attr):
                return f"{full_name(value)}.{attr}"
        return ""

    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = full_name(node.func)
            keywords = {keyword.arg: full_name(keyword.value) for keyword in node.keywords}
            literal = {
                keyword.arg: keyword.value.value
                for keyword in node.keywords
                if isinstance(keyword.value, ast.Constant)
            }
            loaders = [full_name(node.args[1])] if len(node.args) > 1 else [keywords.get("Loader")]
            if (
                name in FORBIDDEN_CALLS
                or (name == "numpy.load" and literal.get("allow_pickle") is True)
                or (name == "yaml.load" and not str(loaders[0]).endswith("SafeLoader"))
            ):
                found.append(f"{node.lineno}: {name}")
        if isinstance(node, ast.Attribute | ast.Name):
            module, _, attribute = full_name(node).rpartition(".")
            if module == "numpy.random" and attribute not in NUMPY_RANDOM:
                found.append(f"{node.lineno}: {module}.{attribute}")
    return sorted(set(found))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_calls_nothing_forbidden(path: Path) -> None:
    assert forbidden_calls(path) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import pickle\npickle.load(f)", ["2: pickle.load"]),
        ("import pickle as p\np.loads(b)", ["2: pickle.loads"]),
        ("from joblib import load\nload(f)", ["2: joblib.load"]),
        ("eval('1')", ["1: eval"]),
        ("import yaml\nyaml.load(f)", ["2: yaml.load"]),
        ("import yaml\nyaml.load(f, Loader=yaml.Loader)", ["2: yaml.load"]),
        ("import yaml\nyaml.load(f, Loader=yaml.CSafeLoader)", []),
        ("import yaml\nyaml.load(f, yaml.SafeLoader)", []),
        ("import numpy as np\nnp.load(f, allow_pickle=True)", ["2: numpy.load"]),
        ("import numpy as np\nnp.load(f)", []),
        ("import numpy as np\nnp.random.seed(0)", ["2: numpy.random.seed"]),
        ("from numpy.random import normal\nnormal()", ["2: numpy.random.normal"]),
        ("import numpy as np\nnp.random.default_rng(0).normal()", []),
        ("frame.eval('a + b')", []),
    ],
)
def test_forbidden_call_is_found_when_there_is_one(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    path = tmp_path / "module.py"
    path.write_text(text, "utf-8")
    assert forbidden_calls(path) == found


def test_no_text_of_ours_says_the_word() -> None:
    # Avatars of real people carry a measured risk; a word that promises none would not be true.
    texts = [ROOT / "README.md", ROOT / "CHANGELOG.md", *MODULES]
    texts += [path for path in (ROOT / "docs").rglob("*.rst") if "_build" not in path.parts]
    said = [path.name for path in texts if "anonymous" in path.read_text("utf-8").lower()]
    assert said == []


def public_objects() -> Iterator[tuple[str, object]]:
    for path in MODULES:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = importlib.import_module(".".join(p for p in parts if p != "__init__"))
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            # Constants and type aliases can't carry a docstring, and a module is no single idea.
            if inspect.isclass(value) or inspect.isroutine(value):
                yield f"{module.__name__}.{name}", value


def test_public_names_have_a_docstring_with_an_example() -> None:
    bare = []
    for name, value in public_objects():
        text = inspect.getdoc(value) or ""
        is_exception = inspect.isclass(value) and issubclass(value, BaseException)
        # An exception is something one meets, not something one calls: the tree shows its place,
        # and those with arguments of their own show an example (checked by numpydoc's rules).
        if not text or not (is_exception or "Examples\n--------" in text):
            bare.append(name)
    assert bare == []


def test_every_exception_has_its_place_in_the_tree() -> None:
    exceptions = importlib.import_module("avatars.exceptions")
    tree = (exceptions.__doc__ or "").split()
    classes = [n for n in exceptions.__all__ if inspect.isclass(getattr(exceptions, n))]
    assert classes
    assert [name for name in classes if name not in tree] == []


def test_version_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # The installed metadata is the source, so that pyproject.toml is the only place to change.
    asked = []
    monkeypatch.delitem(vars(avatars), "__version__", raising=False)
    monkeypatch.setattr("importlib.metadata.version", lambda name: asked.append(name) or "7.8.9")
    assert avatars.__version__ == "7.8.9"
    assert asked == ["avatars"]
    monkeypatch.delitem(vars(avatars), "__version__")


def test_changelog_begins_with_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    headings = [
        line.removeprefix("## ")
        for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
        if line.startswith("## ")
    ]
    assert headings[0].split()[0] == version

"""The walls of the house: every import goes to its own room or to a lower floor."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "__init__": 0,
    "types": 0,
    "disk": 0,
    "host_memory": 0,
    "progress": 0,
    "ops": 1,
    "recipe": 1,
    "layers": 2,
    "losses": 2,
    "metrics": 2,
    "models": 3,
    "strategy": 3,
    "data": 3,
    "figures": 3,
    "training": 4,
    "targets": 4,
    "inspection": 5,
    "tracking": 5,
    "serving": 5,
    "survey": 4,
    "drafting": 5,
    "experiment": 6,
    "evaluation": 7,
    "studies": 7,
}
TENSORFLOW_DOORS = (
    "dlsuite/data/",
    "dlsuite/layers/normalization.py",
    "dlsuite/serving/",
    "dlsuite/training/runtime.py",
    "dlsuite/training/resume.py",
    "dlsuite/training/gradients.py",
    "dlsuite/ops/nms.py",
    "dlsuite/recipe/trial.py",
)
SAYING_NOTHING = {"utils", "common", "helpers", "base", "core", "manager", "misc"}
SOURCES = sorted((ROOT / "dlsuite").rglob("*.py"))
APPLICATIONS = sorted((ROOT / "pipelines").rglob("*.py"))


@cache
def imported(path: Path) -> list[tuple[str, int]]:
    """Every module that a file imports, at any depth, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} is a relative import"
            module = node.module or ""
            if module == "dlsuite":
                found += [(f"dlsuite.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((module, node.lineno))
    return found


def room(module: str) -> str:
    """The room of `dlsuite.room.file`; names of the package itself live in `__init__`."""
    name = module.split(".")[1] if "." in module else "__init__"
    return name if name in FLOORS else "__init__"


def test_every_room_has_a_floor():
    rooms = {path.relative_to(ROOT / "dlsuite").parts[0].removesuffix(".py") for path in SOURCES}
    assert rooms <= set(FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path):
    own = path.relative_to(ROOT / "dlsuite").parts[0].removesuffix(".py")
    for module, line in imported(path):
        assert module.split(".")[0] != "pipelines", f"{path}:{line} imports {module}"
        if module.split(".")[0] == "dlsuite" and room(module) != own:
            assert FLOORS[room(module)] < FLOORS[own], f"{path}:{line} imports {module}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_mlflow_and_tensorflow_stay_behind_their_doors(path):
    name = path.relative_to(ROOT).as_posix()
    for module, line in imported(path):
        top = module.split(".")[0]
        assert top != "mlflow" or name.startswith("dlsuite/tracking/"), f"{name}:{line}"
        assert top != "tensorflow" or name.startswith(TENSORFLOW_DOORS), f"{name}:{line}"


def test_rooms_have_no_cycles():
    """Modules of one room import each other in one direction only."""
    graph: dict[str, set[str]] = {}
    for path in SOURCES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = set(_at_import(path))
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail, name))}"
        if name in done:
            return
        for module in graph.get(name, ()):
            visit(module, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def _at_import(path: Path) -> Iterator[str]:
    """Modules of the suite that a file imports when it is imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlsuite."):
            folder = ROOT / node.module.replace(".", "/")
            submodules = {a.name for a in node.names if (folder / f"{a.name}.py").exists()}
            yield from (f"{node.module}.{name}" for name in submodules)
            if len(submodules) < len(node.names):
                yield node.module


def test_names_say_something_and_files_answer_one_question():
    for path in [*SOURCES, *APPLICATIONS]:
        assert path.stem not in SAYING_NOTHING, path
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 400, f"{path} has {lines} lines"


def test_no_dataset_tunes_itself():
    """See `dlsuite.data.ahead`."""
    for path in [*SOURCES, *APPLICATIONS]:
        text = path.read_text(encoding="utf-8")
        assert "AUTOTUNE" not in text, path
        makes_one = "tf.data.Dataset." in text or ".as_dataset(" in text
        assert not makes_one or " ahead(" in text, path


def test_importing_dlsuite_imports_nothing_heavy():
    heavy = ["tensorflow", "keras", "mlflow", "pandas", "sklearn", "numpy", "pydantic"]
    code = f"import sys, dlsuite; print([m for m in {heavy} if m in sys.modules])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "[]"

"""What an export says about itself, in `assets.extra/dlsuite.json`."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dlsuite
from dlsuite.serving.signatures import Signature

EXTRA = "assets.extra"  # TensorFlow leaves alone what is in it
MANIFEST = f"{EXTRA}/dlsuite.json"


def read_manifest(path: Path) -> dict[str, Any]:
    """The facts of the export `path`.

    Raises:
        FileNotFoundError: If another tool wrote it.
        ValueError: If the facts are none.
    """
    file = path / MANIFEST
    if not file.is_file():
        raise FileNotFoundError(f"An export of dlsuite holds {MANIFEST}. Received: {path}.")
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} must be JSON. Received: {error}.") from error
    about = facts.get("signatures", {}) if isinstance(facts, dict) else None
    if not isinstance(about, dict) or not all(isinstance(each, dict) for each in about.values()):
        raise ValueError(f"{file} must be a mapping with facts of each signature.")
    return facts


def write_manifest(path: Path, facts: Mapping[str, Any]) -> None:
    """Puts `facts`, and when they were written, into the export `path`."""
    written = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({**facts, "written": written}, indent=2, ensure_ascii=False)
    (path / EXTRA).mkdir(exist_ok=True)
    (path / MANIFEST).write_text(text + "\n", encoding="utf-8")


def package_versions() -> dict[str, str]:
    """Versions of what made the export."""
    packages = {name: version(name) for name in ("tensorflow", "keras", "numpy")}
    return {"dlsuite": dlsuite.__version__, "python": platform.python_version(), **packages}


def signature_facts(loaded: Any, name: str, signature: Signature) -> dict[str, Any]:
    """What a client must know of a signature: forms of inputs and outputs, names, columns."""
    served = loaded.signatures[name]
    return {
        "inputs": _forms(served.structured_input_signature[1]),
        "outputs": _forms(served.structured_outputs),
        **signature.about,
    }


def _forms(specs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: {"dtype": spec.dtype.name, "shape": spec.shape.as_list()}
        for name, spec in specs.items()
    }

"""What recipes are made wrong with: names, pieces of text, values, keys, and modules to import."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

# Modules that a recipe may name, each bad in its way; `own_modules` writes them.
OWN = {
    "wrong_at_import": "raise RuntimeError('no')",
    "wrong_exits": "import sys; sys.exit(3)",
    "wrong_syntax": "def (",
    "wrong_things": "number = 3\nnothing = None\n"
    "def raises(**given): raise KeyError('no')\n"
    "def exits(*given, **named): raise SystemExit(3)\n"
    "def model(input_shape, num_classes): return 'no model'\n"
    "def source(): return {'x': 1}\n"
    "def text(input_shape: 'Missing', num_classes: int = 3): return None\n"
    "class Thing:\n    def __call__(self): return 3\nthing = Thing()\n",
}
NAMES = [
    *("nowhere:at_all", "wrong_at_import:x", "wrong_exits:x", "wrong_syntax:x", "wrong_things:"),
    *("wrong_things:number", "wrong_things:nothing", "wrong_things:raises", "wrong_things:exits"),
    *("wrong_things:model", "wrong_things:source", "wrong_things:text", "wrong_things:thing"),
    *("builtins:dict", "builtins:print", "builtins:type", "builtins:int", "keras.layers:Dense"),
    *(
        ":",
        "a:b:c",
        ".:x",
        "..up:x",
        "1:2",
        "é:ü",
        "json:dumps",
        "keras:Model",
        "wrong_things:Thing",
    ),
    *("mlp", "lenet5", "Adam", "digits", "wine", "warmup_cosine", "RandomFlip", "Dense", "SGD"),
    *("CosineDecay", "csv", "image_folder", "arrays", "idx", "tfds", "Lion", "LossScaleOptimizer"),
    *("Muon", "Lambda", "TFSMLayer", "Sequential", "Wrapper", "Bidirectional", "Rescaling"),
    *("RandomCrop", "CutMix", "AugMix", "Resizing", "Pipeline", "RandAugment", "Huber"),
]
FRAGMENTS = [
    *(
        "\t",
        "\x00",
        "\x07",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\u202e",
        "😀",
    ),
    *("\ue000", "\ue001", "$\ue000HOME\ue001", "&a ", "*a", "*undefined", "<<: *a\n", "<<: 3\n"),
    *("<<: [1]\n", "!!python/object/apply:os.system ['touch marker']", "!!python/name:os.system"),
    *("!!binary aGk=", "!!set {a, b}", "!!omap [a: 1]", "!!timestamp 2001-01-01", "!own x", "! x"),
    *("!!int x", "!!float x", "!!bool x", "!!null x", "!!str 3", "!<tag:yaml.org,2002:int> z"),
    *("---\n", "...\n", "%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "%TAG ! tag:x,2000:\n", "{", "}"),
    *("[", "]", ":", ": ", "- ", "? ", "?\n", "|", "|9\n", ">-\n  x\n", "'", '"', "#", "@", "`"),
    *("%", ",", "\\", '"\\x"', '"\\ud800"', "${", "${HOME}", "${NO_SUCH_NAME}", "${A-B}", "${}"),
    *("\r", "\r\n", "\n", "\n\n", " ", "  ", "[" * 40, "{a: " * 40, "- " * 40, "=", "null", "~"),
    *(
        "2001-01-01",
        "1:30",
        "0x1F",
        "0o17",
        "1_000",
        "1e999",
        "-.inf",
        ".nan",
        "3.",
        "+1",
        "? [a]: b\n",
    ),
]
SCALARS: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 3, 7, 10**9, 2**31, 2**63, -(2**63), 2**64, 10**12, 10**30),
    *(10**400, 10**5000, -1.0, 0.0, 0.5, 1.0, 1e-300, 1e300, 5e-324, float("nan"), float("inf")),
    *(
        -float("inf"),
        "",
        " ",
        "a",
        "auto",
        "full",
        "none",
        "null",
        "true",
        "yes",
        "3",
        "3e-4",
        "-1",
    ),
    *(
        "nan",
        "inf",
        "\x00",
        "\n",
        "é",
        "😀",
        "\ud800",
        "x" * 500,
        "${HOME}",
        "${NO_SUCH_NAME}",
        "a.b",
    ),
    *("1 epoch", "0 steps", "99999999999999999999 steps", "run:", "run:latest", "x.weights.h5"),
    *("../x.weights.h5", "/dev/zero", "/dev/null", "/", ".", "..", "~", "file:///etc/passwd"),
    *("http://127.0.0.1:1/x", "dev.accuracy", "test.accuracy", "loss", "dev.loss", "accuracy"),
    *(datetime.date(2001, 1, 1), datetime.datetime(2001, 1, 1), b"bytes", (), [], {}, [[]], [None]),
    *({"type": None}, {"type": 3}, {"type": []}, {"type": "mlp"}, {"a": 1}, {1: 2}, {None: 1}),
    *(
        {"": 1},
        {"type": "Adam", "learning_rate": -1},
        {"type": "Adam", "learning_rate": {"type": 3}},
    ),
    *([1, 2], [0, 0], [32, 32], [10**9, 10**9], [1] * 300, {"at_least": 1}, {"value": 0.1}),
    *({"train": 0.5, "dev": 0.5}, {"train": 1}, {"train": 0}, {"folds": 3, "held_out": 9}),
]
KEYS = [
    *("type", "", " ", "a.b", "model", "epochs", "1", 1, 0, -1, "weights", "checkpoint", "name"),
    *("é", "\x00", "x" * 300, '"', "learning_rate", "hidden", "dropout", "stages", "freeze", "<<"),
    *("augment", "folds", "evaluation", "expect", "seed", "label_smoothing", "class_weight"),
    *("image_size", "batch_size", "split", "loss", "clipnorm", "clipvalue", "weight_decay"),
    *("runtime", "precision", "xla", "threads", "monitor", "patience", "mode", "baseline"),
    *("source", "dtype", "cache", "ema"),
]


def own_modules(folder: Path) -> None:
    """Writes the modules of `OWN` into a folder."""
    for name, text in OWN.items():
        (folder / f"{name}.py").write_text(text)

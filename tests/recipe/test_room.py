"""Room: where names are looked up, and what their callables take."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import keras
import pytest
from pydantic import ValidationError

import dlsuite
from dlsuite.recipe import Block, Call, RecipeError, Room, load

from .settings_for_tests import STAND_INS

LATE = {"input_shape": (28, 28, 1), "num_classes": 10, "dropout": 0.0}
MODELS = Room(f"{STAND_INS}.models", late=LATE)
RATES = Room(f"{STAND_INS}.schedules", late={"steps_per_epoch": 10, "epochs": 5})


def package(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    sys.path.insert(0, str(folder))
    return name


def test_names_are_the_public_ones() -> None:
    assert MODELS.names() == ["lenet5", "mlp"]
    assert {"Adam", "SGD", "RMSprop"} < set(Room("keras.optimizers").names())
    assert not {"get", "serialize", "Optimizer"} & set(Room("keras.optimizers").names())
    schedules = Room(f"{STAND_INS}.schedules", "keras.optimizers.schedules")
    assert {"warmup_cosine", "CosineDecay"} < set(schedules.names())


def test_without_all_the_callables_of_the_package_itself_count(folder: Path) -> None:
    text = "from typing import Any\nfrom json import dumps\nX = 1\ndef f(): ...\ndef _g(): ...\n"
    assert Room(package(folder, "own_room", text)).names() == ["f"]


def test_one_name_with_two_meanings_is_refused_and_two_names_of_one_thing_are_not(
    folder: Path,
) -> None:
    package(folder, "room_a", "def f(): ...\ndef g(): ...\n__all__ = ['f', 'g']\n")
    package(folder, "room_b", "from room_a import g\ndef f(): ...\n__all__ = ['f', 'g']\n")
    room = Room("room_a", "room_b")
    assert room.find("g").__module__ == "room_a"
    with pytest.raises(LookupError, match=r"f means several things .* one of room_a:f, room_b:f"):
        room.find("f")
    assert room.find("room_b:f").__module__ == "room_b"


def test_a_module_of_the_users_own_is_found_in_the_current_folder(folder: Path) -> None:
    (folder / "users_nets.py").write_text(
        "def net(input_shape, num_classes, width=3): return width\n"
    )
    call = MODELS.read({"type": "users_nets:net", "width": 5})
    assert call(**LATE) == 5
    assert call.plain() == {"type": "users_nets:net", "width": 5}


def test_defaults_are_spelt_out_except_what_the_program_passes() -> None:
    call = MODELS.read("mlp")
    assert call.plain() == {
        "type": "mlp",
        "hidden": [128, 64],
        "activation": "relu",
        "batch_norm": False,
    }
    assert call(**LATE)["hidden"] == (128, 64)


def test_keras_objects_are_made_with_inner_calls_and_base_arguments() -> None:
    optimizers = Room("keras.optimizers", inner={"learning_rate": RATES})
    block = {"type": "SGD", "learning_rate": {"type": "warmup_cosine", "peak": 0.5}}
    made = optimizers.read(block)(steps_per_epoch=4, epochs=2)
    assert float(made.learning_rate) == pytest.approx(0.5 * 1.0 * 4 / 2)
    assert float(optimizers.read({"type": "SGD", "learning_rate": 0.25})().learning_rate) == 0.25
    layer = Room("keras.layers").read({"type": "Dense", "units": 3, "name": "head"})()
    assert (layer.units, layer.name) == (3, "head")


def test_an_argument_of_keras_may_stay_what_only_keras_knows() -> None:
    layers = Room("keras.layers", inner={"activation": Room("keras.layers")})
    by_keras = layers.read({"type": "Dense", "units": 3, "activation": "gelu"})
    assert by_keras.arguments["activation"] == "gelu"
    by_room = layers.read({"type": "Dense", "units": 3, "activation": "LeakyReLU"})
    assert isinstance(by_room.arguments["activation"], Call)
    assert isinstance(by_room().activation, keras.layers.LeakyReLU)
    with pytest.raises(ValidationError, match=r"activation\.type"):
        layers.read({"type": "Dense", "units": 3, "activation": {"type": "LeakyRelu"}})


def test_the_first_words_of_a_refusal_are_kept_short(folder: Path) -> None:
    text = (
        "class Long:\n    def __init__(self, a=0): raise ValueError('x' * 1000)\n"
        "class Lines:\n    def __init__(self, a=0): raise ValueError('Wrong:\\n\\n  too big\\n')\n"
        "class Silent:\n    def __init__(self, a=0): raise KeyError\n"
    )
    room = Room(package(folder, "refusing", text))
    for name, words in [("Long", "x…"), ("Lines", "Wrong: too big"), ("Silent", "KeyError")]:
        with pytest.raises(ValidationError) as caught:
            room.read(name)
        message = caught.value.errors()[0]["msg"]
        assert message.startswith(f"{name} does not take this: ")
        assert message.endswith(words)
        assert len(message) < 340


def test_other_backends_have_no_thread_pools_to_keep_asleep(monkeypatch) -> None:
    monkeypatch.setattr(keras.config, "backend", lambda: "numpy")
    assert Room("keras.layers").read({"type": "Dense", "units": 3}).arguments["units"] == 3
    with pytest.raises(ValidationError, match="Dense does not take this"):
        Room("keras.layers").read({"type": "Dense", "units": -3})


def test_a_class_with_annotations_is_not_made_before_its_time(folder: Path) -> None:
    text = "class Tower:\n    def __init__(self, height: int): raise RuntimeError('made')\n"
    room = Room(package(folder, "annotated_room", text))
    assert room.read({"type": "Tower", "height": 3}).arguments == {"height": 3}
    with pytest.raises(ValidationError, match="height"):
        room.read({"type": "Tower", "height": "3"})


def test_annotations_of_late_arguments_need_not_be_importable(folder: Path) -> None:
    text = (
        "from __future__ import annotations\n"
        "def f(data: pandas.DataFrame, size: int = None, *args, **rest): ...\n"
    )
    room = Room(package(folder, "late_room", text), late={"data": None})
    assert room.read({"type": "f"}).arguments == {"size": None}
    assert room.read({"type": "f", "size": None}).arguments == {"size": None}
    with pytest.raises(ValidationError, match="rest"):
        room.read({"type": "f", "rest": 1})


def test_a_default_that_is_no_plain_value_is_left_to_the_signature(folder: Path) -> None:
    text = "def f(a=object(), b=(1, (2,)), c=lambda: 0): return b\n"
    room = Room(package(folder, "default_room", text))
    assert room.read("f").arguments == {"b": (1, (2,))}
    assert room.read("f")() == (1, (2,))


def test_nested_annotated_calls_are_checked_where_they_stand(folder: Path) -> None:
    text = (
        "from typing import Annotated\n"
        "from dlsuite.recipe import Call, Room\n"
        "Part = Annotated[Call, Room('STAND_INS.models', late={'input_shape': 1,"
        " 'num_classes': 2, 'dropout': 0.0})]\n"
        "def ensemble(members: list[Part], num_classes: int): return members\n"
        "__all__ = ['ensemble']\n"
    )
    room = Room(
        package(folder, "nested_room", text.replace("STAND_INS", STAND_INS)),
        late={"num_classes": 10},
    )

    class Settings(Block):
        model: Annotated[Call, room]

    source = {"model": {"type": "ensemble", "members": ["lenet5", {"type": "mlp", "hidden": [8]}]}}
    recipe = load(source, Settings)
    members = recipe.settings.model(**LATE)
    assert [sorted(member) for member in members] == [
        ["classes", "dropout", "shape", "variant"],
        ["activation", "batch_norm", "hidden"],
    ]
    source["model"]["members"][1]["hiden"] = [3]
    source["model"]["members"].append({"type": "lenet5", "droput": 0.1})
    with pytest.raises(RecipeError) as caught:
        load(source, Settings)
    assert str(caught.value).splitlines() == [
        "recipe model.members.1.hiden: not an argument of mlp. Did you mean hidden?",
        "recipe model.members.2.droput: not an argument of lenet5. Allowed: variant.",
    ]


def test_checking_a_recipe_leaves_tensorflow_asleep() -> None:
    program = (
        f"from {__package__}.settings_for_tests import Settings\n"
        "from dlsuite.recipe import load\n"
        "import json, sys\n"
        "assert 'keras' not in sys.modules\n"
        "load(json.loads(sys.argv[1]), Settings)\n"
        "import tensorflow as tf\n"
        "tf.config.threading.set_intra_op_parallelism_threads(1)\n"  # raises once it is awake
    )
    recipe = {
        "pipeline": "image_classification",
        "data": {
            "source": "digits",
            "augment": [{"type": "RandomFlip"}, {"type": "Dropout", "rate": 0.5}],
        },
        "model": "lenet5",
        "optimizer": {"type": "Adam", "learning_rate": {"type": "warmup_cosine", "peak": 0.1}},
    }
    root = Path(dlsuite.__file__).parents[1]
    subprocess.run(
        [sys.executable, "-c", program, json.dumps(recipe)],
        check=True,
        cwd=root,
        env={"PATH": "", "PYTHONPATH": str(root), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
    )

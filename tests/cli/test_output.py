"""What scripts read is JSON, whatever the values are, and it is alone on standard output."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlsuite.recipe import Block
from pipelines.cli.output import emit, for_scripts, plain


class Colour(Enum):
    RED = "red"


class Bound(Block):
    at_least: float | None = None


@dataclass
class Scores:
    values: dict
    hidden: object = field(default=None, repr=False)


class Told:
    def to_dict(self):
        return {"told": True}


class Opaque:
    def __str__(self):
        return "opaque"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (float("nan"), None),
        (float("-inf"), None),
        (np.float32(0.5), 0.5),
        (np.float64("nan"), None),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([1.0, np.inf]), [1.0, None]),
        (b"caf\xc3\xa9", "café"),
        ({3, 1, 2}, [1, 2, 3]),
        ((value for value in "ab"), ["a", "b"]),
        ({1: {"x": (1, 2)}}, {"1": {"x": [1, 2]}}),
        (Path("a/b"), "a/b"),
        (Colour.RED, "red"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 8, tzinfo=UTC), "2026-11-22T08:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        (pd.Timestamp("2026-11-22"), "2026-11-22T00:00:00"),
        (pd.NaT, None),
        (pd.Timedelta("nat"), None),
        (pd.NA, None),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.Series({"a": 1.5}), {"a": 1.5}),
        (pd.Index(["a"]), ["a"]),
        (Scores({"accuracy": np.nan}, hidden=object()), {"values": {"accuracy": None}}),
        (Bound(at_least=0.5), {"at_least": 0.5}),
        (Told(), {"told": True}),
        (Opaque(), "opaque"),
    ],
)
def test_every_value_becomes_plain(value, expected):
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)


def test_keys_stay_in_their_order_and_letters_as_they_are(capsys):
    emit({"z": "é", "a": 1})
    said = capsys.readouterr().out
    assert said.index("z") < said.index("a")
    assert "é" in said
    assert json.loads(said) == {"z": "é", "a": 1}


def test_what_others_print_meanwhile_goes_to_standard_error(capsys):
    with for_scripts():
        print("a source of one's own says something")
        emit([1])
    print("later")
    said = capsys.readouterr()
    assert said.out == "[\n  1\n]\nlater\n"
    assert said.err == "a source of one's own says something\n"

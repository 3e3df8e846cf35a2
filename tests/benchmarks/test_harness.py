"""The harness of the benchmarks: pairs become ratios, and both parts of the page stay."""

import json
from itertools import count
from pathlib import Path

import pytest

from benchmarks import harness, page
from benchmarks.__main__ import ALL, main
from benchmarks.harness import Row, Sample, in_turn, of_pairs, record

SCORES = {
    "wine_mlp": {
        "recipe": "wine_mlp",
        "pipeline": "tabular",
        "date": "2026-01-02",
        "machine": "2 cores",
        "expect": {"test.accuracy": {"at_least": 0.9}},
        "runs": [
            {
                "run_id": "0123456789abcdef" * 2,
                "seconds": 5,
                "verdict": "none",
                "scores": {"test": {"accuracy": 0.97}},
                "baseline": {"test": {"accuracy": 0.95}},
            }
        ],
        "claims": [
            {
                "metric": "test.accuracy",
                "stated": "at least 0.9",
                "values": [0.97],
                "mean": 0.97,
                "interval": None,
                "baseline": 0.95,
                "verdict": "PASS",
            }
        ],
    }
}


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps(SCORES))
    return tmp_path


def test_both_sides_are_measured_in_turn_and_who_begins_changes():
    order = []

    def side(name, seconds):
        return lambda: order.append(name) or Sample(seconds, 2 * seconds)

    row = in_turn("a pair", side("ours", 1.0), side("theirs", 2.0), rounds=3, target=1.05)
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert list(row.values) == [0.5, 0.5, 0.5]
    assert row.note == "1 s against 2 s; processor time 0.500"


def test_the_median_of_the_ratios_meets_the_target_or_misses_it():
    pairs = [(Sample(wall), Sample(1.0)) for wall in (0.9, 1.0, 3.0)]
    facts = of_pairs("pairs", pairs, target=1.0).plain()
    assert (facts["median"], facts["least"], facts["most"]) == (1.0, 0.9, 3.0)
    assert facts["met"] is True
    assert of_pairs("pairs", pairs, target=0.95).plain()["met"] is False
    assert of_pairs("pairs", pairs).plain()["met"] is None


def test_a_measurement_is_kept_with_its_date_machine_and_command(docs):
    sides = (harness.timed(lambda: None, calls=3) for _ in count())
    rows = [in_turn("nothing against nothing", lambda: next(sides), lambda: next(sides), rounds=2)]
    record("nothing", rows, docs)
    known = json.loads((docs / "speed.json").read_text())["nothing"]
    assert known["command"] == "python -m benchmarks.nothing"
    assert known["date"].count("-") == 2
    assert {"processor", "cores", "python", "tensorflow"} <= set(known["machine"])
    assert [len(row["values"]) for row in known["rows"]] == [2]
    assert "| nothing against nothing |" in (docs / "results.md").read_text()


def test_neither_scores_nor_other_benchmarks_are_erased(docs):
    record("first", [Row("one", "ms", [3.0, 4.0, 5.0], target=15)], docs)
    record("second", [Row("two", "ratio", [], target=1.0, note="PyTorch is not installed")], docs)
    written = (docs / "results.md").read_text()
    assert "| one | 4 ms (3 to 5) | ≤ 15 ms | met |  | `python -m benchmarks.first` |" in written
    assert "| two | not measured | ≤ 1 |  | PyTorch is not installed |" in written
    assert "| `wine_mlp` | test.accuracy | at least 0.9 | 0.9700 |  | 0.9500 | PASS |" in written
    (docs / "speed.json").unlink()
    page.write(docs)
    assert "## Speed" not in (docs / "results.md").read_text()


def test_without_a_gpu_its_section_says_so_and_with_one_has_the_numbers(docs):
    section = "## On a GPU"
    record("accelerator", [Row("a net", "pictures/s", [], note="no GPU was had")], docs)
    written = (docs / "results.md").read_text()
    assert written.partition(section)[2].endswith("\n\nNot measured: no GPU was had.\n")
    assert "a net" not in written
    record("accelerator", [Row("a net", "pictures/s", [900.0, 1000.0, 1100.0])], docs)
    after = (docs / "results.md").read_text().partition(section)[2]
    assert "| a net | 1e+03 pictures/s (900 to 1.1e+03) |" in after
    assert "Not measured" not in after


@pytest.mark.parametrize(
    ("value", "text"), [(6.614, "6.61 s"), (0.0234, "23.4 ms"), (8.5e-5, "85 µs"), (0, "0 µs")]
)
def test_times_are_told_in_the_unit_that_suits(value, text):
    assert harness.seconds(value) == text


def test_an_unknown_benchmark_is_refused_with_those_there_are(capsys):
    assert main(["spech"]) == 2
    assert capsys.readouterr().out.endswith("Received: spech.\n")


def test_every_benchmark_that_is_run_has_a_file_and_is_recorded_under_its_name():
    for name in ALL:
        text = Path(harness.__file__).with_name(f"{name}.py").read_text()
        assert f'record("{name}", rows())' in text
        assert f"python -m benchmarks.{name}\n" in text

"""What is written into a run is found in it again."""

import json
import math
import threading
from contextlib import ExitStack

import numpy as np
import pandas as pd
import pytest
from disturbance import out_of_order
from matplotlib.figure import Figure

from dlsuite.tracking import Dataset, sync
from dlsuite.tracking.processes import HEARTBEAT, PID


def test_parameters_come_back_as_the_recipe_wrote_them(store):
    with store.start("tabular", "wine") as run:
        run.parameters({"rate": 3e-4, "batch_norm": False, "depth": None, "name": "mlp"})
        run.parameters({"rate": np.float64(3e-4), "hidden": [128, 64]})
        run.parameters({f"key.{number}": number for number in range(250)})  # MLflow takes 100
    params = store.find("latest").params
    assert params["rate"] == "0.0003"
    assert params["batch_norm"] == "false"
    assert params["depth"] == "null"
    assert params["name"] == "mlp"
    assert params["hidden"] == "[128, 64]"
    assert params["key.249"] == "249"


def test_parameters_whose_names_mlflow_refuses_are_kept_under_others(store):
    with store.start("tabular", "wine") as run:
        run.parameters({"rates.fire[67]*": 0.1, "rates.fire(67)*": 0.2, "rates.a//b": 0.3})
    params = store.find("latest").params
    assert params["rates.fire_67__"] == "0.1"
    assert params["rates.fire_67___"] == "0.2"
    assert params["rates.a__b"] == "0.3"


def test_texts_past_mlflows_limits_are_cut(store):
    with store.start("tabular", "wine") as run:
        run.parameters({"long": "x" * 10_000})
        run.tags({"long": "y" * 10_000})
        run.describe("z" * 10_000)
    record = store.find("latest")
    assert record.params["long"] == "x" * 5999 + "…"
    assert record.tags["long"] == "y" * 7999 + "…"
    assert record.artifact("description.md").read_text() == "z" * 10_000


def test_a_description_is_what_the_ui_shows_on_the_runs_page(store):
    with store.start("tabular", "wine") as run:
        run.describe("**high variance**: more data")
    record = store.find("latest")
    assert record.tags["mlflow.note.content"] == "**high variance**: more data"
    assert "description.md" not in record.artifacts()


def test_metrics_come_back_with_their_steps_nan_and_infinity(store):
    with store.start("tabular", "wine") as run:
        for epoch, loss in enumerate([0.5, np.float32(0.25), math.nan, math.inf, -math.inf]):
            run.metrics({"train.loss": loss}, epoch)
        run.metrics({"test.accuracy": 0.75, "largest": np.int64(7), "flag": True})
        assert run.flush() == 0
        record = store.find(run.run_id)
    history = record.history("train.loss")
    assert [step for step, _ in history] == [0, 1, 2, 3, 4]
    assert [value for _, value in history if not math.isnan(value)] == [
        0.5,
        0.25,
        math.inf,
        -math.inf,
    ]
    assert math.isnan(history[2][1])
    assert record.metrics["train.loss"] == -math.inf
    assert record.metrics["test.accuracy"] == 0.75
    assert record.metrics["largest"] == 7.0
    assert record.metrics["flag"] == 1.0


@pytest.mark.parametrize("name", ["", "a,b", "/a", "a//b", "../a", "a\nb", "é(1)"])
def test_a_metrics_name_that_mlflow_refuses_is_refused_at_once(store, name):
    with store.start("tabular", "wine") as run:
        with pytest.raises(ValueError, match="A metric's name must consist of"):
            run.metrics({name: 1.0})


def test_a_metric_must_be_a_number(store):
    with store.start("tabular", "wine") as run:
        with pytest.raises(ValueError, match=r"`loss` must be a number\. Received: 'low'"):
            run.metrics({"loss": "low"})


def test_artifacts_of_every_kind_come_back(store, tmp_path):
    table = pd.DataFrame({"key": ["a", "b"], "loss": [0.1, 1 / 3]})
    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    (tmp_path / "split" / "deep").mkdir(parents=True)
    (tmp_path / "split" / "deep" / "train.txt").write_text("0\n1\n")
    with store.start("tabular", "wine") as run:
        run.text("recipe.yaml", "pipeline: tabular  # größer\n")
        run.json("scores.json", {"dev": np.float32(0.5), "counts": np.arange(3), "who": tmp_path})
        run.table("examples/dev", table)
        run.figure("figures/curves", figure)
        run.folder(tmp_path / "split", "lineage")
    record = store.find("latest")
    assert record.artifacts() == [
        "environment.json",
        "examples/dev.csv",
        "figures/curves.png",
        "lineage/deep/train.txt",
        "recipe.yaml",
        "scores.json",
    ]
    assert record.artifact("recipe.yaml").read_text() == "pipeline: tabular  # größer\n"
    scores = json.loads(record.artifact("scores.json").read_text())
    assert scores == {"dev": 0.5, "counts": [0, 1, 2], "who": str(tmp_path)}
    pd.testing.assert_frame_equal(pd.read_csv(record.artifact("examples/dev.csv")), table)
    assert record.artifact("figures/curves.png").read_bytes().startswith(b"\x89PNG")
    assert (record.artifact("lineage") / "deep" / "train.txt").read_text() == "0\n1\n"


def test_a_run_keeps_the_machine_and_the_data_it_saw(store):
    with store.start("tabular", "wine", tags={"recipe_sha256": "ab" * 32}) as run:
        run.datasets(
            [
                Dataset("wine", "train", "c" * 64, 106, {"type": "wine"}),
                Dataset("wine", "dev", "d" * 64, 36, about={"classes": 3}),
            ]
        )
    tags = store.find("latest").tags
    assert tags["recipe_sha256"] == "ab" * 32
    assert {PID, HEARTBEAT, "host", "dlsuite", "tensorflow", "keras", "device"} <= set(tags)
    inputs = store.connection.client.get_run(run.run_id).inputs.dataset_inputs
    found = {each.tags[0].value: each.dataset for each in inputs}
    assert found["train"].digest == "c" * 36
    assert json.loads(found["train"].source) == {"type": "wine"}
    assert json.loads(found["dev"].profile) == {"examples": 36, "sha256": "d" * 64, "classes": 3}
    environment = json.loads(store.find("latest").artifact("environment.json").read_text())
    assert environment["tensorflow"] == tags["tensorflow"]
    assert "python" in environment
    assert "python" not in tags


def test_tags_begin_with_the_callers_own_and_the_ui_shows_none_for_programs(store):
    with store.start("tabular", "wine", tags={"recipe": "wine", "fold": 2}):
        pass
    names = list(store.find("latest").tags)
    seen = [name for name in names if not name.startswith("mlflow.")]
    assert seen[:3] == ["recipe", "fold", "host"]
    assert {PID, HEARTBEAT} < set(names) - set(seen)


def test_runs_in_several_threads_do_not_disturb_each_other(store):
    def train(number: int) -> None:
        with store.start("tabular", f"thread {number}") as run:
            for epoch in range(5):
                run.metrics({"loss": number * 100.0 + epoch}, epoch)

    threads = [threading.Thread(target=train, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        record = store.find(f"thread {number}")
        assert record.status == "FINISHED"
        assert record.history("loss") == [(epoch, number * 100.0 + epoch) for epoch in range(5)]


def test_a_heartbeat_reaches_the_store(store):
    from dlsuite.tracking.processes import seconds_silent

    with store.start("tabular", "wine") as run:
        run.tags({HEARTBEAT: "2020-01-01T00:00:00+00:00"})
        run._door.beat()
        assert seconds_silent(store.find(run.run_id).tags) < 5


def test_a_store_that_fails_for_a_while_is_told_once_and_gets_everything(store, caplog):
    with store.start("tabular", "wine") as run:
        with out_of_order(store, "metrics"):
            for epoch in range(3):
                run.metrics({"loss": 1.0 / (epoch + 1)}, epoch)
                assert run.flush() == epoch + 1
    assert len(caplog.records) == 1
    assert "The run goes on; what it is to keep is held here and sent again" in caplog.text
    record = store.find("latest")
    assert record.status == "FINISHED"
    assert record.history("loss") == [(0, 1.0), (1, 0.5), (2, 1 / 3)]


def test_what_the_store_never_took_is_kept_and_sent_at_the_next_look(store, caplog):
    with ExitStack() as damage:
        with store.start("tabular", "wine") as run:
            run.metrics({"loss": 1.0}, 0)
            run.flush()
            damage.enter_context(out_of_order(store, "metrics"))
            run.metrics({"loss": 0.5}, 1)
        file = store.location.folder / "outbox" / run.run_id
        assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
        assert str(file) in caplog.text
        assert store.find("latest").status == "FINISHED"  # only metrics were stuck
        assert file.exists()  # the store still takes none
    record = store.find("latest")
    assert record.history("loss") == [(0, 1.0), (1, 0.5)]
    assert not file.exists()


def end_while_the_store_takes_nothing(store, damage: ExitStack, end: BaseException) -> None:
    with store.start("tabular", "wine") as run:
        run.metrics({"loss": 1.0}, 0)
        damage.enter_context(out_of_order(store, "runs"))
        raise end


@pytest.mark.parametrize(
    ("end", "status", "tags", "files"),
    [
        (ZeroDivisionError("lost"), "FAILED", {"error": "ZeroDivisionError: lost"}, ["error.txt"]),
        (KeyboardInterrupt(), "KILLED", {"killed_by": "Ctrl-C"}, []),
    ],
)
def test_an_end_that_the_store_could_not_be_told_is_told_later(store, end, status, tags, files):
    with ExitStack() as damage:
        with pytest.raises(type(end)):
            end_while_the_store_takes_nothing(store, damage, end)
    (file,) = (store.location.folder / "outbox").iterdir()
    record = store.find("latest")
    assert record.status == status
    assert record.tags.items() >= tags.items()
    assert record.artifacts() == ["environment.json", *files]
    assert record.history("loss") == [(0, 1.0)]
    assert record.duration < 5
    assert not file.exists()


def test_what_is_kept_for_another_store_waits_for_it(store, tmp_path):
    with ExitStack() as damage:
        with store.start("tabular", "wine") as run:
            damage.enter_context(out_of_order(store, "metrics"))
            run.metrics({"loss": 0.5}, 1)
    folder = store.location.folder / "outbox"
    (about,) = folder.glob("*/run.json")
    facts = json.loads(about.read_text())
    assert facts == {"uri": "mlflow.db", "name": "wine"}  # both may be moved together
    about.write_text(json.dumps({**facts, "uri": "http://elsewhere"}))
    assert store.find("latest").metrics == {}
    assert about.exists()
    # Of this store, but of a run that it does not have any more: nothing is thrown away.
    about.write_text(json.dumps(facts))
    about.parent.rename(folder / ("f" * 32))
    assert store.find("latest").metrics == {}
    (synced,) = sync()
    assert synced.left == {"numbers": 1, "end": 1}
    assert synced.reason == f"{store.location.uri} has no such run any more"
    assert (folder / ("f" * 32)).is_dir()

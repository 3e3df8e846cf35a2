"""The UI is a real server on the loopback; runs, artifacts and models go through it and back."""

import math
import signal
import socket
import urllib.request

import psutil
import pytest
from disturbance import interrupted, start_python

from dlsuite.tracking import Store, StoreError, show_ui
from dlsuite.tracking import ui as ui_module

# Loads a logged model where neither the suite nor the code that made the model can be imported.
STRANGER = """
import os, sys
sys.modules["dlsuite"] = None
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow, numpy as np, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}")
images = np.full((2, 5, 3, 1), 7, "uint8")
print([round(each, 3) for each in model.predict({"images": images})["mean"]])
print([round(each, 3) for each in model.predict(images)["mean"]])
print(sorted(model.predict(model.input_example)))
print(model.metadata.signature.inputs)
"""


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    """A SavedModel: images of any size in, their mean and its name out."""
    tf = pytest.importorskip("tensorflow")
    module = tf.Module()
    module.scale = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="images")])
    def answer(images):
        mean = module.scale * tf.reduce_mean(tf.cast(images, tf.float32), [1, 2, 3])
        return {"mean": mean, "name": tf.strings.as_string(mean)}

    folder = tmp_path_factory.mktemp("export") / "1"
    tf.saved_model.save(module, str(folder), signatures={"serving_default": answer})
    return folder


def log_example_model(run, saved_model) -> None:
    import numpy as np

    run.log_model(
        saved_model,
        inputs={"images": ("uint8", (None, None, None, 1))},
        outputs={"mean": ("float32", (None,)), "name": ("string", (None,))},
        example={"images": np.zeros((2, 4, 4, 1), "uint8")},
    )


@pytest.mark.slow
def test_a_logged_model_answers_where_the_suite_is_not_installed(store, saved_model, tmp_path):
    with store.start("images", "digits") as run:
        run.parameters({"model.type": "lenet5"})
        run.metrics({"test.accuracy": 0.75})
        log_example_model(run, saved_model)
    record = store.find("latest")
    model_id = record.tags["model_id"]
    files = {path.name for path in record.saved_model().iterdir()}
    assert {"saved_model.pb", "variables"} <= files

    logged = store.connection.client.get_logged_model(model_id)
    assert str(logged.status) == "READY"
    assert logged.params == {"model.type": "lenet5"}
    assert {metric.key: metric.value for metric in logged.metrics} == {"test.accuracy": 0.75}
    assert record.history("test.accuracy") == [(0, 0.75)]

    stranger = start_python(STRANGER, tmp_path, store.location.uri, model_id)
    output, errors = stranger.communicate(timeout=120)
    assert stranger.returncode == 0, errors
    assert output.splitlines() == [
        "[14.0, 14.0]",
        "[14.0, 14.0]",
        "['mean', 'name']",
        "['images': Tensor('uint8', (-1, -1, -1, 1))]",
    ]


def test_a_model_that_is_not_there_is_refused_before_the_store_hears_of_it(store, tmp_path):
    with pytest.raises(FileNotFoundError), store.start("images", "digits") as run:
        run.log_model(
            tmp_path / "nowhere", inputs={}, outputs={"mean": ("float32", ())}, example={}
        )
    client = store.connection.client
    experiment = client.get_run(run.run_id).info.experiment_id
    assert client.search_logged_models([experiment]) == []
    assert "model_id" not in store.find("latest").tags


def test_a_server_keeps_runs_as_the_local_store_does(store, saved_model, tmp_path, monkeypatch):
    with store.start("images", "local"):
        pass
    (tmp_path / "elsewhere").mkdir()
    pages = []

    def use(ui: ui_module.Ui) -> None:
        with urllib.request.urlopen(ui.url) as answer:
            pages.append(answer.read())
        run_id = store.find("local").run_id
        assert ui.newest == f"{ui.url}/#/experiments/1/runs/{run_id}?workflowType=machine_learning"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", ui.url)
        monkeypatch.chdir(tmp_path / "elsewhere")
        use_server(Store.open(), saved_model)
        (server,) = psutil.Process().children()
        server.terminate()

    with pytest.raises(StoreError, match=r"The MLflow UI has ended\. It said: .*[Ff]inished"):
        show_ui(use, store.location.uri, port=5600)
    assert b"<title>MLflow</title>" in pages[0]
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(StoreError, match="cannot be used"):  # it ended with the call
        Store.open()


def use_server(remote: Store, saved_model) -> None:
    """Does all that a run does, through a server."""
    assert remote.location.uri.startswith("http://127.0.0.1:56")
    assert remote.find("local").status == "FINISHED"
    with interrupted(remote, "far away") as run:
        run.parameters({"rate": 0.1})
        run.metrics({"loss": 0.5, "nan": math.nan, "infinite": math.inf}, 3)
        run.text("notes/one.txt", "sent")
        log_example_model(run, saved_model)
    record = remote.find(run.run_id[:12])
    assert record.status == "KILLED"
    assert record.params == {"rate": "0.1"}
    assert record.history("loss") == [(3, 0.5)]
    assert math.isnan(record.metrics["nan"])
    assert record.metrics["infinite"] == math.inf
    assert record.artifacts() == ["environment.json", "notes/one.txt"]
    assert record.artifact("notes/one.txt").read_text() == "sent"
    assert (record.artifact("notes") / "one.txt").read_text() == "sent"
    with pytest.raises(StoreError, match=r"keeps no `one`\. There are: environment.json, notes/o"):
        record.artifact("one")
    with remote.start("any", "", resume=run.run_id) as again:
        again.metrics({"loss": 0.5}, 3)
        again.metrics({"loss": 0.25}, 4)
    assert remote.find(run.run_id).status == "FINISHED"
    assert record.history("loss") == [(3, 0.5), (4, 0.25)]
    folder = record.saved_model()
    assert folder == record.saved_model()  # fetched once
    model = "saved_model.pb"
    assert (folder / model).read_bytes() == (saved_model / model).read_bytes()
    with pytest.raises(StoreError, match=r"a server with a UI of its own: open http://127"):
        show_ui(print)


def test_the_next_free_port_is_taken_and_a_row_of_taken_ones_is_an_error(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ui_module._free(port) > port
        monkeypatch.setattr(ui_module, "PORTS_TRIED", 1)
        with pytest.raises(StoreError, match=f"Received: {port} to {port}, all taken"):
            ui_module._free(port)


def test_a_ui_that_does_not_come_up_says_why(tmp_path):
    log = tmp_path / "ui.log"
    log.write_text("first\nsecond\nthird\nfourth\n")
    process = start_python("", tmp_path)
    with pytest.raises(StoreError, match=r"did not come up\. It said: second / third / fourth$"):
        ui_module._wait(process, 9, log)
    process.communicate()


def test_a_server_that_will_not_end_is_ended_with_what_it_started(tmp_path, monkeypatch):
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "code = 'import time; print(1, flush=True); time.sleep(600)';"
        "subprocess.Popen([sys.executable, '-c', code]); time.sleep(600)"
    )
    monkeypatch.setattr(ui_module, "END_PATIENCE", 0.2)
    process = start_python(stubborn, tmp_path)
    assert process.stdout
    process.stdout.readline()
    (child,) = psutil.Process(process.pid).children()
    ui_module._end(process)
    assert process.returncode == -signal.SIGKILL
    child.wait(10)
    assert not child.is_running()
    process.communicate()

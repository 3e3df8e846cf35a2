"""The runtime's settings, each put in force in a process that has done nothing yet."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.training import RuntimeSettings, quiet_import, runtime

# Imports once, then applies every case in a fork of its own.
FORKS = """
import json, os, sys
import keras
import tensorflow as tf
from dlsuite.training import RuntimeSettings, runtime
for settings, recurrent, before in json.loads(sys.argv[1]):
    if os.fork():
        os.wait()
        continue
    exec(before)
    try:
        answer = runtime.apply(RuntimeSettings(**settings), 3, recurrent=recurrent)
        answer["drawn"] = float(keras.random.uniform(()))
        answer["policy"] = keras.config.dtype_policy().name
    except RuntimeError as error:
        answer = str(error)
    print(json.dumps(answer), flush=True)
    os._exit(0)
"""
FIRST_OPERATION = "tf.constant(1) + 1"
CASES = {
    "defaults": [{}, False, ""],
    "recurrent": [{}, True, ""],
    "number": [{"threads": 1}, True, ""],
    "both": [{"threads": {"intra": 2, "inter": 1}}, False, ""],
    "own": [{}, True, "tf.config.threading.set_intra_op_parallelism_threads(2)"],
    "late": [{"threads": 1}, False, FIRST_OPERATION],
    "late_wish": [{}, True, FIRST_OPERATION],
    "rest": [{"deterministic": True, "xla": True, "precision": "mixed_bfloat16"}, False, ""],
}


@pytest.fixture(scope="module")
def in_force():
    """What `apply` gives in every case."""
    done = subprocess.run(
        [sys.executable, "-c", FORKS, json.dumps(list(CASES.values()))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, map(json.loads, done.stdout.splitlines()), strict=True))


def pools(answer):
    return answer["threads_intra"], answer["threads_inter"]


def test_the_defaults_leave_tensorflow_as_it_is(in_force):
    answer = in_force["defaults"]
    assert pools(answer) == (0, 0)
    assert (answer["device"], answer["gpus"], answer["memory_growth"]) == ("cpu", [], False)
    assert answer["jit_compile"] is False
    assert (answer["precision"], answer["policy"]) == ("float32", "float32")
    assert (answer["deterministic"], answer["seed"]) == (False, 3)


def test_small_recurrent_nets_get_one_thread_an_operation(in_force):
    assert pools(in_force["recurrent"]) == (1, 2)


def test_explicit_pools_are_taken(in_force):
    assert pools(in_force["number"]) == (1, 1)
    assert pools(in_force["both"]) == (2, 1)


def test_pools_that_a_program_set_itself_outweigh_auto(in_force):
    assert pools(in_force["own"]) == (2, 0)


def test_pools_cannot_be_changed_once_tensorflow_runs(in_force):
    assert in_force["late"] == (
        "`runtime.threads` must be set before TensorFlow runs its first operation; in this "
        "process the pools are intra-op TensorFlow's choice, inter-op TensorFlow's choice. Start "
        "a new process. Received: intra=1, inter=1."
    )


def test_auto_is_a_wish_that_may_come_too_late(in_force):
    assert pools(in_force["late_wish"]) == (0, 0)


def test_the_same_seed_draws_the_same(in_force):
    drawn = [in_force[case]["drawn"] for case in ("defaults", "number", "late_wish")]
    assert len(set(drawn)) == 1


def test_precision_xla_and_determinism_are_as_asked(in_force):
    answer = in_force["rest"]
    assert answer["jit_compile"] is True
    assert answer["policy"] == "mixed_bfloat16"
    assert answer["deterministic"] is True


def test_a_gpu_that_is_not_there_cannot_be_used(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(ValueError, match=r"`runtime.device` must be auto or cpu .*Received: gpu"):
        runtime.apply(RuntimeSettings(device="gpu"), 0)


def test_pools_are_refused_in_the_running_process_too():
    assert int(tf.constant(1) + 1) == 2
    with pytest.raises(RuntimeError, match=r"must be set before .*Received: intra=7, inter=7"):
        runtime.apply(RuntimeSettings(threads=7), 0)


class TestWithAGpu:
    """No GPU is at hand where these run: TensorFlow's answers are stood in for."""

    @pytest.fixture(autouse=True)
    def gpu(self, monkeypatch):
        self.calls = []
        gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
        details = {"device_name": "Tesla T4", "compute_capability": (7, 5)}
        experimental = tf.config.experimental
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
        monkeypatch.setattr(experimental, "get_device_details", lambda device: details)
        monkeypatch.setattr(experimental, "set_memory_growth", lambda *a: self.calls.append(a[1]))
        monkeypatch.setattr(tf.config, "set_visible_devices", self.hide)

    def hide(self, devices, kind):
        if self.calls:
            raise RuntimeError("Visible devices cannot be modified after being initialized")
        self.calls.append((devices, kind))

    def test_memory_grows_and_keras_decides_on_xla(self):
        answer = runtime.apply(RuntimeSettings(), 0)
        assert (answer["device"], answer["gpus"]) == ("gpu", ["Tesla T4"])
        assert answer["memory_growth"] is True
        assert self.calls == [True]
        assert answer["jit_compile"] == "auto"

    def test_the_cpu_may_be_chosen(self):
        answer = runtime.apply(RuntimeSettings(device="cpu"), 0)
        assert self.calls == [([], "GPU")]
        assert (answer["device"], answer["memory_growth"]) == ("cpu", False)

    def test_devices_cannot_be_changed_once_they_are_used(self):
        self.calls.append("used")
        with pytest.raises(
            RuntimeError, match=r"`runtime.device` must be set before .*initialized"
        ):
            runtime.apply(RuntimeSettings(device="cpu"), 0)

    def test_the_doctor_names_it_and_what_it_is_good_for(self):
        facts = runtime.doctor()
        assert facts["gpu"] == "Tesla T4"
        assert facts["mixed precision"] == "mixed_float16: Tensor Cores and half the memory"
        assert facts["memory growth"] == "GPU memory is taken as needed"


@pytest.mark.parametrize(
    ("capabilities", "advice"),
    [
        ([], "float32: on a CPU lower precision brings nothing"),
        ([(6, 1)], "float32: these GPUs have no Tensor Cores"),
        ([(9, 0), (7, 0)], "mixed_float16: Tensor Cores and half the memory"),
        ([(9, 0)], "mixed_bfloat16 or mixed_float16: Tensor Cores and half the memory"),
        ([(9, 0), None], "not known: TensorFlow does not tell the compute capability of every GPU"),
    ],
)
def test_the_weakest_gpu_decides_on_precision(capabilities, advice):
    assert runtime.precision_advice(capabilities) == advice


def test_the_doctor_describes_this_machine(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    facts = runtime.doctor()
    assert facts["cpu"] == f"{os.cpu_count()} cores"
    assert f"keras {keras.__version__}" in facts["versions"]
    assert facts["gpu"] == "none that TensorFlow can use"
    assert "off on a CPU" in facts["xla"]
    assert all(isinstance(value, str) for value in facts.values())


def test_lines_of_the_start_are_held_back(capfd):
    with quiet_import():
        os.write(2, b"a line from C++\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_lines_of_a_failed_start_are_shown(capfd):
    @quiet_import()
    def start():
        os.write(2, b"the reason\n")
        raise ImportError

    with pytest.raises(ImportError):
        start()
    assert capfd.readouterr().err == "the reason\n"


def test_an_error_that_is_not_the_imports_stands_alone(capfd):
    @quiet_import()
    def start():
        os.write(2, b"I0000 oneDNN custom operations are on\n")
        raise ValueError

    with pytest.raises(ValueError):
        start()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_a_replaced_stderr_does_not_matter(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with quiet_import():
        assert np.sum([1, 1]) == 2

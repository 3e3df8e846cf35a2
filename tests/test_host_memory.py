"""What a GPU's driver says of memory is read for this process, whatever others hold."""

import os

import pytest

from dlsuite.host_memory import MIB, gpu_memory

CARD = "GPU-a, 80000, Disabled"
OTHER = "GPU-b, 16000, Disabled"
OWN = "GPU-a, OURS, 72000"  # workers must collect the same tests, whatever their ids


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Makes a program of that name that answers with these cards and processes."""

    def answering(cards, processes):
        program = tmp_path / "nvidia-smi"
        theirs = processes.replace("OURS", str(os.getpid()))
        lines = [f'case $1 in --query-gpu*) printf "{cards}";; *) printf "{theirs}";; esac']
        program.write_text("\n".join(["#!/bin/sh", *lines]))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return answering


@pytest.mark.parametrize(
    ("cards", "processes", "free"),
    [
        (CARD, OWN, 80000),  # our own pool is there to be used
        (CARD, f"{OWN}\\nGPU-a, 1, 5000\\nGPU-b, 1, 9000", 75000),
        (CARD, "GPU-a, 1, 5000", 80000),  # in a container: ours might be the one shown
        (f"{OTHER}\\n{CARD}", OWN, 80000),  # in whatever order
        (f"{OTHER}\\n{CARD}", "", None),
        ("GPU-a, 80000, Enabled", OWN, None),  # a part of it, of a size that is not told
        ("GPU-a, [N/A], [N/A]", OWN, None),
        ("", "", None),
    ],
)
def test_what_other_processes_hold_is_not_there_and_our_own_is(driver, cards, processes, free):
    driver(cards, processes)
    assert gpu_memory() == (None if free is None else free * MIB)


def test_without_a_driver_nothing_is_known(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert gpu_memory() is None

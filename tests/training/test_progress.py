"""What a person sees of a training, on a terminal and in a log file."""

import io
import re

import keras
import pytest
from rich.console import Console
from toys import game, plain, points, stream, task

from dlsuite import training
from dlsuite.training import fit_stages, progress
from dlsuite.training.progress import Progress


def shown(model, *, terminal, **changes):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, color_system=None)
    fit_stages(task(model, listeners=[Progress(console)], **changes))
    return text.getvalue()


def test_a_log_file_gets_a_line_an_epoch(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    text = shown(plain(), terminal=False, training={"epochs": 3})
    lines = text.splitlines()
    assert len(lines) == 3
    pattern = r"epoch 1/3  loss \S+  dev.loss \S+  \d+\.\d s"
    assert re.fullmatch(pattern, lines[0])


def test_quick_epochs_do_not_flood_a_log_file(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 1e6)
    lines = shown(plain(), terminal=False, training={"epochs": 5}).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/5", "epoch 5/5"]


def test_a_terminal_gets_a_bar_with_loss_and_dev_that_ends_full(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", 0.0)
    text = shown(plain(), terminal=True, training={"epochs": 2, "measure_every": 2})
    drawn = re.split(r"[\r\n]+", text)
    assert any(re.search(r"epoch 1/2 .*0:00:0\d left  loss \d", line) for line in drawn)
    assert re.search(r"epoch 2/2 ━+ 0:00:00 left  loss \S+  dev.loss \S+", text)


def test_a_game_shows_the_loss_of_each_net():
    changes = {"batches": stream(*points(), 1), "measure": None, "training": {"epochs": 1}}
    text = shown(game(), terminal=False, **changes)
    assert re.search(r"discriminator_loss \S+  generator_loss \S+", text)
    assert "learning_rate" not in text


def test_the_cursor_comes_back_when_training_fails():
    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("mid-way")

    text = io.StringIO()
    bar = Progress(Console(file=text, force_terminal=True, width=100))
    with pytest.raises(RuntimeError, match="mid-way"):
        fit_stages(task(plain(), listeners=[bar, Failing()]))
    hide, show = "\x1b[?25l", "\x1b[?25h"
    assert text.getvalue().count(hide) == text.getvalue().count(show) == 1


def test_drawing_is_rare_however_many_batches_there_are():
    bar = Progress(Console(file=io.StringIO(), force_terminal=True))
    bar.set_params({"epochs": 1, "steps": 10_000})
    drawn = []
    bar._draw = lambda *arguments: drawn.append(arguments)
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    for batch in range(10_000):
        bar.on_train_batch_end(batch, {"loss": 1.0})
    bar.close()
    assert len(drawn) <= 2


def test_the_package_offers_it_without_importing_keras_first():
    assert training.Progress is Progress
    with pytest.raises(AttributeError, match="no attribute 'Regress'"):
        _ = training.Regress

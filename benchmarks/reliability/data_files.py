"""Odd and broken data files, each read or refused: `python -m benchmarks.reliability data_files`.

Every odd file of tests/data goes through four doors: the source, as `dlsuite train` reads it,
`dlsuite new`, `dlsuite data check`, and where it is read one step of training. Then whole files of
every form are broken at random and read, example by example.
"""

from __future__ import annotations

import io
import json
import os
import signal
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from random import Random

from benchmarks.harness import Row, say

BROKEN = int(os.environ.get("DLSUITE_BROKEN_FILES", "6_000"))
LONGEST = 120  # seconds for one of them; more is a hang
MEMORY = 200  # MiB that reading one may take
EVERY = 500  # files between two lines of progress
UNWORDED = "(unexpected; --debug"  # in the message of an error that nobody worded


def rows() -> Iterator[Row]:
    """What came of all of them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        yield from _odd(Path(folder, "odd"))
        yield from _broken(Path(folder, "broken"))


def _odd(folder: Path) -> Iterator[Row]:
    from dlsuite.data import DataError
    from tests.data.odd_files import every

    for name in ("image_classification", "tabular"):
        import_module(f"pipelines.{name}")  # takes its time, which is not that of a file
    unworded, otherwise, stepped, asked = 0, 0, 0, 0
    for number, odd in enumerate(every()):
        place = folder / str(number)
        place.mkdir(parents=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zipfile, while it writes
            recipe = odd.recipe(place)
        try:
            with _in_time():
                _step(recipe)
            stepped += 1
            otherwise += bool(odd.refused)
        except ValueError as error:  # DataError, or RecipeError with its words
            worded = isinstance(error, DataError) or type(error).__name__ == "RecipeError"
            unworded += not worded
            # A table of classes that train has not is refused later than by its source.
            otherwise += worded and not odd.refused
            if not worded or not odd.refused:
                say(f"  {odd.name}: {error!r}")
        except Exception as error:
            unworded += 1
            say(f"  {odd.name}: {error!r}")
        for words in _commands(recipe, place):
            said = _command(words)
            asked += 1
            unworded += UNWORDED in said
            if UNWORDED in said:
                say(f"  {odd.name}, dlsuite {' '.join(words)}: {said[-300:]}")
    count = len(every())
    note = f"{asked} commands; {stepped} read and trained a step, {count - stepped} refused"
    yield Row(f"tracebacks of {count} odd files", "", [unworded], 0, note)
    yield Row(f"of {count} odd files, not as stated", "", [otherwise], 0)


def _step(recipe: dict) -> None:
    """Reads the data of a recipe and trains for one step."""
    from dlsuite.experiment.preparing import prepare
    from dlsuite.recipe import load

    pipeline = import_module(f"pipelines.{recipe['pipeline']}").pipeline
    learner = prepare(pipeline, load(recipe, pipeline.settings), False)
    (batch,), _ = learner.first_draws(1)
    learner.model.train_on_batch(*batch)


def _commands(recipe: dict, place: Path) -> Iterator[list[str]]:
    file, source = place / "recipe.yaml", recipe["data"]["source"]
    file.write_text(json.dumps(recipe))
    yield ["data", "check", str(file), "--out", str(place / "report")]
    target = ["--target", "y"] if "target" in source else []
    yield ["new", "--data", source["path"], "--dry-run", *target]


def _command(words: list[str]) -> str:
    """What a command says on standard error; it never lets an error through."""
    from pipelines.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), _in_time():
        try:
            main(words)
        except SystemExit:
            return err.getvalue()
    return f"it did not end {UNWORDED})"


def _broken(folder: Path) -> Iterator[Row]:
    from dlsuite.data import DataError
    from tests.data.broken_files import WHOLE, broken, read_whole

    names, found, most = sorted(WHOLE), Counter(), 0.0
    whole = {name: WHOLE[name]() for name in names}
    for seed in range(BROKEN):
        name, chance = names[seed % len(names)], Random(seed)
        place = folder / str(seed)
        place.mkdir(parents=True)
        before = _memory("VmRSS", forget=True)
        try:
            with _in_time(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read_whole(name, broken(whole[name], chance), place, chance.choice((1, 3)))
            found["read"] += 1
        except DataError:
            found["refused"] += 1
        except Exception:
            found["tracebacks"] += 1
            say(f"  {name}, seed {seed}: {traceback.format_exc(limit=-3)}")
        if seed >= len(names):  # the first of each form loads what reads it
            most = max(most, _memory("VmHWM") - before)
        if seed % EVERY == EVERY - 1:
            say(f"  {seed + 1:,} of {BROKEN:,}: {dict(found)}, at most {most:.0f} MiB")
    note = f"{found['read']:,} still read, {found['refused']:,} refused, {len(names)} forms"
    yield Row(f"tracebacks or hangs of {BROKEN:,} broken files", "", [found["tracebacks"]], 0, note)
    yield Row("most memory that reading one of them took", "MiB", [most], MEMORY)


@contextmanager
def _in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {LONGEST} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)


def _memory(name: str, forget: bool = False) -> float:
    """A measure of this process, MiB; the greatest so far may be forgotten first."""
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

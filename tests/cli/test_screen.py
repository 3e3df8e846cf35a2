"""Pages in files and pipes are not cut at the width of a terminal that is not there."""

import io

from rich.table import Table

from pipelines.cli.screen import WIDE, screen


def printed(console):
    table = Table(box=None)
    for _ in range(5):
        table.add_column("x" * 25, no_wrap=True)
    console.print(table)
    return console.file.getvalue()


def test_a_pipe_gets_whole_columns(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.isatty", lambda number: False)
    console = screen(file=io.StringIO())
    assert console.width == WIDE
    assert printed(console).count("x" * 25) == 5


def test_the_width_that_the_user_asks_for_holds(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    console = screen(file=io.StringIO())
    assert console.width == 60
    assert "…" in printed(console)


def test_a_terminal_has_its_own_width(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert screen(file=io.StringIO(), force_terminal=True).width != WIDE


def test_a_pager_gets_the_width_of_its_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.isatty", lambda number: number == 2)
    assert screen(file=io.StringIO()).width != WIDE

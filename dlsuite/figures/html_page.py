"""A page that needs nothing but itself: headings, paragraphs, tables and pictures as HTML.

Every text is escaped here; what other functions of this file return goes in as it is.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

from matplotlib.figure import Figure

SHARPNESS = 2  # pixels drawn for each one shown, for screens that have twice as many

STYLE = """
:root { color-scheme: light; --ink: #1d2733; --soft: #5b6b7c; --line: #dfe5ec; --pale: #f6f8fa; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 32px 56px; }
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 18px; margin: 36px 0 10px; padding-bottom: 5px;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 22px 0 8px; }
p { margin: 8px 0; max-width: 84ch; }
.soft { color: var(--soft); }
.lead { font-size: 17px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
th, td { padding: 5px 18px 5px 0; vertical-align: top; }
td { border-bottom: 1px solid #eef1f5; }
th.number, td.number { text-align: right; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
code { font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
img { display: block; max-width: 100%; height: auto; margin: 8px 0; }
ul { margin: 8px 0; padding-left: 20px; max-width: 88ch; }
li { margin: 4px 0; }
.good { color: #0b6b3a; font-weight: 600; }
.bad { color: #b02a1a; font-weight: 600; }
svg { display: block; }
@media print { main { max-width: none; padding: 0; } h2 { break-after: avoid; } }
"""


class Markup(str):
    """A text that is HTML already."""


# Browsers hold the page to needing nothing but itself, and to running nothing.
ALONE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(title: str, parts: Iterable[Markup], *, style: str = "") -> str:
    """The whole document; `style` is further CSS."""
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{ALONE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def heading(text: str, level: int = 2) -> Markup:
    """A heading; level 1 is the page's own."""
    return Markup(f"<h{level}>{_html(text)}</h{level}>")


def paragraph(text: str, kind: str = "") -> Markup:
    """A paragraph, perhaps of the kind `soft` or `lead`."""
    return Markup(f"<p{_class(kind)}>{_html(text)}</p>")


def bullets(texts: Iterable[str]) -> Markup:
    """A list of sentences."""
    return Markup(f"<ul>{''.join(f'<li>{_html(text)}</li>' for text in texts)}</ul>")


def marked(text: str, kind: str) -> Markup:
    """A few words in a line, `good`, `bad` or `soft`."""
    return Markup(f'<span class="{kind}">{escape(text)}</span>')


def code(text: str) -> Markup:
    """A key, a value or an id as a program writes it."""
    return Markup(f"<code>{escape(text)}</code>")


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()
) -> Markup:
    """A table.

    Args:
        header: Names of the columns.
        rows: Cells, texts or markup.
        numbers: Columns to be set to the right.
    """
    kinds = ["number" if name in numbers else "" for name in header]
    head = "".join(
        f"<th{_class(kind)}>{_html(name)}</th>" for name, kind in zip(header, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(kind)}>{_html(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)
        )
        + "</tr>\n"
        for row in rows
    )
    return Markup(
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>'
        "</table></div>"
    )


def picture(figure: Figure, about: str) -> Markup:
    """A figure inside the page; `about` is for those who cannot see it."""
    bytes_ = io.BytesIO()
    figure.savefig(bytes_, format="png", dpi=figure.dpi * SHARPNESS)
    width = round(figure.get_figwidth() * figure.dpi)
    data = base64.b64encode(bytes_.getvalue()).decode()
    source = f"data:image/png;base64,{data}"
    return Markup(f'<img src="{source}" width="{width}" alt="{escape(about)}">')


def interval_bar(low: float, estimate: float, high: float, reach: float) -> Markup:
    """An interval and its estimate beside 0, drawn to the scale on which `reach` is the edge."""
    half, middle = 88.0, 100.0
    scale = half / reach if reach else 0.0
    left, right, dot = (middle + scale * value for value in (low, high, estimate))
    colour = "#0072b2" if low > 0 or high < 0 else "#8a97a5"
    return Markup(
        '<svg width="200" height="20" viewBox="0 0 200 20" role="img" '
        f'aria-label="{low:.3g} to {high:.3g}">'
        '<line x1="100" x2="100" y1="1" y2="19" stroke="#c3ccd6" stroke-width="1"/>'
        f'<line x1="{left:.1f}" x2="{right:.1f}" y1="10" y2="10" stroke="{colour}" '
        'stroke-width="3" stroke-linecap="round"/>'
        f'<circle cx="{dot:.1f}" cy="10" r="4.5" fill="{colour}" stroke="#fff"/></svg>'
    )


def _html(text: str) -> str:
    return text if isinstance(text, Markup) else escape(text)


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""

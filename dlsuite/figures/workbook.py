"""Mistakes one beside the other, with what is known of each, as a part of a page.

Filters need no script: a choice hides, by style alone, what it does not mark, so the page works in
a sandbox and cannot be made to run what a class or a text is called.
"""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import NamedTuple

import numpy as np

from dlsuite.figures import boxes_over as over
from dlsuite.figures.heat import PIXELATED, as_colours, overlaid
from dlsuite.figures.html_page import Markup

LARGEST = 224  # pixels a side of a thumbnail
LARGEST_WITH_BOXES = 448
QUALITY = 85  # of JPEG, in which pictures of more than 64 pixels are kept
MOST_FILTERS = 24

STYLE = """
.filters { display: flex; flex-wrap: wrap; gap: 6px; margin: 14px 0 18px; }
.filters label { border: 1px solid var(--line); border-radius: 14px; padding: 2px 11px;
  font-size: 13px; cursor: pointer; background: #fff; }
.filters label:hover { border-color: var(--soft); }
.filters input { position: absolute; opacity: 0; pointer-events: none; }
.filters label:has(input:checked) { background: var(--ink); color: #fff; border-color: var(--ink); }
.filters label:has(input:focus-visible) { outline: 2px solid #0072b2; outline-offset: 1px; }
.filters b { font-weight: 600; opacity: .65; margin-left: 4px; }
.mistakes { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 322px), 1fr)); }
.mistake { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; font-size: 14px;
  break-inside: avoid; min-width: 0; }
.mistake .top { display: flex; justify-content: space-between; color: var(--soft);
  font-size: 12px; }
.mistake .said { margin: 4px 0 0; overflow-wrap: anywhere; }
.mistake .said b { font-weight: 600; }
.mistake .facts { color: var(--soft); font-size: 13px; margin: 2px 0 0; }
.views { display: flex; gap: 8px; margin: 8px 0 2px; }
.views figure { margin: 0; flex: 0 1 33%; min-width: 0; }
.views img { margin: 0; width: 100%; max-height: 150px; object-fit: contain;
  object-position: top left; border-radius: 3px; }
.views img.pixels { image-rendering: pixelated; }
.views figcaption { font-size: 11px; line-height: 1.3; color: var(--soft); margin-top: 3px;
  overflow-wrap: anywhere; }
.mistake .text { margin: 8px 0 2px; padding: 7px 10px; background: var(--pale); border-radius: 5px;
  font-size: 13px; max-height: 9.5em; overflow: auto; overflow-wrap: anywhere;
  white-space: pre-wrap; }
.chips { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 8px; }
.chips span { font-size: 12px; background: var(--pale); border-radius: 9px; padding: 1px 8px; }
.chips span.alarm { background: #fbe9e4; color: #8c2415; }
"""
STYLE += over.STYLE


class Shown(NamedTuple):
    """A mistake as the page shows it.

    Attributes:
        number: Its number in the table beside the page.
        key: Of the example.
        truth: What was to be told.
        told: What was.
        facts: Of the answer, such as `97 % sure, loss 3.52`.
        slices: That it is in.
        alarms: Those of the slices that ask for a second look at the truth.
        text: The example itself in words, or where it lies; empty where there is nothing to say.
        image: `[H, W, C]`, uint8 or in [0, 1]; None where it is no picture.
        seen: The same as the net got it, in [0, 1].
        heats: Maps `[H, W]` of `seen` that are laid over it, each with its caption.
        boxes: To draw on `image`, in its pixels.
    """

    number: int
    key: str
    truth: str
    told: str
    facts: str
    slices: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    text: str = ""
    image: np.ndarray | None = None
    seen: np.ndarray | None = None
    heats: tuple[tuple[np.ndarray, str], ...] = ()
    boxes: tuple[over.Box, ...] = ()


def mistake_list(mistakes: Sequence[Shown]) -> Markup:
    """Filters by slice, and a card for each mistake."""
    counts = Counter(name for each in mistakes for name in each.slices)
    filters = [name for name, _ in counts.most_common(MOST_FILTERS)]
    numbers = {name: number for number, name in enumerate(filters)}
    cards = "\n".join(_card(each, numbers) for each in mistakes)
    chosen = [_filter(-1, "all", len(mistakes))]
    chosen += [_filter(number, name, counts[name]) for name, number in numbers.items()]
    rules = "".join(
        f"main:has(#slice{number}:checked) .mistake:not(.in{number}){{display:none}}"
        for number in numbers.values()
    )
    choices = "".join(chosen)
    return Markup(
        f'<style>{rules}</style>\n<div class="filters" role="radiogroup" '
        f'aria-label="Show mistakes of one kind">{choices}</div>\n'
        f'<div class="mistakes">\n{cards}\n</div>'
    )


def data_url(image: np.ndarray, largest: int = LARGEST) -> str:
    """A picture `[H, W, C]` inside an address: PNG for small ones, JPEG for others.

    It is shrunk to `largest` pixels a side.
    """
    from PIL import Image

    pixels = np.asarray(image)
    if pixels.dtype != np.uint8:
        pixels = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
    if pixels.shape[-1] not in (1, 3):
        pixels = (as_colours(pixels / np.float32(255)) * 255).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture.thumbnail((largest, largest))
    content = io.BytesIO()
    small = max(picture.size) <= PIXELATED
    picture.save(content, format="PNG" if small else "JPEG", quality=QUALITY, optimize=True)
    kind = "png" if small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"


def _filter(number: int, name: str, count: int) -> str:
    known = f' id="slice{number}"' if number >= 0 else " checked"
    return f'<label><input type="radio" name="slice"{known}>{escape(name)}<b>{count:,}</b></label>'


def _card(each: Shown, numbers: dict[str, int]) -> str:
    kinds = "".join(f" in{numbers[name]}" for name in each.slices if name in numbers)
    text = f'<div class="text">{escape(each.text)}</div>' if each.text else ""
    chips = "".join(map(partial(_chip, alarms=each.alarms), each.slices))
    return (
        f'<article class="mistake{kinds}" id="m{each.number}">'
        f'<div class="top"><span>#{each.number}</span><code>{escape(each.key[:12])}</code></div>'
        f"{_views(each)}"
        f'<p class="said">true <b>{escape(each.truth)}</b>, said <b>{escape(each.told)}</b></p>'
        f'<p class="facts">{escape(each.facts)}</p>{text}'
        f'<div class="chips">{chips}</div></article>'
    )


def _chip(name: str, alarms: Sequence[str]) -> str:
    kind = ' class="alarm"' if name in alarms else ""
    return f"<span{kind}>{escape(name)}</span>"


def _views(each: Shown) -> str:
    if each.image is None:
        return ""
    if each.boxes:
        return f'<div class="views">{_with_boxes(each.image, each.boxes)}</div>'
    views = [(each.image, "the example")]
    if each.seen is not None:
        colours = as_colours(each.seen)
        views += [(overlaid(colours, heat), caption) for heat, caption in each.heats]
    inside = "".join(_view(*view) for view in views)
    return f'<div class="views">{inside}</div>'


def _with_boxes(image: np.ndarray, boxes: Sequence[over.Box]) -> str:
    pixels = ' class="pixels"' if max(image.shape[:2]) <= PIXELATED else ""
    lines = over.boxes_over(boxes, (image.shape[0], image.shape[1]))
    url = data_url(image, LARGEST_WITH_BOXES)
    picture = f'<img{pixels} src="{url}" alt="the picture">'
    return f'<figure class="boxed"><div>{picture}{lines}</div></figure>'


def _view(image: np.ndarray, caption: str) -> str:
    pixels = ' class="pixels"' if max(image.shape[:2]) <= PIXELATED else ""
    return (
        f'<figure><img{pixels} src="{data_url(image)}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )

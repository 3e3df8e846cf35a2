"""Cards of mistakes: self-contained, escaped, filtered without a script."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from dlsuite.figures import html_page as html
from dlsuite.figures.workbook import STYLE, Shown, data_url, mistake_list

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Reader(HTMLParser):
    """Tags, their attributes, and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def of(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def whole(*mistakes):
    return html.page("Mistakes", [mistake_list(mistakes)], style=STYLE)


def shown(number=1, **others):
    given = {"key": "ab" * 16, "truth": "cat", "told": "dog", "facts": "97 % sure, loss 3.52"}
    return Shown(number=number, **{**given, **others})


def test_a_card_has_what_is_known_of_a_mistake():
    page = whole(shown(3, slices=("dark", "odd"), alarms=("odd",), text="one = 1"))
    for wanted in ("#3", "abababababab", "97 % sure, loss 3.52", "one = 1"):
        assert wanted in page
    assert "true <b>cat</b>, said <b>dog</b>" in page
    assert '<span>dark</span><span class="alarm">odd</span>' in page
    assert not Reader(page).of("img")


def test_hostile_names_and_texts_are_text():
    page = whole(
        shown(
            key=HOSTILE, truth=HOSTILE, told=HOSTILE, facts=HOSTILE, slices=(HOSTILE,), text=HOSTILE
        ),
        shown(
            image=np.zeros((4, 4, 1), np.uint8),
            seen=np.zeros((4, 4, 1)),
            heats=((np.ones((4, 4)), HOSTILE),),
        ),
    )
    reader = Reader(page)
    assert {tag for tag, _ in reader.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "div", "label", "input", "b"),
        *("article", "span", "code", "p", "figure", "img", "figcaption"),
    }
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]
    assert "".join(reader.text).count(HOSTILE) >= 6  # told as it is, where it stands


def test_the_page_needs_nothing_but_itself_and_runs_nothing():
    image = np.zeros((4, 4, 3), np.uint8)
    page = whole(shown(image=image, seen=image / 255, heats=((np.ones((4, 4)), "for dog"),)))
    reader = Reader(page)
    for _, attrs in reader.tags:
        for name in ("src", "href", "srcset", "action"):
            assert attrs.get(name, "data:").startswith("data:")
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?:|//\w", re.sub(r"base64,[^\"]*", "", page))
    policies = [meta["content"] for meta in reader.of("meta") if "http-equiv" in meta]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_each_slice_has_a_filter_that_leaves_its_cards():
    page = whole(
        shown(1, slices=("a", "b")), shown(2, slices=("b",)), shown(3), shown(4, slices=("b",))
    )
    assert ">all<b>4</b>" in page
    assert ">b<b>3</b>" in page
    assert ">a<b>1</b>" in page
    number = re.search(r'id="slice(\d)">b<', page)[1]
    assert f"main:has(#slice{number}:checked) .mistake:not(.in{number}){{display:none}}" in page
    cards = {attrs["id"]: attrs["class"].split() for attrs in Reader(page).of("article")}
    assert [name for name, kinds in cards.items() if f"in{number}" in kinds] == ["m1", "m2", "m4"]


@pytest.mark.parametrize(
    ("shape", "dtype", "kind", "mode", "size"),
    [
        ((8, 8, 1), np.uint8, "png", "L", (8, 8)),
        ((64, 32, 3), np.uint8, "png", "RGB", (32, 64)),
        ((300, 600, 3), np.uint8, "jpeg", "RGB", (224, 112)),
        ((8, 8, 3), np.float32, "png", "RGB", (8, 8)),
        ((8, 8, 4), np.uint8, "png", "RGB", (8, 8)),
        ((8, 8, 2), np.float32, "png", "RGB", (8, 8)),
    ],
)
def test_thumbnails_are_pictures_of_a_fitting_size(shape, dtype, kind, mode, size):
    image = np.ones(shape, dtype) * dtype(200 if dtype is np.uint8 else 0.5)
    start, _, data = data_url(image).partition(",")
    assert start == f"data:image/{kind};base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    assert picture.mode == mode
    assert picture.size == size
    expected = 200 if dtype is np.uint8 else 128
    assert abs(np.asarray(picture).astype(int) - expected).max() <= 1


def test_small_pictures_show_their_pixels_exactly():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    data = data_url(image).partition(",")[2]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), image[..., 0])
    page = whole(shown(image=image))
    assert page.count('class="pixels"') == 1
    assert 'class="pixels"' not in whole(shown(image=np.zeros((100, 10, 1), np.uint8)))

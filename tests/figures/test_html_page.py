"""Parts of a page: every text is escaped once, intervals lie where they belong."""

import re

from matplotlib.figure import Figure

from dlsuite.figures import html_page as html


def test_texts_are_escaped_once_and_markup_goes_in_as_it_is():
    made = html.table(["<a>", "n"], [["x & y", html.code("<k>")]], numbers=["n"])
    assert "<th>&lt;a&gt;</th>" in made
    assert '<td>x &amp; y</td><td class="number"><code>&lt;k&gt;</code></td>' in made
    assert html.bullets(["a<b"]) == "<ul><li>a&lt;b</li></ul>"
    assert html.paragraph("a", "soft") == '<p class="soft">a</p>'
    assert html.marked("<", "bad") == '<span class="bad">&lt;</span>'
    whole = html.page("<t>", [html.heading("h", 1)])
    assert whole.startswith("<!doctype html>")
    assert "<title>&lt;t&gt;</title>" in whole
    assert "<h1>h</h1>" in whole


def test_a_picture_is_inside_the_page_at_twice_its_size():
    made = html.picture(Figure(figsize=(3, 2), dpi=100), 'a "b"')
    assert made.startswith('<img src="data:image/png;base64,')
    assert 'width="300" alt="a &quot;b&quot;"' in made


def test_an_interval_is_drawn_beside_zero_to_its_scale():
    def ends(bar):
        return [float(x) for x in re.findall(r'x[12]="([\d.]+)"', bar)[2:4]]

    assert ends(html.interval_bar(-1, 0, 1, 1)) == [12, 188]
    assert ends(html.interval_bar(0.5, 0.75, 1, 1)) == [144, 188]
    assert ends(html.interval_bar(0, 0, 0, 0)) == [100, 100]
    assert "#0072b2" in html.interval_bar(0.5, 0.75, 1, 1)
    assert "#0072b2" not in html.interval_bar(-1, 0, 1, 1)

"""HTML as lines of plain text: what the plain half of a letter and a quotation say."""

from __future__ import annotations

import pytest

from mailcore.message import html_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<div>b</div>c", "a\nb\nc"),
        ("<ul><li>x</li><li>y</li></ul>z", "x\ny\n\nz"),
        ("<tr><td>1</td><td>2</td></tr>\n<tr><td>3</td></tr>", "1 2\n3"),
        ("a\ue000b", "a b"),
    ],
)
def test_a_line_ends_once(markup, text):
    assert html_text.lines(markup) == text

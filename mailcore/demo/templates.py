"""Pages as marketing departments write them (pages/*.html): tables, <style> blocks, pixels that count you."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

PAGES = Path(__file__).parent / "pages"


def magazine(title: str, lead: str, seed: str, issue: int) -> str:
    """An essay: web fonts asked for, one picture from afar, a tracking pixel at the end."""
    return _page("magazine", title=title, lead=lead, seed=seed, issue=issue)


def coffee(name: str, notes: str, colour: str) -> str:
    """A shop: everything in inline styles and nested tables, as if it were still 2009."""
    return _page("coffee", name=name, notes=notes, colour=colour)


def order(shop: str, lines: list[tuple[str, int, int]], number: int) -> str:
    """A table with a total."""
    cell = '<td align="{}" style="padding:8px 0;border-bottom:1px solid #e6e8ec">{}</td>'
    rows = "".join(
        f"<tr>{cell.format('left', escape(title))}{cell.format('right', count)}"
        f"{cell.format('right', f'{count * price / 100:,.2f}')}</tr>"
        for title, count, price in lines
    )
    total = sum(count * price for _, count, price in lines) / 100
    return _page("order", shop=shop, number=number, total=f"{total:,.2f}", markup={"rows": rows})


def ticket(journey: str, train: str, coach: str, seats: str) -> str:
    """A boarding card."""
    start, _, end = journey.partition(" to ")
    cells = "".join(
        f'<td style="padding:0 24px 24px"><div style="font-size:12px;color:#7a8699">{label}</div>'
        f'<b style="font-size:20px">{value}</b></td>'
        for label, value in (("Departs", train), ("Coach", coach), ("Seats", seats))
    )
    return _page("ticket", start=start, end=end, markup={"cells": cells})


def _page(page: str, /, *, markup: dict[str, str] | None = None, **words: object) -> str:
    escaped = {key: escape(str(word)) for key, word in words.items()}
    return Template((PAGES / f"{page}.html").read_text("utf-8")).substitute(escaped | (markup or {}))

"""Fingers: rows swiped along the line and against it, a list pulled down, a rail folded away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

INES = "ines@tidemark.example"
STEPS = 8


@contextmanager
def finger(page: Page, start: Locator, across: int = 0, down: int = 0) -> Iterator[None]:
    """A finger put on the middle of something, and moved; it is lifted at the end of the block."""
    box = start.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, STEPS + 1):
        touch("touchMove", {"x": x + across * step / STEPS, "y": y + down * step / STEPS})
    yield
    touch("touchEnd")


def test_a_row_is_swiped_away_and_comes_back(sign_in: Callable[..., Page]):
    page = sign_in(INES, phone=True)
    rows = page.locator("#rows .row")
    number = rows.nth(1).get_attribute("data-conversation")
    row = page.locator(f"#rows .row[data-conversation='{number}']")
    with finger(page, row, across=60):
        expect(row.locator(".row__deed")).to_have_text("Archive")
    expect(row.locator(".row__deed")).to_have_count(0)  # not far enough
    with finger(page, row, across=170):
        pass
    expect(row).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(row).to_be_visible()
    with finger(page, row, across=-170):
        expect(row.locator(".row__deed")).to_have_text("Snooze")
    expect(page.get_by_role("dialog", name="Snooze until")).to_be_visible()
    expect(page.locator(".row__tick:checked")).to_have_count(0)


def test_what_a_swipe_does_is_chosen(sign_in: Callable[..., Page]):
    page = sign_in(INES, phone=True)
    page.goto("/preferences/appearance/")
    with page.expect_response("**/preferences/**"):
        page.get_by_label("Swipe forwards").select_option("star")
    page.goto("/")
    row = page.locator("#rows .row:not(:has(.star--on))").nth(1)
    number = row.get_attribute("data-conversation")
    page.wait_for_load_state("networkidle")
    with finger(page, row, across=170):
        pass
    expect(page.locator(f"[data-conversation='{number}'] .star--on")).to_have_count(1)


def test_a_list_pulled_down_is_asked_for_again(sign_in: Callable[..., Page]):
    page = sign_in(INES, phone=True)
    page.wait_for_load_state("networkidle")
    with (
        page.expect_response(lambda answer: answer.request.headers.get("x-fragment") == "rows"),
        finger(page, page.locator("#rows .row").nth(1), down=200),
    ):
        expect(page.locator(".pull--ready")).to_have_count(1)
    expect(page.locator(".pull")).to_have_count(0)


def test_the_rail_folds_and_stays_folded(sign_in: Callable[..., Page]):
    page = sign_in(INES)
    rail = page.locator("#rail")
    with page.expect_response("**/appearance/"):
        page.get_by_role("button", name="Folders", exact=True).click()
    page.mouse.move(800, 500)
    assert rail.bounding_box()["width"] < 80  # type: ignore[index]
    page.reload()
    button = page.get_by_role("button", name="Folders", exact=True)
    expect(button).to_have_attribute("aria-expanded", "false")
    page.locator("#folders .folder").first.focus()
    assert rail.bounding_box()["width"] > 200  # type: ignore[index]
    with page.expect_response("**/appearance/"):
        button.click()
    expect(button).to_have_attribute("aria-expanded", "true")

"""The list in a real browser: labels by key, the right button's menu by key, panes, the divider, dragging, folding."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_labels_are_typed_ticked_and_undone(nora: Page):
    rows = nora.locator("#rows .row")
    rows.nth(1).locator(".row__tick").check(force=True)
    nora.keyboard.press("l")
    expect(nora.locator(".list__actions .pick__filter:focus")).to_be_visible()
    nora.keyboard.type("Lighthouse")
    nora.keyboard.press("Enter")
    expect(nora.locator(".toast")).to_contain_text("Labelled “Lighthouse”")
    expect(rows.nth(1).locator(".tag")).to_contain_text(["Lighthouse"])
    expect(nora.locator("#folders [data-tag]", has_text="Lighthouse")).to_have_count(1)
    nora.keyboard.press("l")
    expect(nora.locator(".list__actions .pick__tick").first).to_be_checked()
    nora.keyboard.press("Escape")
    nora.keyboard.press("z")
    expect(rows.nth(1).locator(".tag", has_text="Lighthouse")).to_have_count(0)


def test_the_menu_key_opens_what_the_right_button_opens(nora: Page):
    nora.keyboard.press("j")
    nora.keyboard.press("Shift+F10")
    menu = nora.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Archive")).to_contain_text("e")
    nora.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(nora.locator("#rows .row").first.locator(".row__link")).to_be_focused()
    nora.locator("#rows .row").nth(2).click(button="right")
    menu.get_by_role("menuitem", name="Mark as important").click()
    expect(nora.locator("#rows .row").nth(2).locator(".important--on")).to_have_count(1)


def test_below_the_list_arrows_walk_and_the_divider_stays_where_it_was_put(nora: Page):
    nora.locator(".list__view summary").click()
    nora.get_by_role("button", name="Below the list").click()
    nora.locator(".row__link").first.click()
    expect(nora.locator("#subject")).to_be_visible()
    second = nora.locator("#rows .row").nth(1)
    nora.locator(".row__link").first.focus()
    nora.keyboard.press("ArrowDown")
    expect(second).to_have_class(re.compile("row--open"))
    expect(second.locator(".row__link")).to_be_focused()
    divider = nora.get_by_role("separator", name="Width of the list")
    divider.focus()
    for _ in range(3):
        nora.keyboard.press("ArrowDown")
    at = nora.evaluate("document.documentElement.dataset.split")
    nora.reload()
    assert nora.evaluate(
        "[document.documentElement.dataset.split, document.documentElement.dataset.pane]"
    ) == [
        at,
        "below",
    ]


def test_a_row_is_dragged_onto_a_folder_and_folders_fold(nora: Page):
    row = nora.locator("#rows .row").nth(3)
    number = row.get_attribute("data-conversation")
    row.locator(".row__subject").drag_to(nora.locator("#folders .folder", has_text="Receipts"), force=True)
    expect(nora.locator(".toast")).to_contain_text("Moved to Receipts")
    expect(nora.locator(f'#rows [data-conversation="{number}"]')).to_have_count(0)
    nora.keyboard.press("z")
    expect(nora.locator(f'#rows [data-conversation="{number}"]')).to_have_count(1)
    fold = nora.get_by_role("button", name="Folders in Production")
    fold.click()
    expect(nora.locator("#folders .folder", has_text="Printers")).to_have_count(0)
    expect(fold).to_be_focused()

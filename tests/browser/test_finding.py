"""Finding in a real browser: suggestions by keyboard, the form with everything, a search that is kept."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_suggestions_are_chosen_by_keyboard(nora: Page):
    nora.keyboard.press("/")
    box = nora.locator(".seek__input")
    expect(box).to_be_focused()
    nora.keyboard.type("fr")
    option = nora.get_by_role("option", name="from:")
    expect(option).to_be_visible()
    for _ in range(10):
        if option.get_attribute("aria-selected") == "true":
            break
        nora.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    nora.keyboard.press("Enter")
    expect(box).to_have_value("from:")
    nora.keyboard.type("yuk")
    person = nora.get_by_role("option", name="yuki@kitestudio.example").first
    expect(person).to_be_visible()
    nora.keyboard.press("ArrowDown")
    nora.keyboard.press("Enter")
    nora.wait_for_url("**/search/?q=from%3Ayuki%40kitestudio.example")
    expect(nora.locator("#rows .row").first).to_contain_text("Yuki")
    expect(nora.locator("#list-title")).to_be_visible()


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(nora: Page):
    nora.keyboard.press("/")
    nora.keyboard.type("lighth")
    expect(nora.get_by_role("option").first).to_be_visible()
    nora.keyboard.press("ArrowDown")
    nora.keyboard.press("Escape")
    expect(nora.get_by_role("option").first).to_be_hidden()
    nora.keyboard.press("Enter")
    expect(nora.locator("#rows mark").first).to_have_text("lighth")


def test_the_form_writes_the_search_and_it_is_kept(nora: Page):
    nora.goto("/search/form/")
    nora.get_by_label("From").fill("yuki")
    nora.get_by_label("Has the words").fill("roof")
    nora.locator("main").get_by_role("button", name="Search").click()
    expect(nora.locator(".seek__input")).to_have_value("from:yuki roof")
    expect(nora.locator("#rows mark").first).to_be_visible()

"""In and out of the door."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_in_and_out(nora: Page):
    expect(nora).to_have_title(re.compile(r"^\(\d+\) Inbox · Posthorn$"))
    nora.get_by_label("Account").click()
    nora.get_by_role("button", name="Sign out").click()
    expect(nora.get_by_role("heading", name="Sign in")).to_be_visible()
    nora.go_back()
    nora.goto("/")
    expect(nora.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_a_sentence(visit, watch):
    watch.expected.append("status of 403")
    page = visit()
    page.goto("/login/")
    page.get_by_label("Mail address").fill("nora@tidemark.example")
    page.get_by_label("Password").fill("not that")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("Mail address")).to_have_value("nora@tidemark.example")


def test_with_the_keyboard_alone(visit, password):
    page = visit()
    page.goto("/search/?q=atlas")
    expect(page.get_by_label("Mail address")).to_be_focused()
    page.keyboard.type("nora@tidemark.example")
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/search/?q=atlas")

"""Without a connection: the newest letters can be read, a letter waits, and signing out clears it all."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

KEPT = """() => caches.match('/kept/state').then(found => found && found.json())
  .then(state => Boolean(state && state.whole))"""


def test_a_journey_through_a_tunnel(sign_in: Callable[..., Page], watch):
    watch.expected += [r"ERR_INTERNET_DISCONNECTED", r"EventSource"]
    page = sign_in()
    unread = page.locator(".row--unread").count()
    while not page.evaluate(KEPT):  # the test's own timeout ends it
        page.wait_for_timeout(300)
    page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
    page.context.set_offline(True)
    expect(page.locator(".offline")).to_contain_text("You are offline")
    page.reload()
    expect(page.locator(".offline")).to_be_visible()
    assert page.locator(".row--unread").count() == unread, "what was put aside was not read"
    subject = page.locator(".row__subject").nth(3).inner_text()
    page.locator(".row__link").nth(3).click()
    expect(page.locator("#subject")).to_have_text(subject)
    page.goto("/search/?q=x")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page.goto("/")
    page.keyboard.press("c")
    page.get_by_label("To", exact=True).fill("sam@tidemark.example")
    page.get_by_label("Subject", exact=True).fill("From the tunnel")
    page.get_by_role("button", name="Send when online").click()
    expect(page.locator(".offline")).to_contain_text("1 message waits to be sent.")
    page.context.set_offline(False)
    expect(page.locator("#toasts")).to_contain_text("1 message of the outbox was sent.")
    page.goto("/search/?q=in:sent+subject:tunnel")
    expect(page.locator("#rows .row")).to_have_count(1)

    page.locator(".bar__person").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.evaluate("caches.keys().then(names => names.filter(name => name.startsWith('kept')))") == []

"""The page "Notifications" and the worker's half, in Chromium.

A real subscription needs the push service of the browser's maker, and there is none here: so PushManager gives what it
would give, with a key that is one. Everything else is real: the permission, the worker, a push that the browser's own
debugging door delivers, the notification that it shows, the click.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.push.stand_in import Browser

NORA = "nora@tidemark.example"
SUBSCRIBED = """(() => {
  const keys = KEYS;
  const octets = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const made = (key) => ({
    endpoint: keys.endpoint, options: { applicationServerKey: key.buffer ?? key },
    toJSON: () => ({ endpoint: keys.endpoint, keys }), unsubscribe: async () => !(localStorage.fake = ""),
  });
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    localStorage.fake = btoa(String.fromCharCode(...applicationServerKey));
    return made(applicationServerKey);
  };
  PushManager.prototype.getSubscription = async () => (localStorage.fake ? made(octets(localStorage.fake)) : null);
})();"""


@pytest.fixture
def asked(sign_in: Callable[..., Page]) -> Page:
    """Nora, who has allowed notifications."""
    page = sign_in(NORA)
    page.context.grant_permissions(["notifications"])
    page.add_init_script(SUBSCRIBED.replace("KEYS", json.dumps(Browser("nora").keys)))
    page.goto("/notifications/")
    return page


def test_a_browser_is_put_on_the_list_and_taken_off(asked: Page, watch, shot):
    watch.expected.append("502")  # push.test is nowhere
    state, listed = asked.locator("[data-state]"), asked.locator("#push-browsers li")
    expect(state).to_have_text("This browser does not tell you of new mail.")
    asked.get_by_role("button", name="Notify me here").click()
    expect(state).to_have_text("This browser tells you of new mail.")
    expect(listed).to_contain_text("Chrome on Linux")
    expect(listed.get_by_text("here", exact=True)).to_be_visible()
    shot(asked, "notifications-desktop-light")
    asked.reload()
    expect(state).to_have_text("This browser tells you of new mail.")
    asked.get_by_role("button", name="Send a test").click()
    expect(asked.locator(".toast")).to_contain_text("did not take it")
    asked.get_by_role("button", name="Remove").click()
    expect(listed).to_have_count(0)
    expect(state).to_have_text("This browser does not tell you of new mail.")
    asked.get_by_role("button", name="Notify me here").click()
    asked.get_by_role("button", name="Stop here").click()
    expect(listed).to_have_count(0)


def test_removed_from_afar_it_asks_once_and_gives_up(asked: Page, watch):
    watch.expected.append("410")
    asked.get_by_role("button", name="Notify me here").click()
    expect(asked.locator("#push-browsers li")).to_have_count(1)
    asked.context.request.post(
        "/notifications/forget/",
        form={
            "endpoint": Browser("nora").endpoint,
            "csrfmiddlewaretoken": asked.locator("#push-here [name=csrfmiddlewaretoken]").input_value(),
        },
        headers={"Referer": asked.url},
    )
    with asked.expect_response("**/notifications/renew/") as renewed:
        asked.goto("/")
    assert renewed.value.status == 410
    asked.goto("/notifications/")
    expect(asked.locator("[data-state]")).to_have_text("This browser does not tell you of new mail.")


def test_what_is_pushed_is_shown_and_leads_to_the_letter(asked: Page, post):
    asked.get_by_role("button", name="Notify me here").wait_for()
    asked.goto("/")
    post(NORA, "Pushed to you")
    row = asked.locator("#rows .row", has_text="Pushed to you")
    row.wait_for()
    conversation = row.get_attribute("data-conversation")
    door = asked.context.new_cdp_session(asked)
    registered: list[str] = []
    door.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(one["registrationId"] for one in told["registrations"]),
    )
    door.send("ServiceWorker.enable")
    worker = asked.context.service_workers[0]
    told = {
        "title": "Eve",
        "body": "Pushed to you",
        "tag": "mail-1",
        "conversation": conversation,
        "unread": 3,
    }

    def push(**more: object) -> None:
        data = json.dumps(told | more)
        origin = asked.url.rstrip("/")
        door.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": registered[0], "data": data},
        )

    def shown() -> list[str]:
        return list(
            worker.evaluate("self.registration.getNotifications().then(all => all.map(one => one.body))")
        )

    asked.wait_for_timeout(200)
    push(even_if_open=True)
    for _ in range(100):
        if shown():
            break
        asked.wait_for_timeout(100)
    assert shown() == ["Pushed to you"]
    push(even_if_open=True)  # the same again takes its place
    push(body="Not this one, while somebody looks")
    asked.wait_for_timeout(500)
    assert shown() == ["Pushed to you"]
    worker.evaluate(
        "self.registration.getNotifications().then(([one]) =>"
        " self.dispatchEvent(new NotificationEvent('notificationclick', {notification: one})))"
    )
    expect(asked.locator("#subject")).to_have_text("Pushed to you")
    assert shown() == []

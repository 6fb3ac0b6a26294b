"""What will probably be read next is there before it is asked for, and stays unread until it is read."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

SAM = "sam@tidemark.example"


def fetched_ahead(request: Request) -> bool:
    return request.headers.get("x-fragment") == "ahead"


def test_the_neighbour_is_fetched_ahead_and_read_when_it_is_opened(
    sign_in: Callable[..., Page], post: Callable[..., None]
):
    sam = sign_in(SAM)
    for subject in ("The tide table", "The tide turns"):
        post(SAM, subject)
        sam.locator("#rows .row", has_text=subject).wait_for()
    first, second = (
        sam.locator("#rows .row", has_text=subject) for subject in ("The tide turns", "The tide table")
    )
    neighbour = second.locator(".row__link").get_attribute("href") or "?"
    with sam.expect_request_finished(
        lambda request: fetched_ahead(request) and request.url.endswith(neighbour)
    ):
        first.locator(".row__link").click()
    expect(sam.locator("#subject")).to_have_text("The tide turns")
    expect(second).to_have_class(re.compile("row--unread"))
    asked: list[str] = []
    sam.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('x-fragment')}"))
    with sam.expect_response(lambda answer: answer.url.endswith("/opened/")) as told:
        sam.keyboard.press("j")
    expect(sam.locator("#subject")).to_have_text("The tide table")
    about = [line for line in asked if "/c/" in line]
    assert about[0].endswith("/opened/ 1")  # nothing was fetched to show it; news of it may fetch it later
    assert told.value.status == 204
    sam.reload()
    expect(second).not_to_have_class(re.compile("row--unread"))


def test_what_changed_since_is_fetched_again(sign_in: Callable[..., Page], post: Callable[..., None]):
    sam = sign_in(SAM)
    post(SAM, "Paper boats")
    row = sam.locator("#rows .row", has_text="Paper boats")
    row.wait_for()
    with sam.expect_response(lambda answer: fetched_ahead(answer.request)):
        row.hover()
    post(SAM, "Re: Paper boats", text="One of them sank.\n")
    expect(row.locator(".row__count")).to_have_text("2")
    row.locator(".row__link").click()
    expect(sam.locator(".thread")).to_contain_text("One of them sank.")

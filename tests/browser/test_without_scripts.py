"""No script runs: sign in, read, search, write with a file, send, move, label, snooze, change a setting, sign out."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_mail_works_without_scripts(sign_in: Callable[..., Page]):
    page = sign_in("sam@tidemark.example", scripts=False)
    expect(page.locator("#rows .row").first).to_be_visible()

    # read
    row = page.locator("#rows .row").nth(1)
    subject = row.locator(".row__subject").inner_text()
    number = row.get_attribute("data-conversation")
    row.locator(".row__link").click(force=True)
    expect(page.locator("#subject")).to_contain_text(subject)
    page.locator("#folders [data-use=INBOX]").click()
    mine = page.locator(f'#rows [data-conversation="{number}"]')
    expect(mine).not_to_have_class(re.compile("row--unread"))

    # label
    mine.locator(".row__tick").check(force=True)
    page.locator(".list__actions [data-do=label]").click()
    page.locator(".list__actions [name=new_label]").fill("Unscripted")
    page.locator(".list__actions [data-pick-apply]").click()
    expect(page.locator(".toast")).to_contain_text("Labelled “Unscripted”")
    expect(mine.locator(".tag")).to_contain_text(["Unscripted"])

    # move, and undo it
    mine.locator(".row__tick").check(force=True)
    page.locator(".list__actions [data-do=move]").click()
    page.locator(".list__actions [name=move]", has_text="Archive").click()
    expect(mine).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(mine).to_have_count(1)

    # snooze
    mine.locator(".row__tick").check(force=True)
    page.locator(".list__actions [data-do=snooze]").click()
    page.get_by_role("radio", name="Tomorrow").check()
    page.locator("main").get_by_role("button", name="Snooze").click()
    expect(mine).to_have_count(0)
    page.locator("#folders [data-use='\\\\Snoozed']").click()
    expect(mine).to_have_count(1)


def test_a_letter_with_a_file_is_written_and_found_without_scripts(sign_in: Callable[..., Page]):
    page = sign_in("sam@tidemark.example", scripts=False)
    page.locator(".rail__write").click()
    page.locator("[name=to]").fill("sam@tidemark.example")
    page.locator("[name=subject]").fill("Written by hand")
    page.locator("[name=text]").fill("No script was harmed, xylophone.")
    page.locator("[name=files]").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"a note\n"}
    )
    page.locator("[name=do][value=send]").click()
    expect(page.locator(".toast")).to_contain_text("Sen")

    # search
    page.locator(".seek__input").fill("in:sent subject:hand has:attachment")
    page.locator(".seek__input").press("Enter")
    found = page.locator("#rows .row", has_text="Written by hand")
    for _ in range(60):  # it goes out when it cannot be taken back any more
        if found.count():
            break
        page.wait_for_timeout(300)
        page.reload()
    expect(found).to_have_count(1)

    # settings
    page.goto("/preferences/")
    page.locator("main a[href*=general], main a[href*=appearance]").first.click()
    page.locator("main form").locator("button").first.click()
    expect(page.locator("main")).to_be_visible()
    page.locator(".bar__person").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Mail address")).to_be_visible()

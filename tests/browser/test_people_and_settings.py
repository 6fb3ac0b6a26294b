"""The address book, the settings and an import, as somebody at a browser has them."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch

CARD = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dinah Cat\r\nEMAIL:dinah@far.test\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dinah Cat\r\nEMAIL:dinah@home.test\r\nTEL:+44 1\r\nEND:VCARD\r\n"
)


def file(name: str, kind: str, octets: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": octets}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    return out.getvalue()


def test_somebody_is_added_with_a_photo_and_changed(nora: Page):
    nora.goto("/contacts/new/")
    nora.get_by_label("First name").fill("Alma")
    nora.get_by_label("Last name").fill("Okonkwo")
    nora.locator("input[name=addresses_value]").first.fill("alma@far.test")
    nora.locator("input[name=photo]").set_input_files([file("me.png", "image/png", picture())])  # type: ignore[list-item]
    nora.locator("main").get_by_role("button", name="Save").click()
    expect(nora.locator(".human__name")).to_have_text("Alma Okonkwo")
    expect(nora.locator(".human img")).to_have_js_property("complete", True)
    nora.get_by_role("link", name="Edit").click()
    nora.get_by_label("Company").fill("Harbour Press")
    nora.locator("main").get_by_role("button", name="Save").click()
    expect(nora.locator(".human")).to_contain_text("Harbour Press")


def test_a_file_comes_in_twins_are_merged_and_a_group_is_made(nora: Page):
    nora.goto("/contacts/import/")
    nora.locator("#file").set_input_files([file("a.vcf", "text/vcard", CARD.encode())])  # type: ignore[list-item]
    nora.get_by_label("Put them into a group").fill("Cats")
    nora.locator("main").get_by_role("button", name="Import").click()
    nora.goto("/contacts/?q=dinah")
    expect(nora.locator(".somebody")).to_have_count(2)
    for tick in nora.locator("input[name=person]").all():
        tick.check()
    nora.get_by_role("button", name="Merge").click()
    nora.locator("main").get_by_role("button", name="Merge").first.click()
    expect(nora.locator(".human__facts")).to_contain_text("dinah@home.test")
    expect(nora.locator(".human")).to_contain_text("Cats")
    with nora.expect_download() as coming:
        nora.get_by_role("link", name="vCard").click()
    assert b"FN:Dinah Cat" in coming.value.path().read_bytes()


def test_a_name_shows_its_card(nora: Page):
    nora.locator(".row .row__link").first.click()
    name = nora.locator(".message a[data-card]:visible").first
    name.hover()
    card = nora.locator(".who-pop")
    expect(card).to_be_visible()
    nora.keyboard.press("Escape")
    expect(card).to_have_count(0)
    name.focus()
    nora.keyboard.press("Enter")
    expect(card.locator(":focus")).to_have_count(1)
    nora.keyboard.press("Escape")
    expect(name).to_be_focused()


def test_settings_are_kept_as_they_are_changed(nora: Page):
    nora.goto("/preferences/")
    saved = nora.locator(".saved")
    nora.get_by_label("Mark as read").select_option(label="After 10 seconds")
    expect(saved).to_have_text("Saved")
    nora.reload()
    expect(nora.get_by_label("Mark as read")).to_have_value("10")
    nora.get_by_label("Mark as read").select_option(label="At once")
    expect(saved).to_have_text("Saved")
    nora.goto("/preferences/appearance/")
    nora.get_by_label("Light or dark").select_option("dark")
    expect(nora.locator("html")).to_have_attribute("data-theme", "dark")
    expect(saved).to_have_text("Saved")
    nora.get_by_label("Light or dark").select_option("auto")
    expect(saved).to_have_text("Saved")


def test_settings_without_scripts(sign_in: Callable[..., Page], watch: Watch):
    watch.expected.append("422")  # the wrong password
    page = sign_in("sam@tidemark.example", scripts=False)
    page.goto("/preferences/")
    page.get_by_label("Clock").select_option("12")
    page.locator("[data-plain]").get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Settings saved.")
    expect(page.get_by_label("Clock")).to_have_value("12")
    page.goto("/preferences/password/")
    page.get_by_label("Password now").fill("not this one")
    page.get_by_label("New password", exact=True).fill("a sentence of my own")
    page.get_by_label("New password again").fill("a sentence of my own")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#old-wrong")).to_be_visible()


def test_an_import_is_seen_to_move_and_ends(nora: Page):
    letters = "".join(
        f"From a@b Fri Nov 20 16:00:00 2026\nSubject: Moved {number}\nFrom: Ann <ann@old.test>\n\nText.\n\n"
        for number in range(30)
    )
    nora.goto("/preferences/transfer/")
    nora.locator("#file").set_input_files([file("old.mbox", "application/mbox", letters.encode())])  # type: ignore[list-item]
    nora.get_by_label("Into the folder").fill("Moved house")
    nora.locator("[data-upload]").get_by_role("button", name="Import").click()
    expect(nora.locator("#transfers")).to_contain_text("30 messages taken", timeout=45_000)
    nora.goto("/")
    expect(nora.locator("#folders")).to_contain_text("Moved house")

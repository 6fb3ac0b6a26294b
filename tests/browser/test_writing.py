"""Writing: new, answered, attached, taken back, never lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.interop.instance import Instance, eventually

NORA, SAM, LUKAS = "nora@tidemark.example", "sam@tidemark.example", "lukas@kitestudio.example"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def letters(service: Instance, someone) -> Callable[[str, str], list[bytes]]:
    """What somebody's mailbox holds, over IMAP: headers unfolded."""

    def held(address: str, mailbox: str = "INBOX") -> list[bytes]:
        return [raw.replace(b"\r\n ", b" ") for raw in service.messages(someone(address), mailbox)]

    return held


def write(page: Page) -> None:
    page.locator(".rail__write").click()
    expect(page.locator("#composer .letter__rich")).to_be_visible()


def subject(page: Page) -> Locator:
    return page.locator("[name=subject]")


def body(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def test_a_new_letter_with_completion_and_formats(nora: Page, letters, shot):
    write(nora)
    nora.keyboard.type("luk")
    nora.get_by_role("option", name="Lukas Meier").wait_for()
    nora.keyboard.press("Enter")
    subject(nora).fill("Two blues")
    body(nora).focus()
    nora.keyboard.press("Control+Home")
    nora.keyboard.type("Dear Lukas, ")
    nora.get_by_role("button", name="Bold").click()
    nora.keyboard.type("both")
    nora.get_by_role("button", name="Bold").click()
    nora.keyboard.type(" blues, please.")
    shot(nora, "compose-desktop-light")
    nora.keyboard.press("Control+Enter")
    expect(nora.get_by_text("Sent.")).to_be_visible()
    expect(nora.locator("#composer")).to_have_count(0)
    [raw] = eventually(lambda: [raw for raw in letters(LUKAS) if b"Subject: Two blues" in raw], 30)
    assert b"<b>both</b> blues" in raw and b"Senior editor" in raw
    assert any(b"Subject: Two blues" in raw for raw in letters(NORA, "Sent"))


def test_an_answer_with_an_attachment_joins_the_conversation(nora: Page, letters):
    nora.locator(".row", has_text="Lunch?").locator(".row__link").click()
    nora.locator("a[href*='/compose/reply/']:visible").last.click()
    expect(nora.locator("#composer .chip")).to_have_text(re.compile("Sam Okafor"))
    expect(body(nora)).to_be_visible()
    body(nora).focus()
    nora.keyboard.press("Control+Home")
    nora.keyboard.type("Lentils it is.")
    nora.locator(".letter__picker").set_input_files(
        {"name": "menu für heute.txt", "mimeType": "text/plain", "buffer": b"lentils\n"}
    )
    expect(nora.locator(".paper[data-file]")).to_contain_text("menu für heute.txt")
    nora.get_by_role("button", name="Send", exact=True).click()
    expect(nora.get_by_text("Sent.")).to_be_visible()
    expect(nora.locator("[data-thread] [data-message]")).to_have_count(2)  # at once, without a reload
    expect(nora.frame_locator("[data-thread] iframe").last.locator("body")).to_contain_text("Lentils it is.")
    [raw] = eventually(lambda: [raw for raw in letters(SAM) if b"Subject: Re: Lunch?" in raw], 30)
    assert b"In-Reply-To:" in raw and b"filename*=" in raw and b"bGVudGlscwo=" in raw
    nora.locator(".rail__folders").get_by_role("link", name="Sent").click()
    expect(nora.locator("#rows")).to_contain_text("Lunch?")


def test_undo(nora: Page, letters):
    write(nora)
    nora.keyboard.type(f"{SAM},")
    subject(nora).fill("Too soon")
    body(nora).focus()
    nora.keyboard.type("Wait.")
    nora.keyboard.press("Control+Enter")
    nora.get_by_role("button", name="Undo").click()
    expect(nora.locator("#composer .letter__title")).to_have_text("Too soon")
    expect(subject(nora)).to_have_value("Too soon")
    expect(nora.locator("#composer .chip")).to_have_text(re.compile(SAM))
    nora.wait_for_timeout(3_000)
    assert not any(b"Too soon" in raw for raw in letters(SAM) + letters(NORA, "Sent"))
    nora.get_by_role("button", name="Throw the draft away").click()
    expect(nora.locator("#composer")).to_have_count(0)
    eventually(lambda: not any(b"Too soon" in raw for raw in letters(NORA, "Drafts")))


def test_what_is_typed_is_kept(nora: Page, letters):
    write(nora)
    subject(nora).fill("Half a thought")
    body(nora).focus()
    nora.keyboard.type("and the other half")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    nora.reload()
    [raw] = [raw for raw in letters(NORA, "Drafts") if b"Half a thought" in raw]
    assert b"and the other half" in raw
    nora.locator(".rail__folders").get_by_role("link", name="Drafts").click()
    nora.locator(".row", has_text="Half a thought").locator(".row__link").click()
    expect(subject(nora)).to_have_value("Half a thought")
    expect(body(nora)).to_contain_text("and the other half")
    nora.keyboard.press("Escape")
    expect(nora.locator("#composer")).to_have_count(0)


def test_a_lost_connection_is_told_and_made_good(nora: Page, letters, watch):
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    write(nora)
    subject(nora).fill("On the train")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    nora.context.set_offline(True)
    body(nora).focus()
    nora.keyboard.type("tunnel words")
    expect(nora.locator(".letter__status")).to_contain_text("Trying again")
    nora.context.set_offline(False)
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    assert any(b"tunnel words" in raw for raw in letters(NORA, "Drafts"))


def test_doubts_and_mistakes(nora: Page, watch):
    watch.expected.append("status of 4(00|22)")
    write(nora)
    nora.keyboard.type("nobody@tidemark.example,")
    body(nora).focus()
    nora.keyboard.type("The plan is attached.")
    nora.keyboard.press("Control+Enter")
    expect(nora.locator(".letter__problem")).to_contain_text("nobody@tidemark.example")
    expect(nora.locator(".chip--wrong")).to_have_count(1)
    nora.locator(".chip__remove").click()
    nora.keyboard.type(f"{SAM},")
    nora.keyboard.press("Control+Enter")
    dialog = nora.get_by_role("dialog")
    expect(dialog).to_contain_text("no subject")
    expect(dialog).to_contain_text("attachment")
    dialog.get_by_role("button", name="Back").click()
    expect(body(nora)).to_contain_text("The plan is attached.")


def test_a_picture_in_the_text(nora: Page, letters):
    write(nora)
    nora.keyboard.type(f"{LUKAS},")
    subject(nora).fill("The exact red")
    body(nora).focus()
    with nora.expect_file_chooser() as chooser:
        nora.get_by_role("button", name="Picture in the text").click()
    chooser.value.set_files({"name": "red.png", "mimeType": "image/png", "buffer": PNG})
    expect(body(nora).locator("img")).to_have_js_property("naturalWidth", 1)
    nora.keyboard.press("Control+Enter")
    expect(nora.get_by_text("Sent.")).to_be_visible()
    [raw] = eventually(lambda: [raw for raw in letters(LUKAS) if b"Subject: The exact red" in raw], 30)
    assert b"multipart/related" in raw and b"cid:" in raw


def test_pasted_html_is_harmless(nora: Page):
    write(nora)
    body(nora).focus()
    nora.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/html", '<b onclick="x()">bold</b><img src=x onerror="document.title=1">'
            + '<script>1</' + 'script>'
            + '<style>*{display:none}</style><a href="javascript:alert(1)">a</a>'
            + '<p style="position:fixed">p</p>');
          document.querySelector(".letter__rich").dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(body(nora)).to_contain_text("bold")
    html = body(nora).inner_html()
    assert not re.search(r"onclick|onerror|<script|<style|javascript:|position", html), html


def test_plain_text_and_back(nora: Page):
    write(nora)
    body(nora).focus()
    nora.keyboard.press("Control+Home")
    nora.keyboard.type("One line")
    nora.get_by_role("button", name="Formatted text").click()
    expect(nora.locator(".letter__text")).to_have_value(re.compile("One line"))
    expect(nora.get_by_role("button", name="Bold")).to_be_hidden()
    nora.get_by_role("button", name="Formatted text").click()
    expect(body(nora)).to_contain_text("One line")


def test_two_windows_of_one_browser_take_turns(nora: Page):
    write(nora)
    subject(nora).fill("Mine")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    second = nora.context.new_page()
    second.goto(nora.locator("form[data-letter]").get_attribute("data-page"))
    expect(second.locator(".letter__elsewhere")).to_contain_text("in another window")
    subject(nora).fill("Mine, the last words")
    second.get_by_role("button", name="Write here").click()
    expect(second.locator(".letter__elsewhere")).to_be_hidden()
    expect(subject(second)).to_have_value("Mine, the last words")
    expect(nora.locator(".letter__elsewhere")).to_contain_text("in another window now")
    subject(second).fill("Theirs")
    expect(second.locator(".letter__status")).to_have_text("Saved")
    nora.get_by_role("button", name="Write here").click()
    expect(subject(nora)).to_have_value("Theirs")


def test_two_browsers(nora: Page, sign_in, watch):
    watch.expected.append("status of 409")
    write(nora)
    subject(nora).fill("Mine")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    second = sign_in()
    second.goto(nora.locator("form[data-letter]").get_attribute("data-page"))
    expect(body(second)).to_be_visible()
    subject(second).fill("Theirs")
    expect(second.locator(".letter__status")).to_have_text("Saved")
    subject(nora).fill("Mine again")
    expect(nora.locator(".letter__problem")).to_contain_text("another window")
    expect(subject(nora)).to_have_value("Mine again")
    nora.get_by_role("button", name="Keep what is here").click()
    expect(nora.locator(".letter__problem")).to_be_hidden()
    second.reload()
    expect(subject(second)).to_have_value("Mine again")


def test_a_draft_thrown_away_elsewhere_keeps_its_words(nora: Page, sign_in, watch, letters):
    watch.expected.append("status of 404")
    write(nora)
    subject(nora).fill("Not for the bin")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    second = sign_in()
    second.goto(nora.locator("form[data-letter]").get_attribute("data-page"))
    second.get_by_role("button", name="Throw the draft away").click()
    second.locator("#rows .row").first.wait_for()
    subject(nora).fill("Not for the bin at all")
    expect(nora.locator(".letter__problem")).to_contain_text("still here")
    nora.get_by_role("button", name="Keep it as a new draft").click()
    expect(nora.locator(".letter__problem")).to_be_hidden()
    expect(subject(nora)).to_have_value("Not for the bin at all")
    found = [raw for raw in letters(NORA, "Drafts") if b"Not for the bin" in raw]
    assert len(found) == 1 and b"at all" in found[0]


def test_formats_by_keys_survive(nora: Page, letters):
    write(nora)
    nora.keyboard.type(f"{LUKAS},")
    subject(nora).fill("Formats")
    body(nora).focus()
    nora.keyboard.press("Control+Home")
    nora.keyboard.press("Control+Shift+7")
    nora.keyboard.type("first")
    nora.keyboard.press("Enter")
    nora.keyboard.type("second")
    nora.keyboard.press("Enter")
    nora.keyboard.press("Enter")
    nora.keyboard.press("Alt+Shift+5")
    nora.keyboard.type("struck")
    nora.keyboard.press("Alt+Shift+5")
    nora.get_by_role("button", name="Colour of the text").click()
    nora.get_by_role("button", name="Red", exact=True).click()
    nora.keyboard.type(" red")
    nora.get_by_label("Size of the text").select_option(label="Large")
    nora.keyboard.type(" big")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    nora.reload()
    nora.locator(".rail__folders").get_by_role("link", name="Drafts").click()
    nora.locator(".row", has_text="Formats").locator(".row__link").click()
    expect(body(nora).locator("font[color='#c62828']")).to_contain_text("red")
    nora.keyboard.press("Control+Enter")
    expect(nora.get_by_text("Sent.")).to_be_visible()
    [raw] = eventually(lambda: [raw for raw in letters(LUKAS) if b"Subject: Formats" in raw], 30)
    raw = raw.replace(b"=\r\n", b"").replace(b"=3D", b"=")
    for wanted in (b"<ol><li>first</li>", b"<s>struck</s>", b'<font color="#c62828">', b'size="5"'):
        assert wanted in raw, raw


def test_several_letters_at_once(nora: Page):
    write(nora)
    subject(nora).fill("The first")
    nora.locator(".rail__write").click()
    expect(nora.locator(".dock")).to_have_count(2)
    expect(nora.locator("#composer .letter__title")).to_have_text("New message")
    nora.locator("#composer [name=subject]").fill("The second")
    nora.locator("#composer").get_by_role("button", name="Minimise").click()
    expect(nora.locator("#composer .letter__sheet")).to_be_hidden()
    nora.locator("#composer .letter__title").click()
    expect(nora.locator("#composer .letter__sheet")).to_be_visible()
    nora.locator("#composer").get_by_role("button", name="Full screen").click()
    assert nora.locator("#composer").bounding_box()["width"] > 1000
    nora.locator("#composer").get_by_role("button", name="Throw the draft away").click()
    expect(nora.locator(".dock")).to_have_count(1)
    expect(nora.locator("#composer .letter__title")).to_have_text("The first")
    nora.locator("#composer").get_by_role("button", name="Throw the draft away").click()
    expect(nora.locator(".dock")).to_have_count(0)


def test_recipients_are_moved_changed_and_pasted(nora: Page):
    write(nora)
    nora.keyboard.type("ann@far.test, bob@far.test,")
    chips = nora.locator("[data-recipients]").first.locator(".chip")
    expect(chips).to_have_count(2)
    expect(nora.locator(".chip--stranger")).to_have_count(2)
    nora.keyboard.press("ArrowLeft")
    nora.keyboard.press("Alt+ArrowDown")
    cc = nora.locator("[data-optional=cc]")
    expect(cc.locator(".chip")).to_have_text(re.compile("bob@far.test"))
    cc.locator(".chip__name").drag_to(nora.locator("[data-recipients]").first)
    expect(chips).to_have_count(2)
    chips.first.locator(".chip__name").click()
    nora.keyboard.type("anne@far.test,")
    expect(nora.locator("[name=to]")).to_have_value("bob@far.test, anne@far.test")
    nora.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "c@far.test d@far.test\\nDr. E <e@far.test>");
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(chips).to_have_count(5)
    nora.get_by_role("button", name="Throw the draft away").click()
    expect(nora.locator(".dock")).to_have_count(0)


def test_the_signature_follows_the_name(nora: Page):
    nora.goto("/preferences/identities/new/")
    nora.get_by_label("Name", exact=True).fill("The Press")
    nora.get_by_label("Address", exact=True).fill("nora+press@tidemark.example")
    signature = nora.get_by_role("textbox", name="Signature")
    signature.focus()
    nora.keyboard.press("Control+A")
    nora.keyboard.type("Tidemark, at sea")
    nora.get_by_role("button", name="Save").click()
    expect(nora.locator(".shelf")).to_contain_text("Tidemark, at sea")
    nora.goto("/")
    write(nora)
    expect(body(nora)).to_contain_text("Senior editor")
    nora.get_by_label("From", exact=True).select_option(
        label="The Press <nora+press@tidemark.example>\u200e"  # the mark keeps ">" at the end from right to left
    )
    expect(body(nora)).to_contain_text("Tidemark, at sea")
    expect(body(nora)).not_to_contain_text("Senior editor")
    nora.get_by_role("button", name="Formatted text").click()
    nora.get_by_label("From", exact=True).select_option(index=0)
    expect(nora.locator(".letter__text")).to_have_value(re.compile("\n-- \nNora Whitfield"))
    nora.get_by_role("button", name="Throw the draft away").click()
    nora.goto("/preferences/identities/")
    nora.get_by_role("button", name=re.compile("Remove The Press")).click()
    expect(nora.locator(".shelf")).not_to_contain_text("Tidemark, at sea")


def test_without_scripts(sign_in, letters):
    page = sign_in(scripts=False)
    page.goto("/search/?q=subject:binding")  # the first page of the inbox holds what other tests have sent
    page.locator(".row", has_text="Binding samples").locator(".row__link").click()
    page.locator("a[href*='/compose/reply/']:visible").last.click()
    page.locator("textarea[name=text]").fill("The blue one.")
    page.locator("input[name=files]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    assert any(b"The blue one." in raw for raw in letters(NORA, "Sent"))


def test_a_session_that_ended_loses_nothing(nora: Page, letters, watch, password):
    watch.expected.append("status of 403")
    write(nora)
    subject(nora).fill("Long letter")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    second = nora.context.new_page()
    second.goto("/")
    second.get_by_label("Account").click()
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    body(nora).focus()
    nora.keyboard.type("written while signed out")
    expect(nora.locator(".letter__status")).to_contain_text("signed out")
    second.get_by_label("Mail address").fill(NORA)
    second.get_by_label("Password").fill(password)
    second.keyboard.press("Enter")
    second.locator("#rows .row").first.wait_for()
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    assert any(b"written while signed out" in raw for raw in letters(NORA, "Drafts"))


def test_a_killed_tab_without_a_connection_loses_nothing(nora: Page, watch):
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    write(nora)
    subject(nora).fill("In the tunnel")
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    place = nora.locator("form[data-letter]").get_attribute("data-page")
    nora.context.set_offline(True)
    body(nora).focus()
    nora.keyboard.type("dark here")
    expect(nora.locator(".letter__status")).to_contain_text("Trying again")
    second = nora.context.new_page()
    nora.close(run_before_unload=False)
    second.context.set_offline(False)
    second.goto(place)
    expect(body(second)).to_contain_text("dark here")
    expect(second.locator(".letter__status")).to_have_text("Saved")


def test_words_of_a_dead_tab_are_offered_in_the_mailbox(nora: Page, watch):
    """The server has an empty letter only, which is in no folder: nobody would find it by themselves."""
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    write(nora)
    nora.context.set_offline(True)
    subject(nora).fill("Nowhere else")
    body(nora).focus()
    nora.keyboard.type("dark here")
    expect(nora.locator(".letter__status")).to_contain_text("Trying again")
    second = nora.context.new_page()
    nora.close(run_before_unload=False)
    second.context.set_offline(False)
    second.goto("/")
    second.locator(".rescue__open", has_text="Nowhere else").click()
    expect(body(second)).to_contain_text("dark here")
    expect(second.locator(".letter__status")).to_have_text("Saved")
    expect(second.locator(".rescue")).to_have_count(0)
    second.get_by_role("button", name="Throw the draft away").click()


def test_a_letter_sent_from_a_page_of_its_own_can_be_taken_back(nora: Page):
    nora.goto(f"/compose/?to={SAM}&subject=Too+far&body=Wait.")
    expect(body(nora)).to_be_focused()
    nora.keyboard.press("Control+Enter")
    nora.locator("#rows .row").first.wait_for()
    nora.get_by_role("button", name="Undo").click()
    expect(subject(nora)).to_have_value("Too far")
    nora.get_by_role("button", name="Throw the draft away").click()
    expect(nora.locator("#composer")).to_have_count(0)


def test_opening_and_closing_leaves_no_draft(nora: Page, letters):
    before = len(letters(NORA, "Drafts"))
    write(nora)
    nora.wait_for_timeout(1_500)
    nora.get_by_role("button", name="Close, keep the draft").click()
    expect(nora.locator("#composer")).to_have_count(0)
    assert len(letters(NORA, "Drafts")) == before


def test_words_typed_before_the_editor_is_there_are_kept(nora: Page, letters):
    """A slow line: the form is there, the editor's code is not yet."""
    nora.route("**/editor*.js", lambda route: (nora.wait_for_timeout(1_500), route.continue_()))
    nora.goto("/compose/")
    subject(nora).fill("Early bird")
    expect(body(nora)).to_be_visible()
    expect(nora.locator(".letter__status")).to_have_text("Saved")
    assert any(b"Early bird" in raw for raw in letters(NORA, "Drafts"))

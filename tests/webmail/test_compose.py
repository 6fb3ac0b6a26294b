"""Writing in the browser: the form by itself, and as scripts use it."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mailcore.drafts import rows
from mailcore.models import Draft, Entry, Message
from mailcore.people import completion
from mailcore.store import blobs, mailboxes, quota
from tests.webmail.conftest import BACKEND

SCRIPT = {"X-Fragment": "1"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def the_draft(account) -> Draft:
    return Draft.objects.filter(account_id=account.pk).latest("id")


def subjects(account, name: str) -> list[str]:
    mailbox = mailboxes.named(account.pk, name)
    ids = Entry.objects.filter(account_id=account.pk, mailbox_id=mailbox.id, expunged=False).values(
        "message_id"
    )
    return [row.subject for row in Message.objects.filter(account_id=account.pk, id__in=ids).order_by("id")]


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.MAIL_UNDO_SECONDS = 0


def typed(draft: Draft, **fields: object) -> dict[str, object]:
    return {"based_on": draft.revision, "to": "", "subject": "", "text": "", "do": "save"} | fields


# --- without scripts -------------------------------------------------------------------------------------


def test_the_whole_way_without_scripts(page, alice, bob):
    assert page.get("/compose/?to=bob@example.org").status_code == 200
    draft = the_draft(alice)
    saved = page.post(
        f"/compose/{draft.id}/", typed(draft, to="bob@example.org", subject="Tea", text="At four?")
    )
    assert saved["Location"] == f"/compose/{draft.id}/"
    assert subjects(alice, "Drafts") == ["Tea"]
    sent = page.post(
        f"/compose/{draft.id}/", typed(draft, to="bob@example.org", subject="Tea", text="At four?", do="send")
    )
    assert sent.status_code == 303
    assert subjects(bob, "INBOX") == ["Tea"] and subjects(alice, "Drafts") == []


@pytest.mark.parametrize("undo_seconds", [0, 600])
def test_files_travel_with_the_form(page, alice, bob, settings, undo_seconds):
    settings.MAIL_UNDO_SECONDS = undo_seconds
    page.get("/compose/")
    draft = the_draft(alice)
    menu = SimpleUploadedFile("menu.pdf", b"%PDF-", "application/pdf")
    answer = page.post(
        f"/compose/{draft.id}/", typed(draft, to="bob@example.org", subject="Menu", do="send", files=menu)
    )
    assert answer.status_code == 303, answer.content.decode()
    assert subjects(alice, "Sent") == ["Menu"]
    assert subjects(bob, "INBOX") == ([] if undo_seconds else ["Menu"])


def test_doubts_are_asked_about_and_can_be_overruled(page, alice, bob):
    page.get("/compose/")
    draft = the_draft(alice)
    fields = typed(draft, to="bob@example.org", text="The plan is attached.", do="send")
    asked = page.post(f"/compose/{draft.id}/", fields)
    assert asked.status_code == 422
    assert b"no subject" in asked.content and b"attachment" in asked.content
    assert subjects(bob, "INBOX") == []
    assert page.post(f"/compose/{draft.id}/", fields | {"do": "send_anyway"}).status_code == 303
    assert subjects(bob, "INBOX") == [""]


def test_what_was_typed_survives_a_mistake(page, alice):
    page.get("/compose/")
    draft = the_draft(alice)
    fields = typed(draft, to="nobody@example.org", subject="Tea", text="precious words", do="send")
    answer = page.post(f"/compose/{draft.id}/", fields)
    assert answer.status_code == 400
    assert b"precious words" in answer.content and b"nobody@example.org" in answer.content
    assert subjects(alice, "Drafts") == [] or the_draft(alice).text == "precious words"


def test_throwing_away(page, alice):
    page.get("/compose/")
    draft = the_draft(alice)
    page.post(f"/compose/{draft.id}/", typed(draft, text="x"))
    page.post(f"/compose/{draft.id}/", {"do": "discard"})
    assert not Draft.objects.filter(account_id=alice.pk).exists()
    assert subjects(alice, "Drafts") == []


@pytest.mark.parametrize(
    ("mailto", "to", "subject"),
    [
        ("mailto:bob@example.org?subject=Tea%20time", "bob@example.org", "Tea time"),
        ("mailto:a@x.org,b@x.org?cc=c@x.org&bcc=d@x.org", "a@x.org,b@x.org", ""),
        ("mailto:?to=a@x.org&attach=/etc/passwd", "a@x.org", ""),
        ("javascript:alert(1)", "", ""),
        ("mailto:a%0d%0aBcc:%20x@y.org", "a\r\nBcc: x@y.org", ""),
    ],
)
def test_mailto(page, alice, mailto, to, subject):
    page.get("/compose/", {"mailto": mailto})
    draft = the_draft(alice)
    assert (draft.to, draft.subject) == (to, subject)


# --- with scripts ----------------------------------------------------------------------------------------


def test_saving_answers_with_the_revision(page, alice):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    answer = page.post(f"/compose/{draft.id}/", typed(draft, subject="T"), headers=SCRIPT)
    assert json.loads(answer.content) == {"id": draft.id, "revision": 1}


def test_another_window_is_noticed(page, alice):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    page.post(f"/compose/{draft.id}/", typed(draft, subject="One"), headers=SCRIPT)
    answer = page.post(f"/compose/{draft.id}/", typed(draft, subject="Two"), headers=SCRIPT)
    assert answer.status_code == 409 and "another window" in json.loads(answer.content)["problem"]
    assert the_draft(alice).subject == "One"


def test_an_attachment_up_and_away(page, alice):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    upload = SimpleUploadedFile("../../etc/pass\x00wd.txt", b"x" * 10, "text/plain")
    told = json.loads(page.post(f"/compose/{draft.id}/files/", {"file": upload}, headers=SCRIPT).content)
    [file] = rows.files(draft)
    assert "/" not in file.name and "\0" not in file.name and "paper" in told["item"]
    back = page.get(f"/compose/{draft.id}/files/{file.id}/")
    assert b"".join(back) == b"x" * 10
    assert back["Content-Disposition"] == "attachment"
    page.post(f"/compose/{draft.id}/files/{file.id}/", headers=SCRIPT)
    assert rows.files(draft) == []


def test_files_that_come_up_meanwhile_are_no_other_window(page, alice):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    for number in range(2):
        upload = SimpleUploadedFile(f"{number}.txt", b"x")
        assert page.post(f"/compose/{draft.id}/files/", {"file": upload}, headers=SCRIPT).status_code == 200
    answer = page.post(f"/compose/{draft.id}/", typed(draft, subject="Typed meanwhile"), headers=SCRIPT)
    assert answer.status_code == 200 and the_draft(alice).subject == "Typed meanwhile"


def test_too_big_a_file_is_a_sentence(page, alice, settings):
    settings.MAIL_MAX_MESSAGE_BYTES = 1000
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    upload = SimpleUploadedFile("big", b"x" * 1000)
    answer = page.post(f"/compose/{draft.id}/files/", {"file": upload}, headers=SCRIPT)
    assert answer.status_code == 413 and "Too big" in json.loads(answer.content)["problem"]


def test_a_full_mailbox_keeps_the_words(page, alice, bob):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    quota.allow(alice.pk, 1)
    answer = page.post(
        f"/compose/{draft.id}/", typed(draft, to="bob@example.org", text="precious"), headers=SCRIPT
    )
    told = json.loads(answer.content)
    assert answer.status_code == 400 and "full" in told["problem"]
    assert the_draft(alice).text == "precious"
    fields = typed(draft, to="bob@example.org", subject="Tea", text="precious too", do="send")
    answer = page.post(f"/compose/{draft.id}/", fields | {"based_on": told["revision"]}, headers=SCRIPT)
    assert answer.status_code == 400 and the_draft(alice).state == "open"
    assert the_draft(alice).text == "precious too" and subjects(bob, "INBOX") == []
    quota.allow(alice.pk, 0)
    fields["based_on"] = json.loads(answer.content)["revision"]
    assert page.post(f"/compose/{draft.id}/", fields, headers=SCRIPT).status_code == 200
    assert subjects(bob, "INBOX") == ["Tea"]


def test_a_picture_within_the_text_leaves_as_cid(page, alice, bob):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    upload = SimpleUploadedFile("roof.png", PNG, "image/png")
    place = json.loads(
        page.post(f"/compose/{draft.id}/files/", {"file": upload, "inline": "1"}, headers=SCRIPT).content
    )["src"]
    assert page.get(place)["Content-Type"] == "image/png"
    html = f'<div>Look: <img src="{place}" alt="roof"></div>'
    fields = typed(draft, to="bob@example.org", subject="Roof", html=html, is_rich="on", do="send")
    fields["based_on"] = rows.of(alice.pk, draft.id).revision
    assert page.post(f"/compose/{draft.id}/", fields, headers=SCRIPT).status_code == 200
    raw = blobs.read(bytes(Message.objects.filter(account_id=bob.pk).latest("id").digest))
    content_id = re.search(rb"cid:([0-9a-f]+@picture)", raw.replace(b"=\r\n", b""))[1]
    assert b"<" + content_id + b">" in raw


def test_html_leaves_sanitised(page, alice):
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    html = (
        "<div onclick=x()>a<script>alert(1)</script><img src=x onerror=alert(1)><svg><a href=javascript:x>b</a></svg>"
        '<a href="javascript:x()">c</a><p style="position:fixed;color:red">d</p><iframe src=//e></iframe></div>'
    )
    page.post(f"/compose/{draft.id}/", typed(draft, html=html, is_rich="on"), headers=SCRIPT)
    kept = the_draft(alice).html
    assert not re.search(r"script|onerror|onclick|svg|position|iframe|src=", kept), kept
    assert "color:red" in kept


def test_people_are_offered(page, alice):
    completion.remember(alice.pk, [("bob@example.org", "Bob Barker <b>"), ("carol@example.org", "Carol")])
    answer = page.get("/compose/people/?q=bar", headers=SCRIPT)
    assert b"bob@example.org" in answer.content and b"carol" not in answer.content
    assert b"<b>" not in answer.content


def test_undo_opens_the_letter_again(page, alice, bob, settings):
    settings.MAIL_UNDO_SECONDS = 600
    page.get("/compose/", headers=SCRIPT)
    draft = the_draft(alice)
    fields = typed(draft, to="bob@example.org", subject="Tea", text="At four?", do="send")
    told = json.loads(page.post(f"/compose/{draft.id}/", fields, headers=SCRIPT).content)
    assert f"/compose/{draft.id}/undo/" in told["toast"]
    answer = page.post(f"/compose/{draft.id}/undo/", headers=SCRIPT)
    assert json.loads(answer.content) == {"open": f"/compose/{draft.id}/"}
    assert subjects(bob, "INBOX") == [] and subjects(alice, "Drafts") == ["Tea"]


# --- answers ---------------------------------------------------------------------------------------------


def test_an_answer_quotes_what_is_safe_to_send_on(page, alice, html_letter):
    row = html_letter(
        '<p style="color:red" onclick="x()">Hi</p><script>x</script><img src="https://spy.test/p.gif">'
    )
    assert page.get(f"/compose/reply/{row.message_id}/").status_code == 200
    draft = the_draft(alice)
    assert "onclick" not in draft.quote_html and "script" not in draft.quote_html
    shown = page.get(f"/compose/{draft.id}/quote/")
    assert b"spy.test" not in shown.content
    assert "sandbox" in shown["Content-Security-Policy"] and "script" not in shown["Content-Security-Policy"]


def test_to_all(page, alice, deliver):
    row = deliver(to="alice@example.org, Carol <carol@x.org>", headers="Cc: Dan <dan@x.org>\r\n")
    page.get(f"/compose/reply/{row.message_id}/?all=1")
    draft = the_draft(alice)
    assert draft.to == "Bob Barker <bob@example.org>"
    assert draft.cc == "Carol <carol@x.org>, Dan <dan@x.org>"


def test_a_list_says_where_answers_go(page, alice, deliver):
    wishes = "List-Post: <mailto:list@x.org>\r\nMail-Followup-To: list@x.org, alice@example.org\r\n"
    row = deliver(to="list@x.org", headers=f"{wishes}Cc: Dan <dan@x.org>\r\n")
    assert b"?list=1" in page.get(f"/c/{row.conversation_id}/").content
    for question, to in (
        ("", "Bob Barker <bob@example.org>"),
        ("?all=1", "list@x.org"),
        ("?list=1", "list@x.org"),
    ):
        page.get(f"/compose/reply/{row.message_id}/{question}")
        assert (the_draft(alice).to, the_draft(alice).cc) == (to, "")


@pytest.mark.parametrize(
    "subject",
    [
        "{{ 7|add:7 }}{% debug %}",
        "</textarea><script>alert(1)</script>",
        '" autofocus onfocus="alert(1)',
        "\u202egpj.exe",
    ],
)
def test_nothing_in_a_subject_is_markup(page, alice, deliver, subject):
    """SECURITY D11, D30."""
    row = deliver(subject=subject, body=f"{subject}\r\n")
    content = page.get(f"/compose/reply/{row.message_id}/").content.decode()
    assert "<script>alert" not in content and 'onfocus="alert' not in content and "14{%" not in content


# --- other people's ---------------------------------------------------------------------------------------


def test_another_accounts_letters_are_not_there(page, alice, bob, deliver):
    """SECURITY D19."""
    row = deliver()
    page.get("/compose/")
    draft = the_draft(alice)
    upload = SimpleUploadedFile("a.txt", b"x")
    page.post(f"/compose/{draft.id}/files/", {"file": upload}, headers=SCRIPT)
    [file] = rows.files(draft)
    thief = Client()
    thief.force_login(bob, backend=BACKEND)
    for path in (
        f"/compose/reply/{row.message_id}/",
        f"/compose/forward/{row.message_id}/",
        f"/compose/draft/{row.message_id}/",
        f"/compose/{draft.id}/",
        f"/compose/{draft.id}/quote/",
        f"/compose/{draft.id}/files/{file.id}/",
    ):
        assert thief.get(path).status_code == 404, path
    for path in (
        f"/compose/{draft.id}/",
        f"/compose/{draft.id}/files/",
        f"/compose/{draft.id}/files/{file.id}/",
    ):
        assert (
            thief.post(path, {"do": "discard", "file": SimpleUploadedFile("b", b"b")}).status_code == 404
        ), path
    assert thief.post(f"/compose/{draft.id}/undo/", headers=SCRIPT).status_code in (404, 409)
    assert rows.files(draft) and Draft.objects.filter(account_id=alice.pk).exists()


def test_fields_that_are_not_on_the_form_change_nothing(page, alice, bob):
    """SECURITY D21."""
    page.get("/compose/")
    draft = the_draft(alice)
    extra = {"account_id": bob.pk, "state": "sent", "message_id": "evil@x", "mirror_uid": 1, "source_id": 1}
    page.post(f"/compose/{draft.id}/", typed(draft, subject="Tea") | extra)
    after = rows.of(alice.pk, draft.id)
    assert (after.state, after.message_id, after.source_id) == ("open", draft.message_id, None)

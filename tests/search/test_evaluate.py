"""SEARCH finds what is there: indexed, half indexed, not indexed. RFC 9051 §6.4.4."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from mailcore.models import Message, SearchSegment
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.search import evaluate, fulltext, query, web_syntax
from mailcore.search.query import (
    All,
    And,
    Bcc,
    Before,
    Body,
    Cc,
    ConversationId,
    FileName,
    From,
    HasAttachment,
    HasFlag,
    HasKeyword,
    Header,
    InFolder,
    InMailbox,
    Larger,
    MessageId,
    ModseqAtLeast,
    Near,
    Not,
    Older,
    On,
    Or,
    SavedOn,
    SavedSince,
    SentBefore,
    SentOn,
    SentSince,
    Since,
    Smaller,
    Subject,
    Text,
    To,
    Uid,
    WithId,
    Words,
    Younger,
)
from mailcore.store import flags, mailboxes, messages, upkeep
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db

HTML = b"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Cr=C3=A8me <b>br=C3=BB</b>l=C3=A9e</p><style>hidden</style>
--b
Content-Type: application/pdf; name="Rezept.pdf"
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""
JAPANESE = b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + "会議の日程について".encode("iso2022_jp")
BASE64 = b"""Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

aGlkZGVuIHdv
cmRzIGhlcmU=
"""


def letter(content, **fields):
    """A message whose content brings its own MIME header."""
    return message(body="", **fields)[:-2] + content.replace(b"\n", b"\r\n")


@pytest.fixture(params=["indexed", "half indexed", "not indexed"])
def inbox(request, alice):
    """Six messages, UIDs 1 to 6."""
    mails = [
        message(
            "Tea",
            body="At four?\r\nBring\r\nbiscuits.\r\n",
            message_id="tea@x",
            date="Fri, 20 Nov 2026 00:30:00 +0900",
        ),
        message(
            "Re: Tea",
            sender="Bob <bob@example.org>",
            to="alice@example.org, Carol <carol@x.org>",
            cc="dave@x.org",
            references="<tea@x>",
            x_mailer="Mutt 2.2",
        ),
        letter(HTML, subject="=?utf-8?q?R=C3=A9sum=C3=A9?=", sender="=?utf-8?q?J=C3=BCrgen?= <j@x.org>"),
        letter(JAPANESE, subject="Meeting"),
        letter(BASE64, subject="Hidden"),
        message("Long", body="the quick brown fox jumps over the lazy dog\r\n" * 200, bcc="eve@x.org"),
    ]
    deliver(alice, *mails[:3])
    if request.param != "not indexed":
        fulltext.index_pending()
    deliver(alice, *mails[3:])
    if request.param == "indexed":
        fulltext.index_pending()
    box = mailboxes.named(alice.pk, "INBOX")
    flags.add(box, [1, 2], SEEN, frozenset())
    flags.add(box, [2], FLAGGED, frozenset({"$Work"}))
    return mailboxes.named(alice.pk, "INBOX")


@pytest.mark.parametrize(
    ("wanted", "uids"),
    [
        (All(), [1, 2, 3, 4, 5, 6]),
        (From("bob"), [2]),
        (From("BOB@EXAMPLE"), [2]),
        (From("jürgen"), [3]),
        (From("jurgen"), [3]),
        (From(""), [1, 2, 3, 4, 5, 6]),
        (To("carol"), [2]),
        (Cc("dave"), [2]),
        (Cc("carol"), []),
        (Bcc("eve"), [6]),
        (Subject("tea"), [1, 2]),
        (Subject("résumé"), [3]),
        (Subject("resume"), [3]),
        (Header("X-Mailer", "mutt"), [2]),
        (Header("x-mailer", ""), [2]),
        (Header("X-Mailer", "thunderbird"), []),
        (Header("Subject", "bring"), []),
        (Body("biscuits"), [1]),
        (Body("bring biscuits"), [1]),
        (Body("iscui"), [1]),
        (Body("Subject"), []),
        (Body("crème brûlée"), [3]),
        (Body("creme brulee"), [3]),
        (Body("hidden"), [5]),
        (Body("rezept.pdf"), [3]),
        (Body("会議"), [4]),
        (Body("日程"), [4]),
        (Body("words here"), [5]),
        (Body("xyzzy"), []),
        (Body("%"), []),
        (Body("_"), []),
        (Text("mutt"), [2]),
        (Text("hidden"), [5]),
        (Text("four"), [1, 2]),
        (Words("rezept"), [3]),
        (Words("mutt"), []),
        (FileName("pdf"), [3]),
        (Near("quick", "fox", 2), [6]),
        (Near("fox", "dog", 2), []),
        (HasAttachment(), [3]),
        (HasFlag(SEEN), [1, 2]),
        (Not(HasFlag(SEEN)), [3, 4, 5, 6]),
        (HasFlag(FLAGGED), [2]),
        (HasKeyword("$work"), [2]),
        (HasKeyword("%"), []),
        (Larger(2000), [6]),
        (Smaller(2000), [1, 2, 3, 4, 5]),
        (Larger(10**30), []),
        (Uid(((2, 3), (6, 9))), [2, 3, 6]),
        (Uid(()), []),
        (SentOn(date(2026, 11, 20)), [1, 2, 3, 4, 5, 6]),
        (SentOn(date(2026, 11, 19)), []),
        (SentBefore(date(2026, 11, 20)), []),
        (SentBefore(date(2026, 11, 21)), [1, 2, 3, 4, 5, 6]),
        (SentSince(date(2026, 11, 20)), [1, 2, 3, 4, 5, 6]),
        (SentSince(date(2026, 11, 21)), []),
        (WithId("tea@x"), [1]),
        (And((Subject("tea"), Not(From("bob")))), [1]),
        (Or((Body("biscuits"), From("jürgen"))), [1, 3]),
        (Not(Or((Body("biscuits"), HasFlag(FLAGGED)))), [3, 4, 5, 6]),
        (And((Not(HasFlag(SEEN)), Body("hidden"))), [5]),
        (And((Or((HasFlag(FLAGGED), Body("fox"))), Or((Larger(2000), Subject("tea"))))), [2, 6]),
        (And(()), [1, 2, 3, 4, 5, 6]),
        (Or(()), []),
        (Not(All()), []),
    ],
    ids=repr,
)
def test_what_is_found(inbox, wanted, uids):
    assert evaluate.uids(inbox, wanted) == uids


def test_dates_and_ids(inbox):
    now = int(time.time())
    today = datetime.fromtimestamp(now, UTC).date()
    everything = [1, 2, 3, 4, 5, 6]
    for wanted, found in [
        (On(today), everything),
        (Since(today), everything),
        (Before(today), []),
        (SavedOn(today), everything),
        (SavedSince(today), everything),
        (Younger(3600), everything),
        (Older(3600), []),
        (Before(date(1, 1, 1)), []),
        (Since(date(9999, 12, 31)), []),
        (On(date(9999, 12, 31)), []),
        (InMailbox(inbox.id), everything),
        (InMailbox(1), []),
        (ModseqAtLeast(1), everything),
        (ModseqAtLeast(1 << 62), []),
    ]:
        assert evaluate.uids(inbox, wanted) == found, wanted
    first = Message.objects.get(account_id=inbox.account_id, message_id="tea@x")
    assert evaluate.uids(inbox, MessageId(first.id)) == [1]
    assert evaluate.uids(inbox, ConversationId(first.conversation_id)) == [1, 2]


def test_only_what_is_there_is_found(inbox):
    """Neither what was expunged, nor what lies elsewhere, nor another's."""
    trash = mailboxes.special(inbox.account_id, "\\Trash")
    messages.move(inbox, [1], trash)
    assert evaluate.uids(inbox, Body("biscuits")) == []
    assert evaluate.uids(trash, Body("biscuits")) == [1]


def test_another_accounts_mail_is_not_found(inbox, bob):
    deliver(bob, message("Secret", body="biscuits for bob\r\n"))
    fulltext.index_pending()
    mine = mailboxes.named(bob.pk, "INBOX")
    assert evaluate.uids(mine, Body("biscuits")) == [1]
    assert evaluate.uids(inbox, Body("for bob")) == []


def test_deep_trees_are_no_problem(inbox):
    wanted = Body("biscuits")
    for _ in range(60):
        wanted = Not(Not(And((wanted, Or((wanted,))))) if _ < 3 else wanted)
    assert evaluate.uids(inbox, wanted) in ([1], [2, 3, 4, 5, 6])


def test_matches_asks_about_some_entries(inbox):
    ids = list(inbox_entries(inbox))
    assert evaluate.matches(inbox.account_id, ids[:3], Subject("tea")) == set(ids[:2])


def inbox_entries(inbox):
    from mailcore.models import Entry

    return (
        Entry.objects.filter(account_id=inbox.account_id, mailbox_id=inbox.id)
        .order_by("uid")
        .values_list("id", flat=True)
    )


# --- the index ----------------------------------------------------------------------------------------


def test_segments_fill_up_and_stay_in_order(alice, monkeypatch):
    monkeypatch.setattr(fulltext.segment, "SIZE", 2_000)
    for start in range(0, 30, 7):
        deliver(
            alice,
            *(message(f"Number {n}", body=f"needle{n:02} " + "hay " * 50) for n in range(start, start + 7)),
        )
        assert fulltext.index_pending() == 7
        assert fulltext.index_pending() == 0
    segments = SearchSegment.objects.filter(account_id=alice.pk).order_by("id")
    assert sum(one.count for one in segments) == 35
    assert len(segments) > 3
    assert all(one.size >= 2_000 for one in [*segments][:-1])
    inbox = mailboxes.named(alice.pk, "INBOX")
    for n in range(35):
        assert evaluate.uids(inbox, Body(f"needle{n:02}")) == [n + 1]
    assert len(evaluate.uids(inbox, Body("hay"))) == 35


def test_a_flood_is_indexed_when_it_is_over(alice):
    fulltext._growing.clear()
    deliver(alice, message("One"))
    assert fulltext.index_pending(wait_for_quiet=True) == 0
    deliver(alice, message("Two"))
    assert fulltext.index_pending(wait_for_quiet=True) == 0
    assert fulltext.index_pending(wait_for_quiet=True) == 2
    assert fulltext.index_pending(wait_for_quiet=True) == 0


def test_a_second_indexer_does_no_harm(alice, monkeypatch):
    deliver(alice, message("One", body="needle"))
    write = fulltext._write

    def overtaken(*args):
        monkeypatch.setattr(fulltext, "_write", write)
        fulltext.index_account(alice.pk)
        return write(*args)

    monkeypatch.setattr(fulltext, "_write", overtaken)
    assert fulltext.index_account(alice.pk) == 0
    assert SearchSegment.objects.get(account_id=alice.pk).count == 1
    assert evaluate.uids(mailboxes.named(alice.pk, "INBOX"), Body("needle")) == [1]


def test_deleted_mail_leaves_the_index(alice, monkeypatch):
    deliver(alice, message("One", body="secret plans"), message("Two", body="other"))
    fulltext.index_pending()
    inbox = mailboxes.named(alice.pk, "INBOX")
    messages.remove(inbox, [1])
    monkeypatch.setattr(upkeep, "GRACE_SECONDS", -10)
    assert upkeep.forget_expunged(alice.pk) == 1
    assert fulltext.tidy() == 1
    assert fulltext.tidy() == 0
    one = SearchSegment.objects.get(account_id=alice.pk)
    assert one.count == 1
    assert b"secret" not in fulltext.segment._open(one.short)
    assert evaluate.uids(inbox, Body("other")) == [2]
    messages.remove(inbox, [2])
    upkeep.forget_expunged(alice.pk)
    assert fulltext.tidy() == 1
    assert not SearchSegment.objects.filter(account_id=alice.pk).exists()


def test_a_rebuilt_index_is_the_same(alice):
    deliver(alice, message("One", body="needle"))
    fulltext.index_pending()
    fulltext.rebuild([alice.pk])
    assert fulltext.through(alice.pk) == alice.pk << 32
    assert fulltext.index_pending() == 1
    assert evaluate.uids(mailboxes.named(alice.pk, "INBOX"), Body("needle")) == [1]


def test_a_big_message_is_found_by_its_text(alice, settings):
    settings.MAIL_INLINE_BLOB_BYTES = 1000
    attachment = b"QUJD" * 19 + b"\n"
    content = (
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nneedle\n--b\n"
        b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
        + attachment * 2000
        + b"--b\n\nlast words\n--b--\n"
    )
    deliver(alice, letter(content, subject="Big"))
    inbox = mailboxes.named(alice.pk, "INBOX")
    for _ in range(2):
        assert evaluate.uids(inbox, Body("needle")) == [1]
        assert evaluate.uids(inbox, Body("last words")) == [1]
        assert evaluate.uids(inbox, Body("QUJD")) == []
        fulltext.index_pending()


WORDS = ["tea", "biscuit", "crème", "Grüße", "日本", "fox", "o", "quetzalcoatlus"]


def test_random_queries_agree_with_a_plain_reading(alice, monkeypatch):
    """The same answer as somebody who reads every message."""
    monkeypatch.setattr(fulltext.segment, "SIZE", 600)
    dice = random.Random(7)
    letters = []
    for _ in range(40):
        subject, body = (" ".join(dice.choices(WORDS, k=dice.randint(0, 4))) for _ in range(2))
        letters.append((subject, body))
        raw = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n".encode()
        deliver(alice, raw, flags=SEEN if dice.random() < 0.5 else 0)
        if dice.random() < 0.3:
            fulltext.index_pending()
    inbox = mailboxes.named(alice.pk, "INBOX")
    seen = set(evaluate.uids(inbox, HasFlag(SEEN)))

    def tree(depth):
        kind = dice.randrange(7 if depth else 4)
        word = dice.choice(WORDS)
        match kind:
            case 0:
                return Subject(word)
            case 1:
                return Body(word)
            case 2:
                return HasFlag(SEEN)
            case 3:
                low = dice.randint(1, 40)
                return Uid(((low, low + dice.randint(0, 10)),))
            case 4:
                return Not(tree(depth - 1))
            case 5:
                return And(tuple(tree(depth - 1) for _ in range(dice.randint(1, 3))))
        return Or(tuple(tree(depth - 1) for _ in range(dice.randint(1, 3))))

    def holds(term, uid):
        subject, body = (fulltext.message_text.octets(text) for text in letters[uid - 1])
        match term:
            case Subject(word):
                return fulltext.message_text.octets(word) in subject
            case Body(word):
                return fulltext.message_text.octets(word) in body
            case HasFlag():
                return uid in seen
            case Uid(((low, high),)):
                return low <= uid <= high
            case Not(inner):
                return not holds(inner, uid)
            case And(terms):
                return all(holds(one, uid) for one in terms)
            case Or(terms):
                return any(holds(one, uid) for one in terms)
        raise AssertionError(term)

    for _ in range(150):
        wanted = tree(3)
        assert evaluate.uids(inbox, wanted) == [uid for uid in range(1, 41) if holds(wanted, uid)], wanted


# --- the browser's pages ------------------------------------------------------------------------------


def pages(account, typed, size=3):
    """Conversation ids page by page."""
    before, found = None, []
    while True:
        page, before = evaluate.conversations(
            account.pk, web_syntax.parse(typed, datetime.now(UTC)), before=before, size=size
        )
        found.append([number for number, _ in page])
        if before is None:
            return found


def test_each_conversation_stands_on_one_page(alice):
    for n in range(8):
        deliver(alice, message(f"Topic {n}", message_id=f"{n}@x", body="needle"))
    deliver(alice, *(message(f"Re: Topic {n}", references=f"<{n}@x>", body="needle again") for n in range(8)))
    fulltext.index_pending()
    newest_first = list(
        Message.objects.filter(account_id=alice.pk, subject__startswith="Re:")
        .order_by("-id")
        .values_list("conversation_id", flat=True)
    )
    for typed in ("needle", "subject:topic", "is:unread", "needle -xyzzy"):
        found = pages(alice, typed)
        assert [number for page in found for number in page] == newest_first
        assert [len(page) for page in found[:2]] == [3, 3]
    assert [len(page) for page in pages(alice, "subject:topic -subject:re", 50)] == [8]


def test_trash_and_spam_are_found_only_when_named(alice):
    for name in ("INBOX", "Trash", "Junk", "Archive"):
        deliver(alice, message(f"In {name}", body="needle"), mailbox=name)

    def subjects(typed):
        ids = [number for page in pages(alice, typed) for number in page]
        rows = Message.objects.filter(account_id=alice.pk, conversation_id__in=ids).values_list(
            "subject", flat=True
        )
        return sorted(rows)

    assert subjects("needle") == ["In Archive", "In INBOX"]
    assert subjects("needle in:trash") == ["In Trash"]
    assert subjects("needle in:spam") == ["In Junk"]
    assert subjects("needle in:anywhere") == ["In Archive", "In INBOX", "In Junk", "In Trash"]
    assert subjects("in:inbox") == ["In INBOX"]
    assert subjects("in:nowhere") == []
    assert subjects("-in:inbox in:anywhere") == ["In Archive", "In Junk", "In Trash"]


def test_a_folder_is_named_by_its_last_part_and_brings_what_is_below(alice):
    mailboxes.create(alice.pk, "Work/My Projects/2026")
    deliver(alice, message("Deep", body="needle"), mailbox="Work/My Projects/2026")
    for typed in ("in:work", "label:my-projects", 'in:"my projects"', "in:2026", "in:work/my-projects/2026"):
        assert [len(page) for page in pages(alice, typed)] == [1], typed


def test_folders_are_terms_like_others(inbox):
    assert evaluate.uids(inbox, InFolder("inbox")) == [1, 2, 3, 4, 5, 6]
    assert evaluate.uids(inbox, And((InFolder("sent"), query.Anywhere()))) == []


def test_a_search_that_meets_a_long_tail_has_it_indexed(alice, monkeypatch):
    monkeypatch.setattr(fulltext, "_LONG_TAIL", 5)
    deliver(alice, *(message(f"Number {n}", body=f"needle{n}") for n in range(4)))
    inbox = mailboxes.named(alice.pk, "INBOX")
    assert evaluate.uids(inbox, Body("needle2")) == [3]
    assert fulltext.through(alice.pk) == alice.pk << 32
    deliver(alice, message("Number 4", body="needle4"))
    assert evaluate.uids(inbox, Body("needle4")) == [5]
    assert fulltext.size(alice.pk) == 5


def test_what_looks_like_a_pattern_is_only_text(inbox):
    """SECURITY B12: no operator of any engine means anything, and nothing is slow."""
    began = time.process_time()
    for text in [
        "(a+)+$",
        "%" * 1000,
        "*",
        "tea OR biscuits",
        '"tea" NEAR four',
        "a" * 100_000,
        "\\",
        "'; --",
        "\ud800",
    ]:
        assert evaluate.uids(inbox, Or((Body(text), Subject(text), Header(text, text)))) == []
    evaluate.uids(inbox, Body("\0"))
    assert time.process_time() - began < 3


def test_the_operator_can_make_the_index_anew(alice, bob, capsys):
    deliver(alice, message("One"), message("Two"))
    deliver(bob, message("Three"))
    fulltext.index_pending()
    call_command("rebuild_search", alice.address)
    assert capsys.readouterr().out == f"account {alice.pk} indexed 2\n"
    call_command("rebuild_search")
    assert f"account {bob.pk} indexed 1\n" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("rebuild_search", "nobody@example.org")

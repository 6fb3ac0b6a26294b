"""SEARCH, SORT, THREAD as clients see them: numbers, UIDs, ESEARCH, saved results."""

from __future__ import annotations

import pytest

from tests.builders import deliver, message

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(alice, play):
    deliver(
        alice,
        message("Tea", message_id="1@x", date="Mon, 02 Nov 2026 10:00:00 +0000", body="green leaves\r\n"),
        message(
            "Cake",
            sender="Carol <carol@example.net>",
            message_id="2@x",
            date="Sun, 01 Nov 2026 10:00:00 +0000",
        ),
        message(
            "Re: Tea",
            message_id="3@x",
            references="<1@x>",
            date="Tue, 03 Nov 2026 10:00:00 +0000",
            body="x" * 5000,
        ),
        message("An Invitation", sender="Bob <bob@example.org>", date="Wed, 04 Nov 2026 10:00:00 +0000"),
    )
    play(r"""
        C: s SELECT INBOX
        S: ...
        S: s OK ...
        C: t STORE 2 +FLAGS.SILENT (\Seen $Sweet)
        S: t OK ...
    """)
    return play


@pytest.mark.parametrize(
    "keys, answer",
    [
        ("ALL", "1 2 3 4"),
        ("1:2", "1 2"),
        ("*", "4"),
        ("UNSEEN", "1 3 4"),
        ("SUBJECT tea", "1 3"),
        ("FROM carol", "2"),
        ("NOT FROM carol", "1 3 4"),
        ("OR SUBJECT cake SUBJECT invit", "2 4"),
        ("BODY leaves", "1"),
        ("TEXT GREEN", "1"),
        ("LARGER 4000", "3"),
        ("SMALLER 4000 UNSEEN", "1 4"),
        ("KEYWORD $Sweet", "2"),
        ("UNKEYWORD $sweet 1:3", "1 3"),
        ("SENTSINCE 3-Nov-2026", "3 4"),
        ("SENTON 1-Nov-2026", "2"),
        ("SENTBEFORE 2-Nov-2026", "2"),
        ("HEADER Message-ID 3@x", "3"),
        ("UID 3:*", "3 4"),
        ("NEW", ""),
        ("RECENT", ""),
        ("OLD", "1 2 3 4"),
        ("YOUNGER 3600", "1 2 3 4"),
        ("OLDER 3600", ""),
        ("(OR (SEEN) (SUBJECT tea)) NOT 1", "2 3"),
        ("CHARSET UTF-8 SUBJECT {3+}\nTea", "1 3"),
        ("SAVEDSINCE 1-Jan-2020", "1 2 3 4"),
    ],
)
def test_search(opened, keys, answer):
    lines = keys.replace("\n", "\n        C: ")
    opened(f"""
        C: a SEARCH {lines}
        S: * SEARCH{" " if answer else ""}{answer}
        S: a OK ...
        C: b SEARCH RETURN (COUNT ALL) {lines}
        S: * ESEARCH (TAG "b")...COUNT {len(answer.split())}
        S: b OK ...
    """)


def test_esearch_and_the_saved_result(opened):
    opened(r"""
        C: a UID SEARCH RETURN (MIN MAX COUNT) UNSEEN
        S: * ESEARCH (TAG "a") UID MIN 1 MAX 4 COUNT 3
        S: a OK ...
        C: b SEARCH RETURN () UNSEEN
        S: * ESEARCH (TAG "b") ALL 1,3:4
        S: b OK ...
        C: c SEARCH RETURN (MIN) FROM nobody
        S: * ESEARCH (TAG "c")
        S: c OK ...
        C: d SEARCH RETURN (SAVE) UNSEEN
        S: d OK ...
        C: e FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: e OK ...
        C: f SEARCH $ SUBJECT tea
        S: * SEARCH 1 3
        S: f OK ...
        C: g SEARCH RETURN (SAVE MIN) $
        S: * ESEARCH (TAG "g") MIN 1
        S: g OK ...
        C: h UID STORE $ +FLAGS.SILENT (\Deleted)
        S: h OK ...
        C: i UID EXPUNGE $
        S: * 1 EXPUNGE
        S: i OK ...
        C: j FETCH $ UID
        S: j OK ...
        C: k SEARCH RETURN (SAVE) CHARSET rot13 ALL
        S: k NO [BADCHARSET (...)] ...
        C: l FETCH $ UID
        S: l OK ...
    """)


def test_modseq_comes_with_the_result(opened):
    opened("""
        C: a SEARCH MODSEQ 1
        S: * SEARCH 1 2 3 4 (MODSEQ ...)
        S: a OK ...
        C: b SEARCH RETURN (COUNT) MODSEQ 1
        S: * ESEARCH (TAG "b") COUNT 4 MODSEQ ...
        S: b OK ...
        C: c SEARCH MODSEQ 99999999999999999999
        S: c BAD ...
        C: d SORT (REVERSE DATE) UTF-8 MODSEQ 1
        S: * SORT 4 3 1 2 (MODSEQ ...)
        S: d OK ...
        C: e SORT RETURN (COUNT) (DATE) UTF-8 MODSEQ 1
        S: * ESEARCH (TAG "e") COUNT 4 MODSEQ ...
        S: e OK ...
        C: f ESEARCH IN (inboxes) RETURN (COUNT) MODSEQ 1
        S: * ESEARCH (TAG "f" MAILBOX INBOX UIDVALIDITY ...) UID COUNT 4 MODSEQ ...
        S: f OK ...
    """)


def test_rev2_answers_with_esearch(opened):
    opened("""
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4REV2
        S: a OK ...
        C: b SEARCH SEEN
        S: * ESEARCH (TAG "b") ALL 2
        S: b OK ...
        C: c SELECT INBOX
        S: * OK [CLOSED] ...
        S: ...
        S: * LIST () "/" INBOX
        S: ...
        S: c OK ...
    """)


@pytest.mark.parametrize(
    "criteria, answer",
    [
        ("DATE", "2 1 3 4"),
        ("REVERSE DATE", "4 3 1 2"),
        ("SUBJECT", "4 2 1 3"),
        ("SUBJECT REVERSE DATE", "4 2 3 1"),
        ("FROM", "1 3 4 2"),
        ("REVERSE SIZE", "3 ..."),
        ("ARRIVAL", "1 2 3 4"),
        ("TO CC REVERSE ARRIVAL", "... ..."),
        ("DISPLAYFROM", "1 3 4 2"),
        ("REVERSE DISPLAYFROM DISPLAYTO", "2 4 1 3"),
    ],
)
def test_sort(opened, criteria, answer):
    opened(f"""
        C: a SORT ({criteria}) UTF-8 ALL
        S: * SORT {answer}
        S: a OK ...
        C: b UID SORT ({criteria}) US-ASCII ALL
        S: * SORT {answer}
        S: b OK ...
    """)


def test_sort_within_a_search(opened):
    opened(
        """
        C: a SORT (REVERSE DATE) UTF-8 SUBJECT tea
        S: * SORT 3 1
        S: a OK ...
        C: b SORT (REVERSE) UTF-8 ALL
        S: b BAD ...
        C: c SORT (FROBS) UTF-8 ALL
        S: c BAD ...
        C: d SORT () UTF-8 ALL
        S: d BAD ...
        C: e SORT (DATE) zlib ALL
        S: e NO [BADCHARSET ...] ...
        C: f SORT ("""
        + "DATE SUBJECT " * 400
        + """TO) UTF-8 ALL
        S: * SORT 2 1 3 4
        S: f OK ...
    """
    )


def test_thread(opened):
    opened("""
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (2)(1 3)(4)
        S: a OK ...
        C: b UID THREAD ORDEREDSUBJECT UTF-8 UNSEEN
        S: * THREAD (1 3)(4)
        S: b OK ...
        C: c THREAD FROBS UTF-8 ALL
        S: c BAD ...
        C: d THREAD REFERENCES UTF-8 FROM nobody
        S: * THREAD
        S: d OK ...
    """)


def test_pages_of_results(opened):
    """RFC 9394 §3.1: the newest two, whatever there is."""
    opened("""
        C: a UID SEARCH RETURN (PARTIAL -1:-2) ALL
        S: * ESEARCH (TAG "a") UID PARTIAL (-1:-2 3:4)
        S: a OK ...
        C: b SEARCH RETURN (PARTIAL 2:3 COUNT) ALL
        S: * ESEARCH (TAG "b") PARTIAL (2:3 2:3) COUNT 4
        S: b OK ...
        C: c SEARCH RETURN (PARTIAL 50:60) ALL
        S: * ESEARCH (TAG "c") PARTIAL (50:60 NIL)
        S: c OK ...
        C: d SEARCH RETURN (PARTIAL 1:2 ALL) ALL
        S: d BAD ...
        C: e SEARCH RETURN (SAVE PARTIAL 2:3) ALL
        S: * ESEARCH (TAG "e") PARTIAL (2:3 2:3)
        S: e OK ...
        C: f SEARCH RETURN (COUNT) $
        S: * ESEARCH (TAG "f") COUNT 2
        S: f OK ...
    """)


def test_pages_of_fetch(opened):
    """RFC 9394 §3.2: of the messages named, these."""
    opened("""
        C: a UID FETCH 1:* (UID) (PARTIAL -1:-2)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: a OK ...
        C: b UID FETCH 2:* (UID) (PARTIAL 1:2)
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: b OK ...
        C: c UID FETCH 1:* (UID) (PARTIAL 9:10)
        S: c OK ...
        C: d FETCH 1:* (UID) (PARTIAL 1:2)
        S: d BAD PARTIAL needs UID FETCH
        C: e UID FETCH 1:* (UID) (PARTIAL 0:2)
        S: e BAD ...
    """)


def test_sorted_results_come_as_esearch_too(opened):
    """RFC 5267 §3: in sorted order, and by page."""
    opened("""
        C: a UID SORT RETURN (ALL COUNT) (REVERSE DATE) UTF-8 ALL
        S: * ESEARCH (TAG "a") UID ALL 4,3,1:2 COUNT 4
        S: a OK ...
        C: b SORT RETURN (PARTIAL 1:2 MIN MAX) (REVERSE DATE) UTF-8 ALL
        S: * ESEARCH (TAG "b") MIN 4 MAX 2 PARTIAL (1:2 4,3)
        S: b OK ...
        C: c SORT RETURN (SAVE) (ARRIVAL) UTF-8 1
        S: c OK ...
        C: d SEARCH RETURN (COUNT) $
        S: * ESEARCH (TAG "d") COUNT 1
        S: d OK ...
        C: e SORT RETURN (COUNT) (ARRIVAL) UTF-8 FROM nobody
        S: * ESEARCH (TAG "e") COUNT 0
        S: e OK ...
    """)


def test_one_search_over_many_mailboxes(opened):
    """RFC 7377."""
    opened("""
        C: a COPY 1:2 Sent
        S: a OK ...
        C: b CREATE Work/Bills
        S: b OK ...
        C: c ESEARCH IN (mailboxes (INBOX Sent Nowhere Work/Bills)) RETURN (COUNT ALL) ALL
        S: * ESEARCH (TAG "c" MAILBOX INBOX UIDVALIDITY ...) UID ALL 1:4 COUNT 4
        S: * ESEARCH (TAG "c" MAILBOX Sent UIDVALIDITY ...) UID ALL 1:2 COUNT 2
        S: c OK ESEARCH completed
        C: d ESEARCH IN (personal) RETURN (COUNT) FROM nobody
        S: d OK ...
        C: e ESEARCH RETURN (COUNT) 1:2
        S: * ESEARCH (TAG "e" MAILBOX INBOX UIDVALIDITY ...) UID COUNT 2
        S: e OK ...
        C: f ESEARCH IN (personal) 1:2
        S: f BAD Message numbers are those of one mailbox
        C: g ESEARCH IN (personal) RETURN (SAVE) ALL
        S: g BAD ...
        C: h ESEARCH IN (selected) RETURN (SAVE) 3
        S: h OK ...
        C: i FETCH $ UID
        S: * 3 FETCH (UID 3)
        S: i OK ...
        C: j ESEARCH IN (subtree-one Sent inboxes) UID 2:3
        S: * ESEARCH (TAG "j" MAILBOX INBOX UIDVALIDITY ...) UID ALL 2:3
        S: * ESEARCH (TAG "j" MAILBOX Sent UIDVALIDITY ...) UID ALL 2
        S: j OK ...
        C: k ESEARCH IN (everything) ALL
        S: k BAD Unknown source
        C: l UNSELECT
        S: l OK ...
        C: m ESEARCH ALL
        S: m BAD No mailbox is selected
        C: n ESEARCH IN (subscribed) RETURN (COUNT) ALL
        S: ...
        S: n OK ...
    """)

"""New mail, told to browsers through a push service that really answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore

from mailcore.identity import accounts, preferences
from mailcore.models import AccountState, Entry, PushSubscription
from mailcore.models.entry import SEEN
from mailcore.outside import Answer
from mailcore.push import answer, keys, news, subscriptions, tell
from mailcore.push.errors import SubscriptionRefused
from mailcore.store import mailboxes, messages
from tests.builders import deliver, message
from tests.push.stand_in import Browser, PushService, push_service

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[PushService]:
    with push_service(tmp_path_factory.mktemp("push")) as service:
        yield service


@pytest.fixture
def service(running) -> PushService:
    running.browsers.clear()
    return running


def session_of(account) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(account.pk)
    session["_auth_user_hash"] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
def phone(service, alice) -> Browser:
    """Alice's, subscribed a while ago."""
    return subscribed(service, alice, "phone")


def subscribed(service: PushService, account, name: str) -> Browser:
    browser = service.browser(name)
    subscriptions.subscribe(account.pk, session_of(account), **browser.keys, browser=name)
    PushSubscription.objects.filter(account_id=account.pk).update(used=0)
    return browser


def letter(subject: str = "Tea", sender: str = "Bob Barker <bob@far.test>", **more: str) -> bytes:
    return message(subject, sender=sender, to=more.pop("to", "alice@example.org"), **more)


def run(account, service: PushService, at: float | None = None) -> int:
    return tell.run(account.pk, service.post, (lambda: at) if at is not None else time.time)


def row(account) -> PushSubscription:
    return PushSubscription.objects.get(account_id=account.pk)


def test_a_letter_is_told_once_with_sender_and_subject(alice, service, phone):
    deliver(alice, letter("Tea at four?", message_id="1@x"))
    assert run(alice, service) == 1
    assert run(alice, service) == 0
    told = phone.told.pop()
    assert (told["title"], told["body"], told["unread"]) == ("Bob Barker", "Tea at four?", 1)
    assert told["conversation"] and told["tag"] == f"mail-{told['conversation']}"
    assert [name for name, _ in told["actions"]] == ["archive", "read"]
    sent = phone.headers[0]
    assert (sent["ttl"], sent["urgency"], sent["topic"]) == ("86400", "normal", "mail")
    assert "cookie" not in sent and "user-agent" not in sent


def test_the_delivery_only_marks(alice, service, phone):
    tried = service.tried
    deliver(alice, letter())
    assert row(alice).due > 0
    assert service.tried == tried
    assert tell.due_accounts(0, int(time.time())) == [alice.pk]


def test_nobody_is_marked_who_did_not_subscribe(bob):
    deliver(bob, letter(to="bob@example.org"))
    assert not AccountState.objects.get(account_id=bob.pk).has_push


@pytest.mark.parametrize(
    ("raw", "where", "flags"),
    [
        (letter(), "INBOX", SEEN),
        (letter(), "Junk", 0),
        (letter(), "Sent", 0),
        (letter(sender="Alice Liddell <alice@example.org>"), "INBOX", 0),
    ],
    ids=["read already", "spam", "sent", "one's own"],
)
def test_what_is_no_news(alice, service, phone, raw, where, flags):
    deliver(alice, raw, mailbox=where, flags=flags)
    assert run(alice, service) == 0
    assert phone.told == []


def test_what_is_moved_to_the_inbox_is_no_news(alice, service, phone):
    deliver(alice, letter("Was spam"), mailbox="Junk")
    junk, inbox = mailboxes.named(alice.pk, "Junk"), mailboxes.named(alice.pk, "INBOX")
    messages.move(junk, [1], inbox)
    deliver(alice, letter("New"))
    run(alice, service)
    messages.move(inbox, [2], junk)
    messages.move(junk, [2], inbox)
    deliver(alice, letter("Newer"))
    run(alice, service, time.time() + 60)
    assert [told["body"] for told in phone.told if "conversation" in told][-1] == "Newer"
    assert len(phone.told) == 2


def test_an_import_of_old_mail_is_no_news(alice, service, phone):
    inbox = mailboxes.named(alice.pk, "INBOX")
    messages.append_bytes(alice.pk, inbox.id, letter("From 2001"), internaldate=1_000_000_000)
    assert run(alice, service) == 0


def test_many_at_once_are_one_message(alice, service, phone):
    deliver(alice, *(letter(f"Number {n}", message_id=f"{n}@x") for n in range(1, 7)))
    assert run(alice, service) == 1
    told = phone.told[0]
    assert told["title"] == "6 new messages"
    assert told["body"].splitlines() == [f"Bob Barker: Number {n}" for n in (6, 5, 4, 3)] + ["…"]
    assert "token" not in told


def test_what_comes_right_after_waits_a_moment_and_is_told_together(alice, service, phone):
    now = time.time()
    deliver(alice, letter("First", message_id="1@x"))
    assert run(alice, service, now) == 1
    deliver(alice, letter("Second", message_id="2@x"), letter("Third", message_id="3@x"))
    assert run(alice, service, now + 1) == 0
    assert now < row(alice).due <= now + tell.PAUSE_SECONDS
    assert tell.next_after(int(now)) == row(alice).due
    assert run(alice, service, now + tell.PAUSE_SECONDS + 1) == 1
    assert [told["title"] for told in phone.told] == ["Bob Barker", "2 new messages"]


def test_what_comes_while_we_tell_is_told_next(alice, service, phone):
    def slow(address: str, body: bytes, headers) -> Answer:
        deliver(alice, letter("Meanwhile", message_id="2@x"))
        return service.post(address, body, headers)

    deliver(alice, letter("First", message_id="1@x"))
    now = time.time()
    assert tell.run(alice.pk, slow, lambda: now) == 1
    assert row(alice).due == int(now) + tell.PAUSE_SECONDS
    assert run(alice, service, now + 10) == 1
    assert [told["body"] for told in phone.told] == ["First", "Meanwhile"]


def test_each_browser_has_its_own(alice, service, phone):
    laptop = subscribed(service, alice, "laptop")
    phone.answers.append((503, {}))
    deliver(alice, letter())
    assert run(alice, service) == 1
    assert (len(laptop.told), len(phone.told)) == (1, 0)
    assert run(alice, service, time.time() + 60) == 1
    assert (len(laptop.told), len(phone.told)) == (1, 1)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(alice, service, phone, status):
    phone.answers.append((status, {}))
    deliver(alice, letter())
    assert run(alice, service) == 0
    assert subscriptions.listing(alice.pk) == []
    assert not AccountState.objects.get(account_id=alice.pk).has_push


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(429, {"Retry-After": "120"}, 120), (429, {}, 30), (503, {}, 30), (500, {}, 30), (403, {}, 30)]
    + [(429, {"Retry-After": "99999999"}, 86_400), (503, {"Retry-After": "soon"}, 30)],
)  # fmt: skip
def test_a_push_service_that_is_away_is_asked_again(alice, service, phone, status, headers, wait):
    now = time.time()
    phone.answers.append((status, headers))
    deliver(alice, letter())
    assert run(alice, service, now) == 0
    assert (row(alice).due, row(alice).failures) == (int(now) + wait, 1)
    assert run(alice, service, now + wait - 1) == 0
    assert run(alice, service, now + wait + 1) == 1
    assert (row(alice).due, row(alice).failures) == (0, 0)
    assert len(phone.told) == 1


def test_it_is_asked_ever_more_rarely_and_at_last_given_up(alice, service, phone):
    now = time.time()
    deliver(alice, letter())
    waits = []
    for _ in range(tell.MOST_FAILURES):
        phone.answers.append((503, {}))
        run(alice, service, now)
        left = subscriptions.listing(alice.pk)
        if left:
            waits.append(left[0].due - int(now))
            now = left[0].due
    assert waits[:6] == [30, 60, 300, 900, 3600, 3600]
    assert subscriptions.listing(alice.pk) == []


def test_who_dies_while_telling_is_followed_by_the_next(alice, service, phone):
    class Killed(BaseException):
        """SIGKILL: nothing is put right."""

    def die(*_: object) -> Answer:
        raise Killed

    now = time.time()
    deliver(alice, letter())
    with pytest.raises(Killed):
        tell.run(alice.pk, die, lambda: now)
    assert run(alice, service, now + 5) == 0
    assert run(alice, service, now + tell.CLAIM_SECONDS + 1) == 1


def test_a_claim_is_one_workers(alice, service, phone):
    deliver(alice, letter())
    found = row(alice)
    again = row(alice)
    assert tell._claim(found, time.time())
    assert not tell._claim(again, time.time())


# --- what the person wants


def test_nothing(alice, service, phone):
    preferences.change(alice, notify="none")
    deliver(alice, letter())
    assert run(alice, service) == 0
    preferences.change(alice, notify="all")
    deliver(alice, letter("Later"))
    assert run(alice, service) == 1
    assert phone.told[0]["body"] == "Later"


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"cc": "Alice <alice@example.org>", "to": "team@far.test"}, True),
        ({"to": "everybody@far.test"}, False),
        ({"list_id": "<news.far.test>"}, False),
        ({"auto_submitted": "auto-generated"}, False),
    ],
)
def test_only_what_people_write(alice, service, phone, more, is_told):
    preferences.change(alice, notify="people")
    deliver(alice, letter(**more))
    assert run(alice, service) == is_told


def test_the_content_can_be_hidden(alice, service, phone):
    preferences.change(alice, notify_content=False)
    deliver(alice, letter("A secret"))
    run(alice, service)
    told = phone.told[0]
    assert (told["title"], told["body"], told["tag"]) == ("1 new message", "alice@example.org", "mail")
    assert "secret" not in str(told) and "Bob" not in str(told) and "token" not in told


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "is_quiet"),
    [(-1, 7, 3, False), (22, 7, 3, True), (22, 7, 22, True), (22, 7, 21, False), (22, 7, 7, False), (22, 7, 6, True)]
    + [(9, 17, 12, True), (9, 17, 17, False), (9, 9, 9, False), (0, 6, 0, True)],
)  # fmt: skip
def test_quiet_hours(begins, ends, hour, is_quiet):
    chosen = preferences.Preferences(quiet_from=begins, quiet_until=ends, time_zone="Asia/Tokyo")
    at = datetime(2026, 3, 2, hour, 30, tzinfo=UTC).timestamp() - 9 * 3600
    assert news.is_quiet(chosen, "Europe/Berlin", at) is is_quiet
    chosen = preferences.Preferences(quiet_from=begins, quiet_until=ends)
    assert news.is_quiet(chosen, "Asia/Tokyo", at) is is_quiet
    assert news.is_quiet(chosen, "Nowhere/Else", at + 9 * 3600) is is_quiet


def test_what_came_in_quiet_hours_is_not_told_afterwards(alice, service, phone):
    now = datetime.now(UTC).replace(hour=3).timestamp()
    preferences.change(alice, quiet_from=22, quiet_until=7, time_zone="UTC")
    deliver(alice, letter("In the night", message_id="1@x"))
    PushSubscription.objects.filter(account_id=alice.pk).update(due=1)
    assert run(alice, service, now) == 0
    preferences.change(alice, quiet_from=-1)
    deliver(alice, letter("In the morning", message_id="2@x"))
    run(alice, service)
    assert [told["body"] for told in phone.told] == ["In the morning"]


def test_long_and_twisted_texts_fit(alice, service, phone):
    deliver(
        alice, letter("\N{GRINNING FACE}" * 3000, sender="\u202eevil\u202c " + "x" * 3000 + " <e@far.test>")
    )
    assert run(alice, service) == 1
    told = phone.told[0]
    assert len(told["body"]) <= news.LONGEST_LINE and len(told["title"]) <= news.LONGEST_LINE
    assert "\u202e" not in told["title"]


# --- whose it is


def test_signed_out_means_silence(alice, service, phone):
    SessionStore(row(alice).session_key).delete()
    deliver(alice, letter())
    assert run(alice, service) == 0
    assert subscriptions.listing(alice.pk) == []


def test_a_new_password_silences_other_browsers(alice, service, phone):
    accounts.set_password(alice, "through the looking glass")
    deliver(alice, letter())
    assert run(alice, service) == 0
    assert subscriptions.listing(alice.pk) == []


def test_a_session_that_goes_on_under_another_key(alice, service, phone):
    subscriptions.moved(alice.pk, row(alice).session_key, session_of(alice))
    deliver(alice, letter())
    assert run(alice, service) == 1


def test_renewing_is_not_subscribing(alice, bob, service, phone):
    assert subscriptions.renew(alice.pk, session_of(alice), phone.endpoint, time_zone="Asia/Tokyo")
    assert row(alice).time_zone == "Asia/Tokyo"
    assert not subscriptions.renew(bob.pk, session_of(bob), phone.endpoint)
    assert not subscriptions.renew(alice.pk, session_of(alice), "https://push.test/other")


def test_the_same_browser_subscribes_once(alice, service, phone):
    subscriptions.subscribe(alice.pk, session_of(alice), **phone.keys, browser="phone")
    assert len(subscriptions.listing(alice.pk)) == 1


def test_there_is_an_end_to_browsers(alice, service):
    for number in range(subscriptions.MOST + 3):
        subscribed(service, alice, f"b{number}")
    assert len(subscriptions.listing(alice.pk)) == subscriptions.MOST


GOOD = Browser("x").keys


@pytest.mark.parametrize(
    "keys_sent",
    [
        GOOD | {"endpoint": "http://push.test/x"},
        GOOD | {"endpoint": "https://push.test:6379/x"},
        GOOD | {"endpoint": "https://me@push.test/x"},
        GOOD | {"endpoint": "https:///x"},
        GOOD | {"endpoint": "https://push.test/" + "x" * 1000},
        GOOD | {"endpoint": "https://push.test/\r\nX: y"},
        GOOD | {"endpoint": "file:///etc/passwd"},
        GOOD | {"endpoint": "https://[::1"},
        GOOD | {"endpoint": ""},
        GOOD | {"p256dh": ""},
        GOOD | {"p256dh": "BA"},
        GOOD | {"p256dh": "*"},
        GOOD | {"auth": "AAAA"},
        GOOD | {"auth": ""},
    ],
)
def test_what_is_no_subscription(alice, keys_sent):
    with pytest.raises(SubscriptionRefused):
        subscriptions.subscribe(alice.pk, session_of(alice), **keys_sent)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "2130706433"]
)
def test_our_own_network_is_not_reached(alice, host):
    """As the picture proxy: who subscribes with such an address only makes it fail."""
    keys_sent = Browser("x").keys | {"endpoint": f"https://{host}/x"}
    subscriptions.subscribe(alice.pk, session_of(alice), **keys_sent)
    PushSubscription.objects.filter(account_id=alice.pk).update(used=0)
    deliver(alice, letter())
    assert tell.run(alice.pk) == 0
    assert row(alice).failures == 1


def test_the_key_lasts_and_depends_on_the_secret(settings):
    first = keys.public()
    assert len(first) == 87
    assert keys.public() == first
    settings.SECRET_KEY = "another"
    assert keys.public() != first


def test_a_trial(alice, service, phone):
    assert tell.test(alice, row(alice), service.post)
    assert phone.told[0]["even_if_open"]
    phone.answers.append((400, {}))
    assert not tell.test(alice, row(alice), service.post)


# --- the buttons of a notification


def lying(account, name: str) -> list[Entry]:
    box = mailboxes.named(account.pk, name)
    return list(Entry.objects.filter(account_id=account.pk, mailbox_id=box.id, expunged=False))


@pytest.mark.parametrize(
    ("deed", "inbox", "archive", "seen"), [("archive", 0, 1, False), ("read", 1, 0, True)]
)
def test_buttons(alice, service, phone, deed, inbox, archive, seen):
    deliver(alice, letter())
    run(alice, service)
    answer.act(alice.pk, phone.told[0]["token"], deed)
    answer.act(alice.pk, phone.told[0]["token"], deed)  # twice is once
    left = lying(alice, "INBOX") + lying(alice, "Archive")
    assert (len(lying(alice, "INBOX")), len(lying(alice, "Archive"))) == (inbox, archive)
    assert bool(left[0].flags & SEEN) is seen


def test_tokens_are_of_one_account_and_one_purpose(alice, bob, service, phone):
    deliver(alice, letter())
    run(alice, service)
    token = phone.told[0]["token"]
    for account_id, given, deed in (
        (bob.pk, token, "read"),
        (alice.pk, token, "delete"),
        (alice.pk, token[:-1], "read"),
        (alice.pk, "", "read"),
    ):
        with pytest.raises(answer.TokenInvalid):
            answer.act(account_id, given, deed)

"""Snooze, reminders and scheduled letters in the browser, with and without scripts; nobody else's."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from mailcore.drafts import begin
from mailcore.drafts import rows as drafts
from mailcore.later import moments, rows, sending, snooze
from mailcore.models import Draft, Reminder
from mailcore.models.entry import SEEN
from tests.builders import deliver, message
from tests.later.test_snooze import lying, soon
from webmail.forms import later as form
from webmail.rendering import later

pytestmark = pytest.mark.django_db

SCRIPT = {"HTTP_X_FRAGMENT": "1"}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    client.cookies["tz"] = "Europe/Berlin"
    return client


@pytest.fixture
def tea(alice) -> int:
    return deliver(alice, message("Tea", message_id="1@x"), flags=SEEN)[0].conversation_id


def letter(account) -> Draft:
    draft = drafts.save(begin.new(account), to="carol@example.net", subject="Tea", text="At four?")
    return sending.schedule(account, draft, soon())


# --- moments -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "offers"),
    [
        (
            "2026-11-18 09:30",  # a Wednesday
            {
                "later": "2026-11-18 13:00",
                "evening": "2026-11-18 18:00",
                "tomorrow": "2026-11-19 08:00",
                "weekend": "2026-11-21 08:00",
                "week": "2026-11-23 08:00",
            },
        ),
        ("2026-11-20 20:30", {"tomorrow": "2026-11-21 08:00", "week": "2026-11-23 08:00"}),
        ("2026-11-22 23:59", {"tomorrow": "2026-11-23 08:00"}),
        (
            "2026-03-28 16:00",  # the night to summer time: 8:00 stays 8:00
            {
                "later": "2026-03-28 19:00",
                "evening": "2026-03-28 18:00",
                "tomorrow": "2026-03-29 08:00",
                "week": "2026-03-30 08:00",
            },
        ),
    ],
)
def test_what_snooze_offers(now, offers):
    here = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    found = {preset.key: f"{preset.at:%Y-%m-%d %H:%M}" for preset in moments.snooze_presets(here)}
    assert found == offers
    for preset in moments.snooze_presets(here):
        assert preset.seconds > here.timestamp()
        assert datetime.fromtimestamp(preset.seconds, BERLIN).replace(tzinfo=None) == preset.at.replace(
            tzinfo=None
        )


@pytest.mark.parametrize(
    ("data", "utc"),
    [
        ({"when": "pick", "date": "2027-01-10", "time": "08:00"}, "2027-01-10T07:00"),
        ({"when": "pick", "date": "2027-07-10", "time": "08:00"}, "2027-07-10T06:00"),
        (
            {"when": "pick", "date": "2027-03-28", "time": "02:30"},
            "2027-03-28T01:30",
        ),  # an hour that is skipped
        ({"send_at": "2027-07-10T08:15"}, "2027-07-10T06:15"),
        ({"when": "pick", "date": "2027-07-10"}, "2027-07-10T06:00"),
    ],
)
def test_a_time_of_day_is_that_of_the_reader(data, utc):
    with timezone.override(BERLIN):
        assert datetime.fromtimestamp(form.moment(data), ZoneInfo("UTC")).isoformat()[:16] == utc


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"when": "pick"},
        {"when": "yesterday"},
        {"when": "pick", "date": "2027-02-30"},
        {"when": "pick", "date": "2027-02-20", "time": "25:00"},
        {"send_at": "tomorrow"},
        {"when": "pick", "date": "9999-12-31", "time": "23:59+00:00"},
    ],
)
def test_what_is_no_moment(data):
    with timezone.override(ZoneInfo("Pacific/Kiritimati")):
        try:
            assert form.moment(data) > 0
        except form.WhenInvalid as problem:
            assert str(problem)


# --- snooze --------------------------------------------------------------------------------------------


def test_with_scripts(browser, alice, tea):
    menu = browser.get(reverse("later:menu"), {"conversation": tea}, **SCRIPT).content.decode()
    assert 'value="tomorrow"' in menu and "Wake it now" not in menu
    answer = browser.post(reverse("later:snooze"), {"conversation": tea, "when": "tomorrow"}, **SCRIPT)
    assert "Snoozed until tomorrow 08:00" in answer.content.decode()
    assert len(lying(alice, "Snoozed")) == 1
    assert (
        "Wake it now" in browser.get(reverse("later:menu"), {"conversation": tea}, **SCRIPT).content.decode()
    )
    with timezone.override(BERLIN):
        assert str(later.badges(alice.pk, [tea])[tea]) == "Snoozed until tomorrow 08:00"


def test_without_scripts_it_is_two_pages(browser, alice, tea):
    asked = browser.post(reverse("later:snooze"), {"conversation": tea, "next": "/mail/1/"})
    assert asked.status_code == 200 and 'type="radio"' in asked.content.decode()
    done = browser.post(
        reverse("later:snooze"),
        {"conversation": tea, "when": "pick", "date": "2027-01-10", "time": "08:00", "next": "/mail/1/"},
    )
    assert (done.status_code, done["Location"]) == (303, "/mail/1/")
    assert [row.due for row in snooze.asleep(alice.pk)] == [
        int(datetime(2027, 1, 10, 8, tzinfo=BERLIN).timestamp())
    ]


def test_undo(browser, alice, tea):
    answer = browser.post(reverse("later:snooze"), {"conversation": tea, "when": "tomorrow"}, **SCRIPT)
    token = answer.content.decode().partition('name="token" value="')[2].partition('"')[0]
    assert browser.post(reverse("later:undo"), {"token": token}, **SCRIPT).status_code == 200
    assert len(lying(alice, "INBOX")) == 1
    assert browser.post(reverse("later:undo"), {"token": token + "x"}, **SCRIPT).status_code == 400


def test_a_note_for_somebody_else_undoes_nothing(browser, client, alice, bob, tea):
    answer = browser.post(reverse("later:snooze"), {"conversation": tea, "when": "tomorrow"}, **SCRIPT)
    token = answer.content.decode().partition('name="token" value="')[2].partition('"')[0]
    browser.force_login(bob)
    assert browser.post(reverse("later:undo"), {"token": token}, **SCRIPT).status_code == 400
    assert len(lying(alice, "Snoozed")) == 1


def test_a_reminder_and_no_reminder(browser, alice, tea):
    browser.post(reverse("later:follow_up"), {"conversation": tea, "remind": "3"}, **SCRIPT)
    [row] = rows.of(alice.pk, [tea])
    assert abs(row.due - time.time() - 3 * 86_400) < 10
    assert later.badges(alice.pk, [tea])[tea].kind == "follow-up"
    browser.post(reverse("later:follow_up"), {"conversation": tea, "cancel": "1"}, **SCRIPT)
    assert rows.of(alice.pk, [tea]) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("later:snooze", {"when": "tomorrow"}),
        ("later:follow_up", {"remind": "3"}),
    ],
)
def test_a_strangers_conversation_is_not_there(browser, alice, bob, name, data):
    strange = deliver(bob, message("Tea"))[0].conversation_id
    answer = browser.post(reverse(name), {"conversation": strange, **data}, **SCRIPT)
    assert answer.status_code in (400, 404)
    assert not Reminder.objects.filter(account_id__in=[alice.pk, bob.pk]).exists()
    assert len(lying(bob, "INBOX")) == 1


def test_a_strangers_mailbox_is_not_there(browser, bob, tea):
    box = deliver(bob, message("Tea"))[0].mailbox_id
    answer = browser.post(
        reverse("later:snooze"), {"conversation": tea, "mailbox": box, "when": "tomorrow"}, **SCRIPT
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["later:snooze", "later:unsnooze", "later:follow_up"])
def test_nothing_chosen(browser, name):
    assert browser.post(reverse(name), {"when": "tomorrow"}, **SCRIPT).status_code in (200, 400)


# --- letters -------------------------------------------------------------------------------------------


def test_the_page_of_what_waits(browser, alice):
    assert "Nothing is scheduled" in browser.get(reverse("later:scheduled")).content.decode()
    letter(alice)
    page = browser.get(reverse("later:scheduled")).content.decode()
    assert "carol@example.net" in page and "Send now" in page


def test_edit_cancel_another_time_now(browser, alice):
    draft = letter(alice)
    changed = browser.post(
        reverse("later:reschedule", args=[draft.id]), {"when": "pick", "date": "2027-01-10", "time": "09:00"}
    )
    assert changed.status_code == 303
    assert sending.when(sending.of(alice.pk, draft.id)) == int(
        datetime(2027, 1, 10, 9, tzinfo=BERLIN).timestamp()
    )
    edit = browser.post(reverse("later:cancel", args=[draft.id]))
    assert edit["Location"] == reverse("compose:edit", args=[draft.id])
    sending.schedule(alice, drafts.of(alice.pk, draft.id), soon())
    assert browser.post(reverse("later:cancel", args=[draft.id]), {"stay": "1"}).status_code == 303
    assert drafts.of(alice.pk, draft.id).state == Draft.State.OPEN
    sending.schedule(alice, drafts.of(alice.pk, draft.id), soon())
    assert browser.post(reverse("later:send_now", args=[draft.id])).status_code == 303
    assert drafts.of(alice.pk, draft.id).state == Draft.State.SENT
    assert browser.post(reverse("later:send_now", args=[draft.id]), **SCRIPT).status_code == 404


@pytest.mark.parametrize("name", ["later:reschedule", "later:cancel", "later:send_now"])
def test_a_strangers_letter_is_not_there(browser, bob, name):
    draft = letter(bob)
    answer = browser.post(reverse(name, args=[draft.id]), {"when": "tomorrow"}, **SCRIPT)
    assert answer.status_code in (400, 404)
    assert drafts.of(bob.pk, draft.id).state == Draft.State.SCHEDULED


@pytest.mark.parametrize("name", ["later:menu", "later:scheduled"])
def test_only_for_people_who_signed_in(client, db, name):
    assert client.get(reverse(name)).status_code == 302

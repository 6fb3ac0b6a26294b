"""The guard that fails tests whose queries forget whose mail they mean."""

from __future__ import annotations

import pytest
from django.db import connection

from mailcore.models import Entry, Mailbox
from tests.account_guard import complaint


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "mailcore_entry"."id" FROM "mailcore_entry" WHERE "mailcore_entry"."account_id" = %s',
        'SELECT 1 FROM "mailcore_entry" WHERE "mailcore_entry"."mailbox_id" = %s AND uid > 5',
        "SELECT uid FROM mailcore_entry e WHERE e.mailbox_id=? ORDER BY uid",
        "UPDATE mailcore_entry SET flags = flags | 1 WHERE mailbox_id = %s AND uid IN (1, 2)",
        'DELETE FROM "mailcore_change" WHERE "mailcore_change"."id" IN (%s, %s)',
        "SELECT subject FROM mailcore_entry e JOIN mailcore_message m ON m.id = e.message_id WHERE e.id = 3",
        "SELECT uid FROM mailcore_entry WHERE id BETWEEN ? AND ?",
        "SELECT uid FROM mailcore_entry WHERE mailbox_id = ANY(%s)",
        'INSERT INTO "mailcore_entry" ("id") VALUES (%s)',
        "SELECT 1 FROM mailcore_message WHERE digest = %s",
        'SELECT * FROM "mailcore_domain"',
        'SELECT * FROM "mailcore_account" WHERE "address" = %s',
        "PRAGMA table_info(mailcore_entry)",
    ],
)
def test_names_an_account(sql: str):
    assert complaint(sql) is None


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "mailcore_entry"."id" FROM "mailcore_entry"',
        'SELECT COUNT(*) FROM "mailcore_mailbox" WHERE "mailcore_mailbox"."name" = %s',
        "UPDATE mailcore_entry SET account_id = 7",
        "UPDATE mailcore_entry SET flags = 0 WHERE flags = 1",
        'DELETE FROM "mailcore_change" WHERE "mailcore_change"."modseq" < %s',
        "SELECT subject FROM mailcore_entry e JOIN mailcore_message m ON m.id = e.message_id WHERE flags = 1",
        "WITH old AS (SELECT uid FROM mailcore_entry WHERE expunged) SELECT * FROM old",
    ],
)
def test_names_none(sql: str):
    assert complaint(sql)


@pytest.mark.django_db
def test_it_watches_what_django_runs(account_guard):
    list(Entry.objects.filter(account_id=7, flags=1))
    with pytest.raises(AssertionError, match="no account is named"):
        list(Entry.objects.filter(flags=1))
    with pytest.raises(AssertionError, match="no account is named"), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM mailcore_mailbox WHERE name = 'INBOX'")
    with pytest.raises(AssertionError, match="no account is named"):
        Mailbox.objects.filter(name="x").update(total=0)
    account_guard.clear()

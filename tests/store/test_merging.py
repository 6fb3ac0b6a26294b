"""A message that knits two threads together costs what those threads cost, not what the account holds."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailcore.store import mailboxes, messages


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL plans by statistics")
def test_no_table_is_walked(alice):
    inbox = mailboxes.named(alice.pk, "INBOX")
    for letter in (
        b"Message-ID: <a@x>\r\n\r\none",
        b"Message-ID: <b@x>\r\n\r\ntwo",
    ):
        messages.append_bytes(alice.pk, inbox.id, letter)
    with CaptureQueriesContext(connection) as captured:
        messages.append_bytes(alice.pk, inbox.id, b"Message-ID: <c@x>\r\nReferences: <a@x> <b@x>\r\n\r\nknit")
    knitting = [
        query["sql"]
        for query in captured.captured_queries
        if query["sql"].startswith(("UPDATE", "DELETE", "SELECT max", "SELECT count"))
        and ("conversation_id" in query["sql"] or "mailcore_conversation" in query["sql"])
    ]
    assert len(knitting) >= 6
    for statement in knitting:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert "conversation_id=?" in plan or "(rowid=?)" in plan, (statement, plan)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="other databases have no rowid")
@pytest.mark.parametrize("table", ["message", "entry", "mailbox", "change", "conversation", "anchor"])
def test_a_row_is_found_by_its_id_without_an_index(db, table):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN SELECT account_id FROM mailcore_{table} WHERE id = 1")
        assert "INTEGER PRIMARY KEY" in cursor.fetchall()[0][3]

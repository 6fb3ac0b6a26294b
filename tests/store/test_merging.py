"""A message that knits two threads together costs what those threads cost, not what the account holds."""

from __future__ import annotations

import pytest
from django.db import connection

TABLES = {
    "message": "UPDATE mailcore_message SET conversation_id = 1 WHERE account_id = 1 AND conversation_id IN (2)",
    "entry": (
        "UPDATE mailcore_entry SET conversation_id = 1 WHERE account_id = 1 AND conversation_id IN (2)"
        " AND NOT expunged"
    ),
    "anchor": "UPDATE mailcore_anchor SET conversation_id = 1 WHERE account_id = 1 AND conversation_id IN (2)",
}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL plans by statistics")
@pytest.mark.parametrize("table", TABLES)
def test_no_table_is_walked(db, table):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {TABLES[table]}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "conversation_id=?" in plan
    assert "SCAN" not in plan


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="other databases have no rowid")
@pytest.mark.parametrize("table", ["message", "entry", "mailbox", "change", "conversation", "anchor"])
def test_a_row_is_found_by_its_id_without_an_index(db, table):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN SELECT account_id FROM mailcore_{table} WHERE id = 1")
        assert "INTEGER PRIMARY KEY" in cursor.fetchall()[0][3]

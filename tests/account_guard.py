"""Every query on mail tables names one account.

Mail tables hold everybody's mail. A statement that forgets to say whose would show or change a stranger's,
and could not be sent to a shard. So while tests run, each SELECT, UPDATE and DELETE on these tables must
compare `account_id`, or an id that begins with it (`id = account_id << 32 | n`), in its WHERE or ON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created

# The queue is asked across accounts (that is what a queue is), app passwords belong to the directory.
NOT_MAIL = {
    "mailcore_apppassword",
    "mailcore_outboundmessage",
    "mailcore_outboundrecipient",
    "mailcore_outboundattempt",
}
TABLES = "|".join(
    model._meta.db_table
    for model in apps.get_app_config("mailcore").get_models()
    if "account_id" in {field.attname for field in model._meta.fields}
    and model._meta.db_table not in NOT_MAIL
)
OWNED = "account_id|id|mailbox_id|message_id|conversation_id|entry_id|draft_id"

ON_MAIL = re.compile(rf'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?(?:{TABLES})"?\b', re.I)
# `account_id = ?`, `"e"."mailbox_id" IN (…)`, `id = ANY(…)`, `id BETWEEN …`; a join's two columns do not count.
VALUE = r"(?:%s|%\(\w+\)s|\?\d*|:\w+|\d+|\(|ANY\b)"
COMPARED = re.compile(
    rf'\b(?:{OWNED})\b"?\)?\s*(?:=\s*{VALUE}|IN\b|BETWEEN\b)|{VALUE}\s*=\s*(?:"?\w+"?\.)?"?(?:{OWNED})\b',
    re.I,
)
TIED = re.compile(r"\b(?:WHERE|ON|USING)\b(.*)", re.I | re.S)
# Statements that ask across accounts on purpose, each with its reason.
EXEMPT = [
    # the indexer: which accounts have messages that are not in the index yet?
    re.compile(r"\bmailcore_searchstate x\b"),
    # the clock: which reminders are due, whoever they belong to?
    re.compile(r"\bmailcore_reminder d\b"),
    # the workers: which imports wait for one of them, whoever they belong to?
    re.compile(r"\bmailcore_transfer t\b"),
    # the same clock: which browsers are to be told?
    re.compile(r"\bmailcore_pushsubscription d\b"),
    # the blob collector: is this digest still named by anybody?
    re.compile(r'"?\bdigest\b"?\s*(?:=|IN\b)', re.I),
    # after a loss of power every account leaves out some numbers
    re.compile(
        r'^UPDATE "mailcore_(accountstate|mailbox)" SET "(modseq|uidnext)" = \("[a-z_]+"\."[a-z]+" \+ %s\)'
    ),
    # upkeep goes from account to account
    re.compile(r"^SELECT account_id FROM mailcore_searchstate$"),
    re.compile(
        r'^SELECT "mailcore_accountstate"\."account_id" AS "account_id" FROM "mailcore_accountstate"$'
    ),
]


def complaint(sql: str) -> str | None:
    """What is wrong with a statement; None if nothing is."""
    verb = sql.lstrip(" (\n\t").partition(" ")[0].upper().strip()
    if verb not in ("SELECT", "UPDATE", "DELETE", "WITH") or not ON_MAIL.search(sql):
        return None
    condition = TIED.search(sql)
    if (condition and COMPARED.search(condition[1])) or any(known.search(sql) for known in EXEMPT):
        return None
    return f"no account is named in: {sql[:600]}"


@contextmanager
def guarded() -> Iterator[list[str]]:
    """Watch every connection of every thread; collects complaints, and raises them where they happen."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if problem := complaint(str(sql)):
            found.append(problem)
            raise AssertionError(problem)
        return execute(sql, params, many, context)

    def attach(connection: Any, **_: Any) -> None:
        if watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(watch)

    connection_created.connect(attach, weak=False)
    for connection in connections.all(initialized_only=True):
        attach(connection)
    try:
        yield found
    finally:
        connection_created.disconnect(attach)
        for connection in connections.all(initialized_only=True):
            if watch in connection.execute_wrappers:
                connection.execute_wrappers.remove(watch)

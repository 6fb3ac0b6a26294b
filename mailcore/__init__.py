"""The engine: knows mail, and no HTML. `webmail` is the Django project and the browser's side.

    browser        desktop client, other mail servers    queue worker       operator
       │                           │                          │                 │
    webmail/               mailcore/listener/          mailcore/tasks   mailcore/management/    5 doors
       │             sockets, TLS, limits, threads            │                 │
       │                           │                          │                 │
       │                 imap/   pop3/   smtp/                │                 │               4 speech
       │              sessions, dispatch tables, verbs        │                 │
       │                           │                          │                 │
    inbound/  outbound/  store/  changes/  search/  identity/  dns  doorbell                    3 verbs
    drafts/  later/  people/  calendar/  journey/  transfer/  push/  outside
                                   │
    models/                                                                                     2 rows
                                   │
    message/  imap/wire/  pop3/wire  smtp/wire/  people/wire/  sender_auth/  search/query       1 pure

Imports point downwards, and a test says so. A room is named for what an RFC or a user calls the thing.

IN       bytes ─► listener ─► smtp/dispatch ─► smtp/commands/data ─► inbound/receive ─► store/messages.append
         ─► 250 to the peer, after the commit and never before

CHANGE   store/* writes rows and Change rows in one transaction ─► on commit changes/wakeups rings (a hint
         over Redis, never the truth) ─► IDLE says "* 4 EXISTS", the open browser tab redraws one row

OUT      webmail or smtp/commands/data ─► outbound/submit ─► rows of the queue, a copy in Sent ─► on commit
         doorbell ─► tasks ─► outbound/relay ─► delivered, tried again later, or bounced

Sessions are plain synchronous generators (`dialogue`); `listener/bridge` is the one place where sync meets
async. No cursor, lock or transaction is open across a `yield`. Errors are raised in the words of layer 3 and
translated in one table per protocol. State is in the database and the blob storage; Redis may be flushed at any
moment.
"""

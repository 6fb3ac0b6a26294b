"""The door for mail clients and mail servers: the only asynchronous code of the engine.

    server      accepts, counts (limits), supervises sessions, drains
    connection  one socket: reads with a deadline, writes with back-pressure, upgrades to TLS
    pump        performs the effects of `mailcore.dialogue` for one session
    bridge      event loop ⇄ threads that own database connections
    smtp, imap, pop3   frame commands and hand them to their protocol's dispatch

A session is one small task. It holds a thread only while a handler computes; a peer that is slow, silent or
asleep in IDLE costs a socket, a coroutine and nothing else.
"""

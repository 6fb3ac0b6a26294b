"""Which standards we speak, in which room, and how much of each.

`offers` are the words by which a server announces the standard: IMAP capabilities, EHLO keywords, CAPA lines.
A test compares this table with the docstrings that name an RFC and with what the servers really announce.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standard:
    """One RFC. `extent` is "whole" where nothing that a server must do is missing."""

    rfc: int
    title: str
    room: str
    extent: str = "whole"
    offers: tuple[str, ...] = ()


STANDARDS: tuple[Standard, ...] = (
    # --- messages
    Standard(
        822, "Standard for the Format of ARPA Internet Text Messages", "message", "obsolete forms are read"
    ),
    Standard(2017, "Definition of the URL MIME External-Body Access-Type", "message", "shown, never fetched"),
    Standard(2045, "MIME Part One: Format of Message Bodies", "message"),
    Standard(2046, "MIME Part Two: Media Types", "message"),
    Standard(2047, "MIME Part Three: Message Header Extensions for Non-ASCII Text", "message"),
    Standard(2156, "MIXER", "drafts", "the field Importance"),
    Standard(2183, "The Content-Disposition Header Field", "message"),
    Standard(2231, "MIME Parameter Value and Encoded Word Extensions", "message"),
    Standard(
        2369, "The Use of URLs as Meta-Syntax for Mailing List Commands", "message", "read, to know lists"
    ),
    Standard(2387, "The MIME Multipart/Related Content-type", "message"),
    Standard(2392, "Content-ID and Message-ID Uniform Resource Locators", "webmail", "cid: in HTML bodies"),
    Standard(2397, "The data URL scheme", "webmail", "raster images of a bounded size"),
    Standard(
        2557,
        "MIME Encapsulation of Aggregate Documents, such as HTML",
        "message",
        "Content-Location is shown",
    ),
    Standard(2919, "List-Id", "message", "read, to know lists"),
    Standard(3282, "Content Language Headers", "imap", "shown in BODYSTRUCTURE"),
    Standard(3503, "Message Disposition Notification (MDN) Profile for IMAP", "drafts", "$MDNSent"),
    Standard(3629, "UTF-8", "message"),
    Standard(3676, "The Text/Plain Format and DelSp Parameters", "message"),
    Standard(3834, "Recommendations for Automatic Responses to Electronic Mail", "message", "Auto-Submitted"),
    Standard(4155, "The application/mbox Media Type", "store", "import"),
    Standard(5322, "Internet Message Format", "message"),
    Standard(5545, "iCalendar", "calendar", "invitations; rules are told, not expanded"),
    Standard(5546, "iTIP", "calendar", "every method is shown, REQUEST is answered"),
    Standard(5891, "IDNA: Protocol", "message", "domains of links and senders, decoded to be shown"),
    Standard(6047, "iMIP", "calendar", "answers are sent"),
    Standard(6068, "The mailto URI Scheme", "webmail"),
    Standard(6266, "Content-Disposition in HTTP", "webmail", "names of downloads"),
    Standard(5598, "Internet Mail Architecture", "journey", "the stations of a message"),
    Standard(5965, "An Extensible Format for Email Feedback Reports", "message", "shown as a sentence"),
    Standard(6522, "The Multipart/Report Media Type", "outbound"),
    Standard(6530, "Overview and Framework for Internationalized Email", "message"),
    Standard(6532, "Internationalized Email Headers", "message"),
    Standard(6838, "Media Type Specifications and Registration", "message", "names of types"),
    Standard(7515, "JSON Web Signature (JWS)", "push", "ES256, written"),
    Standard(
        8030, "Generic Event Delivery Using HTTP Push", "push", "the application server: TTL, Topic, Urgency"
    ),
    Standard(8188, "Encrypted Content-Encoding for HTTP", "push", "aes128gcm, one record"),
    Standard(8291, "Message Encryption for Web Push", "push"),
    Standard(8292, "Voluntary Application Server Identification (VAPID) for Web Push", "push"),
    Standard(8058, "Signaling One-Click Functionality for List Email Headers", "message", "one-click POST"),
    Standard(8551, "S/MIME 4.0 Message Specification", "webmail", "named, not opened yet"),
    Standard(8187, "Extended Parameters in HTTP Header Fields", "webmail", "names of downloads"),
    Standard(8098, "Message Disposition Notification", "message", "asked for, shown, answered by choice"),
    # --- SMTP
    Standard(821, "Simple Mail Transfer Protocol (1982)", "smtp", "its historic commands are refused"),
    Standard(1047, "Duplicate Messages and SMTP", "outbound"),
    Standard(1870, "SMTP Service Extension for Message Size Declaration", "smtp", offers=("SIZE",)),
    Standard(
        2034,
        "SMTP Service Extension for Returning Enhanced Error Codes",
        "smtp",
        offers=("ENHANCEDSTATUSCODES",),
    ),
    Standard(2920, "SMTP Service Extension for Command Pipelining", "smtp", offers=("PIPELINING",)),
    Standard(
        3030, "SMTP Service Extensions for Large and Binary MIME", "smtp", "CHUNKING", offers=("CHUNKING",)
    ),
    Standard(3207, "SMTP over Transport Layer Security", "smtp", offers=("STARTTLS",)),
    Standard(3461, "SMTP Service Extension for Delivery Status Notifications", "outbound", offers=("DSN",)),
    Standard(3463, "Enhanced Mail System Status Codes", "smtp"),
    Standard(3464, "An Extensible Message Format for Delivery Status Notifications", "outbound"),
    Standard(3848, "ESMTP and LMTP Transmission Types Registration", "inbound", "ESMTP"),
    Standard(4954, "SMTP Service Extension for Authentication", "smtp", offers=("AUTH",)),
    Standard(5321, "Simple Mail Transfer Protocol", "smtp", offers=("HELP",)),
    Standard(6152, "SMTP Service Extension for 8-bit MIME Transport", "smtp", offers=("8BITMIME",)),
    Standard(6409, "Message Submission for Mail", "smtp"),
    Standard(6531, "SMTP Extension for Internationalized Email", "smtp", offers=("SMTPUTF8",)),
    Standard(6533, "Internationalized Delivery Status and Disposition Notifications", "outbound"),
    Standard(7504, "SMTP 521 and 556 Reply Codes", "smtp"),
    Standard(7505, 'A "Null MX" No Service Resource Record', "outbound"),
    Standard(7435, "Opportunistic Security", "outbound"),
    Standard(8314, "Cleartext Considered Obsolete: TLS for Email Submission and Access", "listener"),
    Standard(9228, "Delivered-To Email Header Field", "inbound"),
    # --- names, keys, identity
    Standard(1035, "Domain Names: Implementation and Specification", "dns"),
    Standard(4013, "SASLprep", "identity"),
    Standard(4422, "Simple Authentication and Security Layer", "identity"),
    Standard(4616, "The PLAIN SASL Mechanism", "identity"),
    Standard(5802, "Salted Challenge Response Authentication Mechanism", "identity"),
    Standard(5803, "Storing SCRAM Secrets", "identity"),
    Standard(5869, "HKDF", "identity"),
    Standard(5890, "Internationalized Domain Names for Applications", "smtp"),
    Standard(6698, "DNS-Based Authentication of Named Entities (DANE): TLSA", "dns", "records are read"),
    Standard(6376, "DomainKeys Identified Mail Signatures", "sender_auth"),
    Standard(7677, "SCRAM-SHA-256", "identity"),
    Standard(8301, "Cryptographic Algorithm and Key Usage Update to DKIM", "sender_auth"),
    Standard(8463, "A New Cryptographic Signature Method for DKIM", "sender_auth"),
    Standard(7489, "DMARC", "message", "domains are compared after its model"),
    Standard(8601, "Authentication-Results", "inbound", "our own lines; forged ones are removed"),
    Standard(8616, "Email Authentication for Internationalized Mail", "sender_auth", "DKIM"),
    Standard(9106, "Argon2", "identity"),
    Standard(6186, "Use of SRV Records for Locating Email Submission/Access Services", "supervisor"),
    # --- POP3
    Standard(
        1939,
        "Post Office Protocol - Version 3",
        "pop3",
        "APOP left out: it needs passwords in the clear",
        offers=("TOP", "UIDL", "USER"),
    ),
    Standard(
        2449,
        "POP3 Extension Mechanism",
        "pop3",
        offers=("RESP-CODES", "EXPIRE", "SASL", "PIPELINING"),
    ),
    Standard(2595, "Using TLS with IMAP, POP3 and ACAP", "pop3", offers=("STLS",)),
    Standard(3206, "The SYS and AUTH POP Response Codes", "pop3", offers=("AUTH-RESP-CODE",)),
    Standard(5034, "POP3 SASL Authentication Mechanism", "pop3"),
    Standard(6856, "POP3 Support for UTF-8", "pop3", offers=("UTF8",)),
    # --- IMAP
    Standard(2087, "IMAP4 QUOTA Extension", "imap", "superseded by RFC 9208"),
    Standard(2177, "IMAP4 IDLE", "imap", offers=("IDLE",)),
    Standard(2180, "IMAP4 Multi-Accessed Mailbox Practice", "imap"),
    Standard(2342, "IMAP4 Namespace", "imap", offers=("NAMESPACE",)),
    Standard(2971, "IMAP4 ID Extension", "imap", offers=("ID",)),
    Standard(3348, "IMAP4 Child Mailbox Extension", "imap", offers=("CHILDREN",)),
    Standard(3501, "IMAP4rev1", "imap", offers=("IMAP4rev1", "STARTTLS", "LOGINDISABLED", "AUTH")),
    Standard(3502, "IMAP MULTIAPPEND", "imap", offers=("MULTIAPPEND",)),
    Standard(3516, "IMAP4 Binary Content Extension", "imap", offers=("BINARY",)),
    Standard(3691, "IMAP UNSELECT", "imap", offers=("UNSELECT",)),
    Standard(4315, "IMAP UIDPLUS", "imap", offers=("UIDPLUS",)),
    Standard(4466, "Collected Extensions to IMAP4 ABNF", "imap", "the grammar of what we offer"),
    Standard(4731, "IMAP4 Extension to SEARCH: What Is Returned (ESEARCH)", "imap", offers=("ESEARCH",)),
    Standard(4959, "IMAP Extension for SASL Initial Client Response", "imap", offers=("SASL-IR",)),
    Standard(4978, "The IMAP COMPRESS Extension", "imap", offers=("COMPRESS=DEFLATE",)),
    Standard(5032, "WITHIN Search Extension", "imap", offers=("WITHIN",)),
    Standard(5161, "The IMAP ENABLE Extension", "imap", offers=("ENABLE",)),
    Standard(5182, "IMAP Extension for Referencing the Last SEARCH Result", "imap", offers=("SEARCHRES",)),
    Standard(
        5256,
        "IMAP SORT and THREAD Extensions",
        "imap",
        offers=("SORT", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"),
    ),
    Standard(5258, "IMAP4 LIST Command Extensions", "imap", offers=("LIST-EXTENDED",)),
    Standard(5267, "Contexts for IMAP4", "imap", "ESORT", offers=("ESORT",)),
    Standard(5464, "The IMAP METADATA Extension", "imap", offers=("METADATA",)),
    Standard(5465, "The IMAP NOTIFY Extension", "imap", "its mailbox filters, for ESEARCH"),
    Standard(5530, "IMAP Response Codes", "imap"),
    Standard(
        5957, "Display-Based Address Sorting for the IMAP4 SORT Extension", "imap", offers=("SORT=DISPLAY",)
    ),
    Standard(5819, "Returning STATUS Information in Extended LIST", "imap", offers=("LIST-STATUS",)),
    Standard(
        6154,
        "IMAP LIST Extension for Special-Use Mailboxes",
        "imap",
        offers=("SPECIAL-USE", "CREATE-SPECIAL-USE"),
    ),
    Standard(6851, "IMAP MOVE Extension", "imap", offers=("MOVE",)),
    Standard(6855, "IMAP Support for UTF-8", "imap", offers=("UTF8=ACCEPT",)),
    Standard(7162, "IMAP CONDSTORE and QRESYNC", "imap", offers=("CONDSTORE", "QRESYNC")),
    Standard(7377, "IMAP4 Multimailbox SEARCH Extension", "imap", offers=("MULTISEARCH",)),
    Standard(7888, "IMAP4 Non-synchronizing Literals", "imap", offers=("LITERAL+",)),
    Standard(7889, "The IMAP APPENDLIMIT Extension", "imap", offers=("APPENDLIMIT",)),
    Standard(8437, "IMAP UNAUTHENTICATE Extension", "imap", offers=("UNAUTHENTICATE",)),
    Standard(8438, "IMAP Extension for STATUS=SIZE", "imap", offers=("STATUS=SIZE",)),
    Standard(8457, "IMAP $Important Keyword", "webmail", "the keyword, set by hand; no mailbox \\Important"),
    Standard(8474, "IMAP Extension for Object Identifiers", "imap", offers=("OBJECTID",)),
    Standard(8508, "IMAP REPLACE Extension", "imap", offers=("REPLACE",)),
    Standard(8514, "IMAP SAVEDATE", "imap", offers=("SAVEDATE",)),
    Standard(8970, "IMAP4 Extension: Message Preview Generation", "imap", offers=("PREVIEW",)),
    Standard(9051, "IMAP4rev2", "imap", offers=("IMAP4rev2",)),
    Standard(9394, "IMAP PARTIAL Extension for Paged SEARCH and FETCH", "imap", offers=("PARTIAL",)),
    Standard(9208, "IMAP QUOTA Extension", "imap", offers=("QUOTA",)),
    Standard(9586, "IMAP Extension for Using and Returning UIDs Only", "imap", offers=("UIDONLY",)),
    Standard(9590, "Returning IMAP Mailbox Metadata in Extended LIST", "imap", offers=("LIST-METADATA",)),
    # --- people
    Standard(2426, "vCard MIME Directory Profile", "people", "3.0; and 2.1, as old telephones wrote it"),
    Standard(
        4180, "Common Format and MIME Type for CSV Files", "people", "the columns of Google and Outlook"
    ),
    Standard(6350, "vCard Format Specification", "people", "what an address book needs; never fetches"),
    Standard(6868, "Parameter Value Encoding in iCalendar and vCard", "people"),
    # --- the web
    Standard(6585, "Additional HTTP Status Codes", "webmail", "429"),
    Standard(9110, "HTTP Semantics", "webmail", "through Django"),
)

BY_NUMBER = {standard.rfc: standard for standard in STANDARDS}


def offering(word: str) -> Standard | None:
    """The standard that a capability, EHLO keyword or CAPA line belongs to."""
    name = word.partition("=")[0] if word.startswith(("AUTH=", "APPENDLIMIT=", "QUOTA=")) else word
    name = name.partition(" ")[0]
    return next((standard for standard in STANDARDS if name in standard.offers), None)

"""Trace fields as servers write them: RFC 5321 §4.4 and its dialects."""

from __future__ import annotations

import pytest

from mailcore.journey import received, results
from mailcore.journey.received import read

FIELDS = {  # the writer: field, (source, address, by, protocol, tls, recipient)
    "postfix": (
        "from mail.x.org (mail.x.org [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
        " key-exchange X25519 server-signature RSA-PSS (2048 bits)) (No client certificate requested)"
        " by mx.y.org (Postfix) with ESMTPS id 4XyZ for <ann@y.org>; Sat, 21 Nov 2026 09:00:00 +0100 (CET)",
        ("mail.x.org", "192.0.2.1", "mx.y.org", "ESMTPS", "TLS 1.3", "ann@y.org"),
    ),
    "postfix, unknown peer": (
        "from laptop (unknown [2001:db8::7]) by mx.y.org (Postfix) with ESMTPSA id 1; Sat, 21 Nov 2026 09:00:00 +0100",
        ("laptop", "2001:db8::7", "mx.y.org", "ESMTPSA", "TLS", ""),
    ),
    "exim": (
        "from [192.0.2.7] (helo=mail.x.org) by mx.y.org with esmtps (TLS1.2) tls TLS_ECDHE_RSA (Exim 4.96)"
        " (envelope-from <a@x.org>) id 1rXyz-0001; Sat, 21 Nov 2026 09:00:00 +0000",
        ("mail.x.org", "192.0.2.7", "mx.y.org", "ESMTPS", "TLS 1.2", ""),
    ),
    "exim, local": (
        "from www-data by web.x.org with local (Exim 4.94.2) id 1abc; Sat, 21 Nov 2026 09:00:00 +0000",
        ("www-data", "", "web.x.org", "local", "", ""),
    ),
    "sendmail": (
        "from mail.x.org (mail.x.org [192.0.2.9]) by y.org (8.17.1/8.17.1) with ESMTPS id 4AL"
        " (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT) for <ann@y.org>;"
        " Sat, 21 Nov 2026 09:00:00 GMT",
        ("mail.x.org", "192.0.2.9", "y.org", "ESMTPS", "TLS 1.2", "ann@y.org"),
    ),
    "exchange": (
        "from AM0PR01MB1.eurprd01.prod.exchangelabs.com (2603:10a6:208:4::20) by"
        " DB7PR01MB2.eurprd01.prod.exchangelabs.com (2603:10a6:10:5::31) with Microsoft SMTP Server"
        " (version=TLS1_2, cipher=TLS_ECDHE) id 15.20.1; Sat, 21 Nov 2026 09:00:00 +0000",
        (
            "AM0PR01MB1.eurprd01.prod.exchangelabs.com",
            "2603:10a6:208:4::20",
            "DB7PR01MB2.eurprd01.prod.exchangelabs.com",
            "ESMTPS",
            "TLS 1.2",
            "",
        ),
    ),
    "gmail": (
        "from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by mx.google.com with SMTPS id"
        " a1-2 for <ann@y.org> (Google Transport Security); Sat, 21 Nov 2026 01:00:00 -0800 (PST)",
        ("mail-sor-f41.google.com", "209.85.220.41", "mx.google.com", "SMTPS", "TLS", "ann@y.org"),
    ),
    "gmail, inside": (
        "by 2002:a05:6402:1a with SMTP id x; Sat, 21 Nov 2026 01:00:00 -0800 (PST)",
        ("", "", "2002:a05:6402:1a", "SMTP", "", ""),
    ),
    "qmail": (
        "from unknown (HELO mail.x.org) (192.0.2.4) by y.org with SMTP; 21 Nov 2026 09:00:00 -0000",
        ("mail.x.org", "192.0.2.4", "y.org", "SMTP", "", ""),
    ),
    "qmail, queue": (
        "(qmail 12345 invoked from network); 21 Nov 2026 09:00:00 -0000",
        ("", "", "", "SMTP", "", ""),
    ),
    "ours": (
        "from mail.x.org ([192.0.2.1]) by mx.example.org with ESMTPS id 7 for <alice@example.org>;"
        " Sat, 21 Nov 2026 09:00:00 +0000",
        ("mail.x.org", "192.0.2.1", "mx.example.org", "ESMTPS", "TLS", "alice@example.org"),
    ),
    "ours, the browser": (
        "by mx.example.org with HTTP; Sat, 21 Nov 2026 09:00:00 +0000",
        ("", "", "mx.example.org", "HTTP", "", ""),
    ),
}


@pytest.mark.parametrize("writer", FIELDS)
def test_dialects(writer):
    field, expected = FIELDS[writer]
    hop = read(field)
    assert (hop.source, hop.address, hop.by, hop.protocol, hop.tls, hop.recipient) == expected
    assert hop.at is not None
    assert hop.at.utctimetuple()[:5] == (2026, 11, 21, 9 - (hop.at.utcoffset().seconds == 3600), 0)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        ";",
        "from",
        "from by with id for",
        "(((((",
        "from (((by x",
        "\x00\xff",
        "by " + "x" * 99_999,
        "; ;;;",
        "for <",
    ],
)
def test_junk_is_an_empty_hop(junk):
    assert isinstance(read(junk), received.Received)


def test_parentheses_without_end_are_linear():
    read("from x (" + "(" * 3_000 + " by y")


def test_the_oldest_first():
    head = b"Received: by two; Sat, 21 Nov 2026 09:01:00 +0000\r\n"
    head += b"Received: by one; Sat, 21 Nov 2026 09:00:00 +0000\r\n\r\n"
    assert [hop.by for hop in received.of(head)] == ["one", "two"]


RESULTS = [  # field, (method, result, about, reason)
    (
        "mx.y.org; spf=pass smtp.mailfrom=x.org; dkim=fail (bad signature) header.d=x.org; dmarc=none",
        [("spf", "pass", "x.org", ""), ("dkim", "fail", "x.org", "bad signature"), ("dmarc", "none", "", "")],
    ),
    (
        'mx.y.org 1; dkim=permerror reason="no key" header.i=@x.org',
        [("dkim", "permerror", "x.org", "no key")],
    ),
    ("mx.y.org; none", []),
    ("", []),
    (";;;=", []),
]


@pytest.mark.parametrize(("field", "verdicts"), RESULTS)
def test_authentication_results(field, verdicts):
    assert [(one.method, one.result, one.about, one.reason) for one in results.read(field)] == verdicts


def test_only_our_own_server_counts():
    head = b"Authentication-Results: mx.example.org; spf=fail\r\nAuthentication-Results: evil.test; spf=pass\r\n\r\n"
    assert [one.result for one in results.of(head, "mx.example.org")] == ["fail"]

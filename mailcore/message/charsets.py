"""The charsets met in mail, and the text they stand for: RFC 2046 §4.1.2, with the aliases that WHATWG lists.

Labels come from strangers, so they are looked up in a table of text codecs here and never in Python's registry, where
`unicode_escape`, `zlib` and `rot13` live beside `utf-8`. Decoding never fails: what a charset cannot say is U+FFFD.
"""

from __future__ import annotations

import re

_LABELS = """
utf-8: utf8 unicode-1-1-utf-8 utf_8 x-unicode20utf8 cp65001 65001 utf8mb4 unicode-2-0-utf-8 utf-8n
ascii: us-ascii iso646-us ansi_x3.4-1968 ansi_x3.4-1986 iso_646.irv:1991 iso-ir-6 us cp367 ibm367 csascii 646 7bit
cp1252: windows-1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 latin1 latin-1 l1 iso-ir-100 ibm819 cp819
  csisolatin1 x-cp1252 cp-1252 win-1252 windows1252 8859-1 ansi iso8859_1 8bit default unknown-8bit x-unknown unknown
iso8859-2: iso-8859-2 iso88592 iso_8859-2 iso_8859-2:1987 latin2 latin-2 l2 iso-ir-101 csisolatin2 8859-2
iso8859-3: iso-8859-3 iso88593 iso_8859-3 latin3 l3 iso-ir-109 csisolatin3
iso8859-4: iso-8859-4 iso88594 iso_8859-4 latin4 l4 iso-ir-110 csisolatin4
iso8859-5: iso-8859-5 iso88595 iso_8859-5 cyrillic iso-ir-144 csisolatincyrillic
iso8859-6: iso-8859-6 iso88596 iso_8859-6 iso-8859-6-e iso-8859-6-i arabic ecma-114 asmo-708 iso-ir-127 csisolatinarabic
iso8859-7: iso-8859-7 iso88597 iso_8859-7 greek greek8 ecma-118 elot_928 iso-ir-126 csisolatingreek sun_eu_greek
iso8859-8: iso-8859-8 iso88598 iso_8859-8 iso-8859-8-e iso-8859-8-i hebrew visual logical iso-ir-138 csisolatinhebrew
cp1254: windows-1254 iso-8859-9 iso88599 iso_8859-9 latin5 l5 iso-ir-148 csisolatin5 x-cp1254 turkish
iso8859-10: iso-8859-10 iso885910 latin6 l6 iso-ir-157 csisolatin6
iso8859-13: iso-8859-13 iso885913 latin7
iso8859-14: iso-8859-14 iso885914 latin8
iso8859-15: iso-8859-15 iso885915 iso_8859-15 latin9 latin-9 l9 csisolatin9 8859-15
iso8859-16: iso-8859-16 iso885916 latin10
cp1250: windows-1250 x-cp1250 cp-1250 win-1250
cp1251: windows-1251 x-cp1251 cp-1251 win-1251 win1251 windows1251
cp1253: windows-1253 x-cp1253
cp1255: windows-1255 x-cp1255
cp1256: windows-1256 x-cp1256
cp1257: windows-1257 x-cp1257
cp1258: windows-1258 x-cp1258
cp874: windows-874 tis-620 tis620 iso-8859-11 iso8859-11 iso885911 dos-874 thai
cp437: ibm437 437
cp850: ibm850 850
cp852: ibm852 852
cp855: ibm855
cp857: ibm857
cp858: ibm858 ibm00858
cp862: ibm862
cp864: ibm864
cp866: ibm866 866 csibm866
koi8-r: koi koi8 koi8_r cskoi8r
koi8-u: koi8-ru
kz1048: ptcp154 rk1048
mac-roman: macintosh mac csmacintosh x-mac-roman macroman
mac-cyrillic: x-mac-cyrillic x-mac-ukrainian
mac-latin2: x-mac-centraleurroman x-mac-ce
mac-greek: x-mac-greek
mac-turkish: x-mac-turkish
gb18030: gb2312 gbk gb_2312-80 gb-2312 gb_2312 gb2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 x-gbk cp936 ms936
  windows-936 936 gb18030-2000 gb18030-2022 euc-cn euccn x-euc-cn cn-gb
hz: hz-gb-2312 hz-gb
big5hkscs: big5 big5-hkscs cn-big5 csbig5 x-x-big5 big-5 cp950 950 windows-950 x-big5 big5-eten
cp932: shift_jis shift-jis sjis s-jis ms_kanji csshiftjis windows-31j windows-932 x-sjis ms932 x-ms-cp932 cswindows31j
euc_jp: euc-jp eucjp x-euc-jp x-eucjp ujis cseucpkdfmtjapanese
iso2022_jp_ext: iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms cp50220 cp50221 cp50222
  csiso2022jp jis
cp949: euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 korean iso-ir-149 cseuckr ms949 windows-949
  csksc56011987 uhc 949 x-windows-949
iso2022_kr: iso-2022-kr csiso2022kr
johab: cp1361 ms1361
utf-7: utf7 unicode-1-1-utf-7 x-utf-7 csunicode11utf7 utf-7-imap
utf-16: utf16 unicode iso-10646-ucs-2 ucs-2 csunicode
utf-16-le: utf-16le unicodefffe utf16le x-utf-16le
utf-16-be: utf-16be unicodefeff utf16be x-utf-16be
utf-32: utf32 ucs-4 iso-10646-ucs-4
utf-32-le: utf-32le
utf-32-be: utf-32be
viscii: csviscii
tcvn: tcvn-5712 tcvn5712-1
"""


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in _LABELS.replace("\n  ", " ").strip().splitlines():
        codec, labels = entry.split(":", 1)
        for label in (codec, *labels.split()):
            table[label] = _SPOKEN_AS.get(codec, codec)
    return table


_SPOKEN_AS = {"viscii": "cp1258", "tcvn": "cp1258"}  # Vietnamese that Python has no codec for: the nearest
_CODECS = _table()
_UNICODE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_LABEL_NOISE = " \t\"'`;,<>()=?\0"


def codec(label: str) -> str | None:
    """Python's name for a charset label; None if it is not the name of a charset that we know."""
    known = _CODECS.get(label)
    if known is None and len(label) <= 60:
        plain = label.strip(_LABEL_NOISE).lower().removeprefix("charset").strip(_LABEL_NOISE)
        known = (
            _CODECS.get(plain)
            or _CODECS.get(plain.removeprefix("x-"))
            or _CODECS.get(plain.replace("_", "-"))
        )
    return known


def decode(data: bytes, label: str = "") -> str:
    """The text of `data`: as labelled if that makes sense, else as UTF-8, else as Windows-1252."""
    known = codec(label) if label else None
    if known is None or known == "ascii" or known == "utf-8" or (known == "cp1252" and data.isascii()):
        return _guess(data, declared=known == "utf-8")
    if known in _UNICODE and known != "utf-7" and _is_plain(data):
        return _guess(data, declared=False)  # "unicode" in the label of plain ASCII: seen in the wild
    try:
        text = data.decode(known, "replace")
    except (
        UnicodeError,
        ValueError,
        LookupError,
    ):  # pragma: no cover - "replace" does not raise; codecs differ
        return _guess(data, declared=False)
    if known == "cp1252" and "\ufffd" in text:
        text = data.decode("latin-1")
    return _SURROGATES.sub("\ufffd", text) if known in _UNICODE else text


def _guess(data: bytes, *, declared: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        # A text that was cut in the middle of a character, or damaged here and there, is still UTF-8.
        if declared or (problem.start >= len(data) - 3 and not data[: problem.start].isascii()):
            return data.decode("utf-8", "replace")
    text = data.decode("cp1252", "replace")
    return data.decode("latin-1") if "\ufffd" in text else text


def _is_plain(data: bytes) -> bool:
    return b"\0" not in data[:200] and data[:2] not in (b"\xff\xfe", b"\xfe\xff")

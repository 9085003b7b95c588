"""Bytes to text, whatever the label says: the one place where a charset is chosen.

The ladder: the declared charset (by its usual aliases) → UTF-8 → what the bytes themselves look like
(ISO-2022 escapes, the legacy charsets of East Asia and of Cyrillic) → windows-1252. Only codecs of a closed
list are ever used: Python also registers codecs that are no text (`hex`, `zlib`) or that guess
(`idna`, `unicode_escape`), and a label is a stranger's word (T72).

Does not raise. What was wrong comes back as a second value, for the mail's defects.
"""

from __future__ import annotations

import re

# RFC 2978 labels and the ones seen in mail → Python's codec. A label of the first column that is narrower
# than what writers mean by it gets the wider codec (WHATWG Encoding, section 4.2): iso-8859-1 → cp1252.
_ALIASES = {
    "ascii": "cp1252",
    "usascii": "cp1252",
    "ansix341968": "cp1252",
    "iso646us": "cp1252",
    "unknown8bit": "",
    "xunknown": "",
    "unknown": "",
    "8bit": "",
    "7bit": "",
    "default": "",
    "utf8": "utf-8",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "cp65001": "utf-8",
    "xutf8": "utf-8",
    "unicode11utf7": "utf-7",
    "utf7": "utf-7",
    "utf16": "utf-16",
    "ucs2": "utf-16",
    "iso10646ucs2": "utf-16",
    "unicode": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "utf32le": "utf-32-le",
    "utf32be": "utf-32-be",
    "latin1": "cp1252",
    "l1": "cp1252",
    "iso88591": "cp1252",
    "iso885911": "cp874",
    "iso88599": "cp1254",
    "latin2": "iso8859-2",
    "latin5": "cp1254",
    "latin9": "iso8859-15",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "iso88596i": "iso8859-6",
    "iso88596e": "iso8859-6",
    "visual": "iso8859-8",
    "logical": "iso8859-8",
    "ansi": "cp1252",
    "xansi": "cp1252",
    "cp1252ansi": "cp1252",
    "macintosh": "mac-roman",
    "xmacroman": "mac-roman",
    "macroman": "mac-roman",
    "mac": "mac-roman",
    "xmaccyrillic": "mac-cyrillic",
    "maccyrillic": "mac-cyrillic",
    "maclatin2": "mac-latin2",
    "xmacce": "mac-latin2",
    "macgreek": "mac-greek",
    "macturkish": "mac-turkish",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "koi8ru": "koi8-u",
    "koi8t": "koi8-t",
    "ibm866": "cp866",
    "tis620": "cp874",
    "thai": "cp874",
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "euccn": "gb18030",
    "xeuccn": "gb18030",
    "cngb": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "chinese": "gb18030",
    "hzgb2312": "hz",
    "hz": "hz",
    "big5": "big5hkscs",
    "cnbig5": "big5hkscs",
    "xxbig5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "cp950",
    "euctw": "big5hkscs",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "mskanji": "cp932",
    "cp932": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc_jp",
    "xeucjp": "euc_jp",
    "cp51932": "euc_jp",
    "iso2022jp": "iso2022_jp_ext",
    "iso2022jp1": "iso2022_jp_ext",
    "iso2022jp2": "iso2022_jp_2",
    "iso2022jp3": "iso2022_jp_3",
    "iso2022jp2004": "iso2022_jp_2004",
    "iso2022jpms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso2022kr": "iso2022_kr",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "ksc56011989": "cp949",
    "euckr": "cp949",
    "korean": "cp949",
    "cp949": "cp949",
    "uhc": "cp949",
    "johab": "johab",
    "viscii": "cp1258",
    "tcvn": "cp1258",
    "armscii8": "",
}
for _n in (*range(2, 8), *range(10, 17)):
    _ALIASES.setdefault(f"iso8859{_n}", f"iso8859-{_n}")
for _n in (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874):
    _ALIASES.setdefault(f"cp{_n}", f"cp{_n}")
    _ALIASES.setdefault(f"ibm{_n}", f"cp{_n}")
for _n in range(1250, 1259):
    for _form in ("cp%d", "windows%d", "xcp%d", "win%d", "ms%d", "ansi%d", "%d", "xwindows%d"):
        _ALIASES.setdefault(_form % _n, f"cp{_n}")
for _n in (874, 932, 936, 949, 950):
    for _form in ("windows%d", "ms%d", "win%d"):
        _ALIASES.setdefault(_form % _n, _ALIASES.get(f"cp{_n}", f"cp{_n}"))

_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_ext"), (b"\x1b(J", "iso2022_jp_ext"))
_MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp950", "cp932", "euc_jp", "cp949", "johab"})
_STATEFUL = frozenset({"hz", "utf-7", "iso2022_kr"})

_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff\ue0c7-\ue0c9]")
_TIDY = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], None)
_TIDY.update(dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028, 0x2029], "\n"))
# U+E0C7 to U+E0C9 are our own marks in text made from HTML: nobody may send them.
_TIDY.update({0x00: "\ufffd", 0xFFFE: None, 0xFFFF: None, 0xE0C7: None, 0xE0C8: None, 0xE0C9: None})
_TIDY.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))


def codec(label: str | None) -> str:
    """Python's codec for a label, or '' when it says nothing we would act on."""
    if not label:
        return ""
    key = "".join(c for c in label.lower() if c.isalnum())
    if key.startswith("cs") and key not in _ALIASES:
        key = key[2:]
    return _ALIASES.get(key, "")


def decode(data: bytes, label: str | None) -> tuple[str, str | None]:
    """The text, and what was wrong with its label (None: nothing)."""
    name = codec(label)
    wrong = None if name or not label else "charset: unknown"
    if data.isascii() and b"\x1b" not in data and name not in _STATEFUL and not name.startswith(("utf-16", "utf-32")):
        return data.decode("ascii"), wrong
    if name and name != "cp1252":
        text = _strict(data, name)
        if text is not None:
            return text, None
        wrong = "charset: bytes do not fit the label"
    text = _strict(data, "utf-8")
    if text is not None and b"\x1b$" not in data:
        return text, wrong
    if name in _MULTIBYTE or name in ("utf-8", "iso2022_jp_ext"):
        text = data.decode(name, "replace")
        if text.count("\ufffd") * 10 <= len(text):
            return text, wrong
    return _guess(data), wrong if wrong or name else "charset: 8-bit text without a label"


def _strict(data: bytes, name: str) -> str | None:
    try:
        if name == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            # RFC 2781 4.3: without a mark it is big-endian; writers who forget it mostly mean little.
            name = "utf-16-le" if data[1:200:2].count(0) > data[0:200:2].count(0) else "utf-16-be"
        text = data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None
    return text[1:] if text.startswith("\ufeff") else text


def _guess(data: bytes) -> str:
    """Text whose label is missing or wrong, and that is no UTF-8."""
    for escape, name in _ESCAPES:
        if escape in data:
            return data.decode(name, "replace")
    return _likely(data) or data.decode("cp1252", "replace")


def _likely(data: bytes) -> str | None:
    """The legacy reading that looks most like writing; None: nothing beats windows-1252.

    A plain count, no model: a multi-byte reading must fit strictly and give letters of one script in runs;
    Cyrillic in a single-byte reading must be mostly lower case (KOI8-R and windows-1251 swap the cases).
    """
    sample = data[:4096]
    high = sum(1 for b in sample if b >= 0x80)
    if high < 6:
        return None
    best: tuple[float, str] | None = None
    for name in ("cp932", "euc_jp", "gb18030", "cp949", "big5hkscs", "koi8-r", "cp1251"):
        score = _writing(sample, name, high)
        if score > 0.7 and (best is None or score > best[0]):
            best = (score, name)
    return data.decode(best[1], "replace") if best else None


def _writing(sample: bytes, name: str, high: int) -> float:
    """How much of the 8-bit text reads as common letters of the charset's script, 0 to 1."""
    text = sample.decode(name, "ignore")
    if name in ("koi8-r", "cp1251"):
        lower = sum(1 for c in text if "а" <= c <= "я" or c == "ё")
        return lower / high if high * 3 > len(sample) else 0.0
    if name in _MULTIBYTE and len(sample.decode(name, "replace")) and "\ufffd" in sample[:-2].decode(name, "replace"):
        return 0.0
    kana = sum(1 for c in text if "\u3041" <= c <= "\u30f6")
    hangul = sum(1 for c in text if "\uac00" <= c <= "\ud7a3")
    han = sum(1 for c in text if "\u4e00" <= c <= "\u9fa5")
    punctuation = sum(1 for c in text if c in "、。，！？「」（）：")
    chars = high / 2
    if name in ("cp932", "euc_jp"):
        return (kana * 1.2 + han + punctuation) / chars if kana * 5 > chars else 0.0
    if name == "cp949":
        return hangul / chars
    common = sum(1 for c in text if c in "的是不我有在了人這这个個们們来來到大為为和你地會会請请您好謝谢问問")
    return (han + punctuation) / chars * (0.75 + min(common * 8 / chars, 0.4)) if common else 0.0


def tidy(text: str) -> str:
    """Text fit for people and databases: line ends are LF; no controls (NUL stays visible, T75), no surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_TIDY) if _ODD.search(text) else text


_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]")


def one_line(text: str) -> str:
    """Text of a header field or a name: a single line without controls or direction tricks (T60, T74)."""
    return " ".join(_INVISIBLE.sub("", tidy(text)).split())

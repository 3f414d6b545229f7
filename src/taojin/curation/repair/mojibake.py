"""Text whose bytes were read in a wrong encoding, read again in the right one."""

import codecs
import re

import ftfy

_CONFIG = ftfy.TextFixerConfig(explain=False)

_GBK_SIGN = re.compile("[锛銆鈥鐨涓鏄浜杩]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f\ufffd]+")
_SHORTEST_RUN = 2
_LOST = "\ufffd"
_WRITTEN_IN_CHINESE = re.compile(
    "[\u00b7\u2010-\u203b\u2103-\u2642\u3000-\u30ff\u3400-\u9fff\uff01-\uff5e€]+"
)

_LATIN_RUN = re.compile(r"(?:[\xb0-\xd7\xa1\xa3][\xa1-\xfe]){3,}")
_COMMON_CHARACTERS = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前"
    "开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最"
)
_FEWEST_HAN = 4
_COMMON_SHARE = 0.2
"""Of running Chinese text a half; of characters drawn at random a twenty-fifth."""

DAMAGE = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯")
"""What nothing can be read from any more."""


def repair_mojibake(text: str) -> str:
    """Read again what was read in a wrong encoding.

    UTF-8 that was read as a Western, Central European, Cyrillic, Greek or Baltic
    single-byte encoding is what ftfy repairs (only its repairs of encodings are used,
    none of quotes, widths or entities). UTF-8 read as GBK and GBK read as Latin-1 are
    repaired here, where the result is Chinese text beyond reasonable doubt.

    Args:
        text: A line; a mixture of encodings within it is repaired piece by piece.
    """
    if text.isascii():
        return text
    if _GBK_SIGN.search(text):
        text = _NOT_ASCII.sub(_reread_gbk_as_utf8, text)
    text = _LATIN_RUN.sub(_reread_latin_as_gbk, text)
    return ftfy.fix_encoding(text, _CONFIG)


def _reread_gbk_as_utf8(match: re.Match[str]) -> str:
    run = match.group()
    if not _GBK_SIGN.search(run) or len(run) < _SHORTEST_RUN:
        return run
    try:
        # Windows writes the euro sign into a byte that GBK leaves free.
        content = b"\x80".join(piece.encode("gb18030") for piece in run.split("€"))
        read, num_read = codecs.utf_8_decode(content)
    except UnicodeError:
        return run
    if not _WRITTEN_IN_CHINESE.fullmatch(read):
        return run
    # An odd number of bytes: the last ones made half a character, which is lost.
    return read if num_read == len(content) else read + _LOST


def _reread_latin_as_gbk(match: re.Match[str]) -> str:
    run = match.group()
    try:
        read = run.encode("latin-1").decode("gb2312")
    except UnicodeError:
        return run
    han = [c for c in read if "\u4e00" <= c <= "\u9fff"]
    common = sum(c in _COMMON_CHARACTERS for c in han)
    is_chinese = len(han) >= _FEWEST_HAN and common >= _COMMON_SHARE * len(han)
    return read if is_chinese else run

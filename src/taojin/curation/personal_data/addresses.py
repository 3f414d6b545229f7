"""Addresses on the internet: e-mail and IP."""

import ipaddress
import re
from collections.abc import Iterator

_LOCAL_CHARACTERS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}\Z")
_LOCAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+\-]{0,62}[A-Za-z0-9_+\-])?\Z")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}"
    r"(?![A-Za-z0-9_(\[])"
)
_RESERVED_DOMAIN = re.compile(
    r"(?:^|\.)(?:example|invalid|test|localhost|local|internal)$"
    r"|(?:^|\.)(?:example|domain|mydomain|yourdomain|company|mycompany|foo|bar|baz)"
    r"\.(?:com|org|net|edu|io|tld)$|^openssh\.com$",
    re.IGNORECASE,
)
"""RFC 2606 and RFC 6762 names, and the fillers that documentation uses for them;
OpenSSH writes its key types as addresses."""

_NOT_TOP_LEVEL = frozenset(
    [
        "css",
        "dll",
        "exe",
        "gif",
        "gz",
        "html",
        "ini",
        "ipynb",
        "jpeg",
        "jpg",
        "js",
        "json",
        "jsonl",
        "log",
        "pdf",
        "png",
        "pt",
        "py",
        "pyc",
        "pyi",
        "rst",
        "service",
        "shape",
        "so",
        "svg",
        "tar",
        "toml",
        "txt",
        "webp",
        "whl",
        "xml",
        "yaml",
        "yml",
        "zip",
    ]
)
_ROLE_ACCOUNTS = frozenset({"git", "hg", "noreply", "no-reply", "user", "username"})

_IPV4 = re.compile(r"(?<![\w.:/=\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-+]|\.\w)", re.ASCII)
_IPV4_IN_URL = re.compile(r"(?<=//)(?:\d{1,3}\.){3}\d{1,3}(?![\w\-+]|\.\w)", re.ASCII)
_IPV6_HINT = re.compile(r":[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:")
_IPV6 = re.compile(
    r"(?<![\w:.])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:]|\.\w)", re.ASCII
)
_IP_CONTEXT = re.compile(
    r"(?:\bip|host|server|addr|ping|地址|主机)[^\n]{0,24}\Z", re.IGNORECASE
)
_VERSION_CONTEXT = re.compile(
    r"(?:version|release|section|build|chrome|clause|\boid\b|bump|upgrade|updat|patch|版本|"
    r"[<>=~^])[^\n]{0,12}\Z",
    re.IGNORECASE,
)
_PREFIX_LENGTH = re.compile(r"/(\d{1,3})(?!\d)", re.ASCII)
_FAMILIAR = frozenset(
    [
        "1.2.3.4",
        "1.1.1.1",
        "1.0.0.1",
        "8.8.8.8",
        "8.8.4.4",
        "9.9.9.9",
        "114.114.114.114",
        "223.5.5.5",
        "2001:4860:4860::8888",
        "2001:4860:4860::8844",
        "2606:4700:4700::1111",
        "2606:4700:4700::1001",
    ]
)
"""Public name servers, and what people type for an address."""

_CONTEXT_CHARS = 32
_LARGEST_VERSION_PART = 31
_LARGEST_MAJOR_VERSION = 9
_LARGEST_MINOR_VERSION = 127
_FULL_IPV6_COLONS = 7


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Find e-mail addresses, ASCII form (RFC 5321).

    Not taken: reserved and filler domains, the credentials part of a URL, names of
    shared accounts (``git@host``), file names (``icon@2x.png``).
    """
    at, free = text.find("@"), 0
    while at >= 0:
        span = _email_around(text, at, free)
        if span is not None:
            yield span
            free = span[1]
        at = text.find("@", at + 1)


def find_ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Find addresses of machines on the public internet.

    Not taken: private, loopback, documentation and other special ranges, networks,
    public name servers, and four small numbers with dots that nothing calls an address
    (versions, section numbers).
    """
    for pattern in (_IPV4, _IPV4_IN_URL):
        for match in pattern.finditer(text):
            if _is_personal_ipv4(text, match):
                yield match.span()
    if _IPV6_HINT.search(text):
        for match in _IPV6.finditer(text):
            if _is_personal_ipv6(match.group()) and not _is_network(text, match):
                yield match.span()


def is_reserved_domain(name: str) -> bool:
    """Tell names that documentation uses, and names of no public host."""
    return bool(_RESERVED_DOMAIN.search(name.lower()))


def _email_around(text: str, at: int, free: int) -> tuple[int, int] | None:
    """An address whose "@" stands at ``at`` and that starts at ``free`` or later."""
    domain = _DOMAIN.match(text, at + 1)
    if domain is None:
        return None
    around = _LOCAL_CHARACTERS.search(text, max(free, at - 64), at)
    local = _trim_local(around.group()) if around else ""
    if not _LOCAL.match(local) or ".." in local:
        return None
    name = domain.group().lower()
    if name.rpartition(".")[2] in _NOT_TOP_LEVEL or is_reserved_domain(name):
        return None
    start = at - len(local)
    if local.lower() in _ROLE_ACCOUNTS or _is_url_credentials(text, start):
        return None
    return start, domain.end()


def _trim_local(written: str) -> str:
    """Cut what RFC 5321 would allow but prose puts before an address: quotes, marks."""
    return re.split(r"[^A-Za-z0-9._%+\-]", written)[-1].lstrip("._%+-")


def _is_url_credentials(text: str, start: int) -> bool:
    before = text[max(0, start - 64) : start]
    word = before.split()[-1] if before and not before[-1].isspace() else ""
    return ":/" in word


def _is_personal_ipv4(text: str, match: re.Match[str]) -> bool:
    written = match.group()
    try:
        address = ipaddress.IPv4Address(written)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or written in _FAMILIAR:
        return False
    is_range = address.packed[3] == 0 or _is_network(text, match)
    if is_range or len(set(address.packed)) == 1:
        return False
    before = text[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
    if _VERSION_CONTEXT.search(before) and not before.endswith("//"):
        return False
    if _is_like_version(address.packed):
        return bool(_IP_CONTEXT.search(before))
    return True


def _is_like_version(parts: bytes) -> bool:
    if parts[0] <= _LARGEST_MAJOR_VERSION:
        return max(parts) <= _LARGEST_MINOR_VERSION
    return max(parts) <= _LARGEST_VERSION_PART


def _is_network(text: str, match: re.Match[str]) -> bool:
    """Tell a range of addresses, ``86.231.0.0/16``, from one address in it."""
    size = _PREFIX_LENGTH.match(text, match.end())
    if size is None or size[1] in {"32", "128"}:
        return False
    try:
        ipaddress.ip_network(match.group() + size.group())
    except ValueError:
        return False
    return True


def _is_personal_ipv6(written: str) -> bool:
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return False
    # Two hexadecimal digits a group is a hardware address or a key's fingerprint.
    groups = [group for group in written.split(":") if group]
    if max(len(group) for group in groups) <= 2:
        return False
    if str(address) in _FAMILIAR:
        return False
    special = address.is_private or address.is_link_local or address.is_multicast
    if special or address.is_loopback:
        return False
    # Only 2000::/3 is given out; elsewhere the full form alone is beyond doubt.
    return address.packed[0] >> 5 == 1 or written.count(":") == _FULL_IPV6_COLONS

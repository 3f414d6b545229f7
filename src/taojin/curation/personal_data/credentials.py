"""Secrets: keys of services, and passwords in URLs and settings."""

import re
from collections.abc import Iterator

from taojin.curation.personal_data.addresses import is_reserved_domain

_ISSUED = re.compile(
    r"(?<![0-9A-Za-z_\-])(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"  # Amazon Web Services
    r"|gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_[0-9A-Za-z_]{82}"
    r"|glpat-[0-9A-Za-z_\-]{20,64}"  # GitLab
    r"|xox[abprs]-[0-9A-Za-z\-]{20,200}"  # Slack
    r"|sk-(?:proj-|ant-)?[0-9A-Za-z_\-]{32,200}"  # OpenAI, Anthropic
    r"|[sr]k_live_[0-9A-Za-z]{24,128}"  # Stripe
    r"|AIza[0-9A-Za-z_\-]{35}"  # Google
    r"|hf_[0-9A-Za-z]{34}|npm_[0-9A-Za-z]{36}"
    r"|pypi-[0-9A-Za-z_\-]{60,250}"
    r"|LTAI[0-9A-Za-z]{12,20}|AKID[0-9A-Za-z]{32}"  # Alibaba Cloud, Tencent Cloud
    r")(?![0-9A-Za-z_\-])"
)
"""Keys that begin as their issuers say, of the length that these issue."""

_IN_URL = re.compile(
    r"://[0-9A-Za-z._~%+\-]{1,64}:([0-9A-Za-z._~%+\-!$&*=]{6,128})"
    r"@((?:[0-9A-Za-z\-]{1,63}\.){1,8}[0-9A-Za-z]{2,24})"
)
_ASSIGNED = re.compile(
    r"(?:api[_\-]?key|access[_\-]?key|secret[_\-]?key|secret|auth[_\-]?token|"
    r"access[_\-]?token|token|password|passwd|密码|密钥)[\"']?[ ]{0,3}(?:=|:|：|是|为)"
    r"[ ]{0,3}[\"']?([0-9A-Za-z_\-]{16,128})(?![0-9A-Za-z_\-.(\[/+=])",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"example|sample|dummy|placeholder|changeme|your|xxx|abcdef|123456|test|foo|"
    r"password|secret|token|_key|fake|redacted",
    re.IGNORECASE,
)
_FEWEST_DISTINCT = 10
_FEWEST_DIGITS = 3


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Find keys of services by their prefixes, and passwords by where they stand.

    A password in a URL counts if a public host follows; a value that is assigned to
    a password, a key or a token counts if it looks random: upper case or lower case
    letters and digits mixed. Not taken: what says that it is an example.
    """
    for match in _ISSUED.finditer(text):
        if _looks_random(match.group()):
            yield match.span()
    if "://" in text:
        for match in _IN_URL.finditer(text):
            is_filler = _FILLER.search(match[1]) or is_reserved_domain(match[2])
            if not is_filler and _has_digit_and_letter(match[1]):
                yield match.span(1)
    for match in _ASSIGNED.finditer(text):
        if _looks_random(match[1]) and _is_mixed(match[1]):
            yield match.span(1)


def _looks_random(written: str) -> bool:
    varied = len(set(written)) >= _FEWEST_DISTINCT
    return varied and _has_digit_and_letter(written) and not _FILLER.search(written)


def _is_mixed(written: str) -> bool:
    """Tell random characters from names with a number and from hexadecimal hashes."""
    num_digits = sum(c.isdigit() for c in written)
    has_cases = written.upper() != written and written.lower() != written
    return num_digits >= _FEWEST_DIGITS and has_cases


def _has_digit_and_letter(written: str) -> bool:
    return any(c.isdigit() for c in written) and any(c.isalpha() for c in written)

"""Values for the planted set: valid personal data of nobody, and what resembles it."""

import ipaddress
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from taojin.curation.kernels.candidates import PROVINCES

Draw = Callable[[np.random.Generator], str]

_FIRST_DAY = date(1950, 1, 1)
_NUM_DAYS = 20_000
_DIGITS = "0123456789"
_HEX = "0123456789abcdef"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALNUM = _DIGITS + _UPPER + _UPPER.lower()
_PLATE = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_NAMES = ("mira", "jonas.weil", "li_na", "zhang.wei", "o.adeyemi", "k-tanaka", "w2h")
_HOSTS = (
    "quillmail.net",
    "nordpost.de",
    "kuaixin.cn",
    "brookline.co.uk",
    "zxmail.com.cn",
)
_MOST = 0.8
_PHONES = (
    "138########",
    "177 #### ####",
    "+86 159########",
    "199-####-####",
    "0571-8#######",
    "(010) 8#######",
    "021 6### ####",
    "0755—2#######",
    "(415) 62#-####",
    "312-86#-####",
    "1-206-44#-####",
    "617.92#.####",
    "206\u201144#\u2011####",
    "+1 702 38# ####",
    "+49 30 4### ####",
    "+49 (0)89 3### ####",
    "0049 221 7######",
    "030 / 7######",
)
"""Writings of numbers of China, North America and Germany; "#" is any digit."""

_IBANS = (("DE", 18), ("NO", 11), ("ES", 20), ("AT", 16), ("PL", 24))
"""Countries whose account numbers are digits only, and how many."""


def email(random: np.random.Generator) -> str:
    """Draw an address of a host that does not exist."""
    written = f"{_one(random, _NAMES)}{random.integers(100)}@{_one(random, _HOSTS)}"
    return _dressed(random, written, (str.upper, str.title, _widened))


def secret(random: np.random.Generator) -> str:
    """Draw a key in the form of one of four issuers."""
    form = random.integers(4)
    if form == 0:
        return "AKIA" + _many(random, _DIGITS + _UPPER, 16)
    prefix = ("", "ghp_", "hf_", "sk_live_")[form]
    return prefix + _many(random, _ALNUM, (0, 36, 34, 30)[form])


def iban(random: np.random.Generator) -> str:
    """Draw an account number of five countries."""
    country, length = _IBANS[random.integers(len(_IBANS))]
    account = _many(random, _DIGITS, length)
    numeral = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    written = f"{country}{98 - int(numeral) % 97:02}{account}"
    return _dressed(random, written, (str.lower, _spaced, _spaced, _typeset, _dashed))


def cn_resident_id(random: np.random.Generator) -> str:
    """Draw a resident identity number of mainland China, GB 11643-1999."""
    area = _one(random, ("110101", "310104", "440305", "330106", "510107"))
    birth = _FIRST_DAY + timedelta(days=int(random.integers(_NUM_DAYS)))
    body = f"{area}{birth:%Y%m%d}{random.integers(1000):03}"
    # ISO 7064 MOD 11-2: the weight of a place is a power of two.
    total = sum(int(d) * pow(2, 17 - place, 11) for place, d in enumerate(body))
    written = body + "0123456789X"[(1 - total) % 11]
    return _dressed(random, written, (str.lower, _widened, _split_birth))


def cn_bank_card(random: np.random.Generator) -> str:
    """Draw a debit card number: UnionPay, 16 or 19 digits."""
    prefix = _one(random, ("622202", "621700", "622848"))
    written = _card(random, prefix, int(random.choice((16, 19, 19))))
    return _dressed(random, written, (_spaced, _spaced, _dashed, _widened, _typeset))


def payment_card(random: np.random.Generator) -> str:
    """Draw a card number of three international issuers."""
    prefix, length = (("4", 16), ("52", 16), ("37", 15))[random.integers(3)]
    written = _card(random, prefix, length)
    return _dressed(random, written, (_spaced, _dashed, _typeset, _dotted))


def us_ssn(random: np.random.Generator) -> str:
    """Draw a social security number of the United States."""
    area, group = random.integers(1, 666), random.integers(1, 100)
    written = f"{area:03}-{group:02}-{random.integers(1, 10_000):04}"
    return _dressed(random, written, (_without_dashes, _dashes_to_spaces))


def cn_licence_plate(random: np.random.Generator) -> str:
    """Draw a licence plate of mainland China, a fifth of them of new energy."""
    place = _one(random, PROVINCES) + _one(random, "ABCDEF") + _one(random, ("", "·"))
    number = f"{random.integers(10)}{_one(random, _PLATE)}{_many(random, _DIGITS, 3)}"
    electric = f"D{_many(random, _DIGITS, 5)}"
    written = place + (number if random.random() < _MOST else electric)
    return _dressed(random, written, (str.lower, _widened))


def ip_address(random: np.random.Generator) -> str:
    """Draw an address of the public internet, a fifth of them IPv6."""
    if random.random() > _MOST:
        groups = [f"{0x2400 + random.integers(0x600):x}"]
        groups += [f"{random.integers(0x1000, 0x10000):x}" for _ in range(7)]
        return ":".join(groups)
    while True:
        address = ipaddress.IPv4Address(int(random.integers(1 << 24, 224 << 24)))
        if address.is_global:
            return str(address)


def passport(random: np.random.Generator) -> str:
    """Draw a passport number of China or, a quarter, one of nine digits."""
    form = random.integers(4)
    prefix = ("E", "G", f"E{_one(random, _PLATE)}", "")[form]
    written = prefix + _many(random, _DIGITS, 9 - len(prefix))
    return _dressed(random, written, (str.lower, _widened))


def phone(random: np.random.Generator) -> str:
    """Draw a telephone number of China, North America or Germany, in many writings."""
    form = _one(random, _PHONES)
    return "".join(_one(random, _DIGITS) if c == "#" else c for c in form)


def _dressed(
    random: np.random.Generator, written: str, ways: tuple[Callable[[str], str], ...]
) -> str:
    """Write half of the values plainly, and the others in one of several ways."""
    way = ways[random.integers(len(ways))]
    return way(written) if random.random() < 0.5 else written


def _widened(written: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in written)


def _spaced(written: str) -> str:
    return _grouped(written, " ")


def _dashed(written: str) -> str:
    return _grouped(written, "-")


def _dotted(written: str) -> str:
    return _grouped(written, ".")


def _typeset(written: str) -> str:
    return _grouped(written, "\u00a0")


def _without_dashes(written: str) -> str:
    return written.replace("-", "")


def _dashes_to_spaces(written: str) -> str:
    return written.replace("-", " ")


def _split_birth(written: str) -> str:
    return f"{written[:6]} {written[6:14]} {written[14:]}"


def _grouped(written: str, separator: str) -> str:
    return separator.join(written[i : i + 4] for i in range(0, len(written), 4))


def _one(random: np.random.Generator, choices: str | tuple[str, ...]) -> str:
    return choices[random.integers(len(choices))]


def _many(random: np.random.Generator, characters: str, count: int) -> str:
    return "".join(
        characters[place] for place in random.integers(len(characters), size=count)
    )


def _card(random: np.random.Generator, prefix: str, length: int) -> str:
    body = prefix + _many(random, _DIGITS, length - len(prefix) - 1)
    doubled = "".join(str(2 * int(d)) for d in body[::-2])
    return f"{body}{-sum(map(int, doubled + body[-2::-2])) % 10}"


def _isbn(random: np.random.Generator) -> str:
    return f"978-{random.integers(10)}-{_many(random, _DIGITS, 4)}-{_many(random, _DIGITS, 4)}-{random.integers(10)}"


def _uuid(random: np.random.Generator) -> str:
    return "-".join(_many(random, _HEX, size) for size in (8, 4, 4, 4, 12))


def _date(random: np.random.Generator) -> str:
    day = _FIRST_DAY + timedelta(days=int(random.integers(_NUM_DAYS, 2 * _NUM_DAYS)))
    return day.strftime(_one(random, ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%Y.%m.%d")))


def _version(random: np.random.Generator) -> str:
    """Draw four parts: small ones, or those of a browser."""
    first, second, last = random.integers(0, 24, size=3)
    if random.random() < _MOST:
        return f"{first}.{second}.{random.integers(10)}.{last}"
    return f"{100 + last}.0.{random.integers(1_000, 7_000)}.{random.integers(200)}"


DECOYS: dict[str, Draw] = {
    "version": _version,
    "hash": lambda random: _many(random, _HEX, 64),
    "short_hash": lambda random: _many(random, _HEX, 10),
    "isbn": _isbn,
    "order": lambda random: f"20{_many(random, _DIGITS, 16)}",
    "date": _date,
    "private_ip": lambda random: f"10.{random.integers(256)}.{random.integers(256)}.7",
    "mac": lambda random: ":".join(_many(random, _HEX, 2) for _ in range(6)),
    "bytes": lambda random: str(random.integers(1_000, 10_000_000_000)),
    "uuid": _uuid,
    "digits8": lambda random: _many(random, _DIGITS, 8),
    "digits10": lambda random: _many(random, _DIGITS, 10),
    "digits15": lambda random: _many(random, _DIGITS, 15),
    "epoch": lambda random: str(random.integers(1_000_000_000, 1_800_000_000)),
}
"""What looks like personal data and is none, by the name of its slot."""

"""What licences ask of those who use a text to train a model."""

from taojin.core.config import StageConfig


class LicenceTerms(StageConfig):
    """Rights and duties that matter for training and release.

    Attributes:
        train_ok: The text may be adapted into a model and the model be passed on.
        commercial: That may be done for money.
        derivatives: Changed versions of the text may be passed on.
        share_alike: What is derived must be passed on under the same licence.
        attribution: Author and licence must be named.
    """

    train_ok: bool
    commercial: bool
    derivatives: bool
    share_alike: bool
    attribution: bool


def _terms(rights: str, duties: str) -> LicenceTerms:
    """Read a row: rights of (t)rain, (c)ommercial, (d)erivatives; duties (s), (a)."""
    return LicenceTerms(
        train_ok="t" in rights,
        commercial="c" in rights,
        derivatives="d" in rights,
        share_alike="s" in duties,
        attribution="a" in duties,
    )


_ROWS = (
    # Rights and duties, then the licences that have exactly these.
    ("tcd", "", "0BSD CC0-1.0 MIT-0 PDDL-1.0 Unlicense WTFPL"),
    (
        "tcd",
        "a",
        "AFL-3.0 Apache-1.1 Apache-2.0 BlueOak-1.0.0 BSD-1-Clause BSD-2-Clause "
        "BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear BSD-4-Clause BSL-1.0 "
        "CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 "
        "CNRI-Python ECL-2.0 HPND ISC MIT MIT-CMU MulanPSL-2.0 NCSA ODC-By-1.0 "
        "PostgreSQL PSF-2.0 Python-2.0 Python-2.0.1 Unicode-3.0 Unicode-DFS-2016 "
        "UPL-1.0 W3C X11 Zlib ZPL-2.1",
    ),
    (
        "tcd",
        "sa",
        "AGPL-3.0-only AGPL-3.0-or-later CC-BY-SA-3.0 CC-BY-SA-4.0 "
        "CDLA-Sharing-1.0 EPL-2.0 EUPL-1.2 GFDL-1.3-only GFDL-1.3-or-later "
        "GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later "
        "LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later "
        "LGPL-3.0-only LGPL-3.0-or-later MPL-1.1 MPL-2.0 ODbL-1.0",
    ),
    ("td", "a", "CC-BY-NC-3.0 CC-BY-NC-4.0"),
    ("td", "sa", "CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0"),
    ("c", "a", "CC-BY-ND-3.0 CC-BY-ND-4.0"),
    ("", "a", "CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0"),
)

TERMS: dict[str, LicenceTerms] = {
    spdx: _terms(rights, duties)
    for rights, duties, licences in _ROWS
    for spdx in licences.split()
}
"""Terms by SPDX identifier. An aid for engineers; it is not legal advice."""

UNKNOWN_TERMS = _terms("", "sa")
"""No right, every duty: what a licence that nobody has read is taken for."""

PERMISSIVE = tuple(
    spdx
    for spdx, terms in TERMS.items()
    if terms.train_ok and terms.commercial and not terms.share_alike
)
"""Licences that allow a commercial release and oblige to attribution at most."""

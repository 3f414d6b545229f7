"""How licences are called in the wild, and which SPDX identifier is meant.

Names are compared after :func:`name_key`, so one row covers many spellings.
"""

import re
import unicodedata

_NOISE = re.compile(
    r"\b(?:the|licen[cs]ed?|agreement|under|version|terms|software|public(?= licen)|"
    r"osi approved|international|unported|universal)\b"
)
_VERSION_MARK = re.compile(r"\bv\.? ?(?=\d)")
_GLUED_VERSION = re.compile(r"(?<=[a-z])v(?=\d)")


def name_key(name: str) -> str:
    """Reduce a licence's name to what tells it from others.

    >>> name_key("The Apache Licence, Version 2.0")
    'apache 2.0'
    """
    key = unicodedata.normalize("NFKC", name).lower()
    key = re.sub(r"[^a-z0-9.+]+", " ", key)
    key = _NOISE.sub(" ", _VERSION_MARK.sub(" ", _GLUED_VERSION.sub(" ", key)))
    key = re.sub(r"(?<=\d)\.0(?= |$)", "", " ".join(key.split()))
    return key.strip(" .")


_NAMES: dict[str, tuple[str, ...]] = {
    "0BSD": ("0BSD", "Zero-Clause BSD", "BSD Zero Clause"),
    "AFL-3.0": ("Academic Free License 3.0",),
    "AGPL-3.0-only": ("AGPLv3", "GNU Affero General Public License v3"),
    "AGPL-3.0-or-later": (
        "AGPLv3+",
        "GNU Affero General Public License v3 or later",
        "GNU Affero General Public License v3 or later (AGPLv3+)",
    ),
    # Nothing on a package index is older than 2004, when version 2.0 replaced the
    # others, so the bare name is taken for it.
    "Apache-2.0": (
        "Apache",
        "Apache 2.0",
        "Apache Software License (Apache 2.0)",
        "Apache License (2.0)",
        "Apache License 2.0 (Apache-2.0)",
        "Apache2",
        "ASL 2.0",
        "http://www.apache.org/licenses/LICENSE-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0.txt",
        "AL2",
    ),
    "BSD-2-Clause": (
        "BSD 2-Clause",
        "2-Clause BSD",
        "Simplified BSD",
        "FreeBSD",
        "BSD-2",
        "BSD 2 Clause Simplified",
    ),
    "BSD-3-Clause": (
        "BSD 3-Clause",
        "3-Clause BSD",
        "New BSD",
        "Modified BSD",
        "Revised BSD",
        "BSD-3",
        "BSD 3 Clause New",
        "BSD 3-Clause (New or Revised)",
        "3-Clause BSD (BSD-3-Clause)",
    ),
    "BSL-1.0": ("Boost", "Boost Software License 1.0", "Boost 1.0 (BSL-1.0)"),
    "CC-BY-3.0": ("CC BY 3.0", "Creative Commons Attribution 3.0"),
    "CC-BY-4.0": (
        "CC BY 4.0",
        "Creative Commons Attribution 4.0",
        "Creative Commons Attribution 4.0 (CC BY 4.0)",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC-BY-NC-4.0": ("CC BY-NC 4.0", "Creative Commons Attribution NonCommercial 4.0"),
    "CC-BY-NC-SA-4.0": ("CC BY-NC-SA 4.0",),
    "CC-BY-ND-4.0": ("CC BY-ND 4.0", "Creative Commons Attribution NoDerivatives 4.0"),
    "CC-BY-SA-3.0": ("CC BY-SA 3.0", "Creative Commons Attribution ShareAlike 3.0"),
    "CC-BY-SA-4.0": ("CC BY-SA 4.0", "Creative Commons Attribution ShareAlike 4.0"),
    "CC0-1.0": (
        "CC0",
        "CC0 1.0",
        "CC0 1.0 Universal",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
        "Creative Commons Zero 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    "ECL-2.0": ("Educational Community License 2.0",),
    "EPL-2.0": ("Eclipse Public License 2.0", "EPLv2", "EPL-2.0 (Eclipse Public 2.0)"),
    "EUPL-1.2": ("EUPL 1.2", "European Union Public Licence 1.2 (EUPL 1.2)"),
    "GPL-2.0-only": (
        "GPLv2",
        "GPL 2",
        "GNU GPL v2",
        "GNU General Public License v2",
        "GNU General Public License v2 (GPLv2)",
    ),
    "GPL-2.0-or-later": (
        "GPLv2+",
        "GNU GPL v2+",
        "GNU General Public License v2 or later",
        "GNU General Public License v2 or later (GPLv2+)",
    ),
    "GPL-3.0-only": (
        "GPLv3",
        "GPL 3",
        "GNU GPL v3",
        "GNU GPLv3",
        "GNU General Public License v3",
        "GNU General Public License v3 (GPLv3)",
    ),
    "GPL-3.0-or-later": (
        "GPLv3+",
        "GNU GPL v3+",
        "GNU GPLv3+",
        "GNU General Public License v3 or later",
        "GNU General Public License v3 or later (GPLv3+)",
    ),
    "HPND": (
        "HPND",
        "Historical Permission Notice and Disclaimer",
        "Historical Permission Notice and Disclaimer (HPND)",
    ),
    "ISC": ("ISC", "ISC License (ISCL)", "ISCL"),
    "LGPL-2.1-only": ("LGPLv2.1", "GNU Lesser General Public License v2.1"),
    "LGPL-2.1-or-later": (
        "LGPLv2.1+",
        "GNU LGPL v2.1+",
        "GNU Lesser General Public License v2.1 or later",
    ),
    "LGPL-2.0-or-later": (
        "LGPLv2+",
        "GNU Lesser General Public License v2 or later (LGPLv2+)",
    ),
    "LGPL-3.0-only": (
        "LGPLv3",
        "LGPL 3",
        "GNU LGPLv3",
        "GNU Lesser General Public License v3",
        "GNU Lesser General Public License v3 (LGPLv3)",
    ),
    "LGPL-3.0-or-later": (
        "LGPLv3+",
        "GNU LGPLv3+",
        "GNU Lesser General Public License v3 or later",
        "GNU Lesser General Public License v3 or later (LGPLv3+)",
    ),
    "MIT": (
        "MIT",
        "MIT (MIT)",
        "Expat",
        "MIT (Expat)",
        "MIT/Expat",
        "Expat/MIT",
        "https://opensource.org/licenses/MIT",
        "https://opensource.org/license/mit",
    ),
    "MIT-0": ("MIT-0", "MIT No Attribution", "MIT No Attribution License (MIT-0)"),
    "MIT-CMU": ("MIT-CMU", "CMU"),
    "MPL-1.1": ("Mozilla Public License 1.1 (MPL 1.1)", "MPL 1.1"),
    "MPL-2.0": (
        "MPL 2.0",
        "MPLv2",
        "Mozilla Public License 2.0",
        "Mozilla Public License 2.0 (MPL 2.0)",
    ),
    "MulanPSL-2.0": (
        "Mulan PSL v2",
        "MulanPSL2",
        "Mulan Permissive Software License v2 (MulanPSL-2.0)",
    ),
    "NCSA": ("NCSA", "University of Illinois/NCSA Open Source License"),
    "ODC-By-1.0": ("ODC-By", "Open Data Commons Attribution 1.0"),
    "PDDL-1.0": ("PDDL",),
    # The identifier for what CPython itself uses (Python-2.0) is not meant by
    # packages that name the foundation.
    "PSF-2.0": (
        "PSF",
        "PSFL",
        "PSF 2.0",
        "Python Software Foundation License",
        "Python Software Foundation",
        "Python Software Foundation License Version 2",
    ),
    "Unlicense": ("Unlicense", "The Unlicense (Unlicense)"),
    "UPL-1.0": ("Universal Permissive License", "Universal Permissive License (UPL)"),
    "W3C": ("W3C", "W3C License"),
    "WTFPL": ("WTFPL", "Do What The F*ck You Want To Public License"),
    "ZPL-2.1": ("ZPL 2.1", "Zope Public License 2.1"),
    "Zlib": ("zlib", "zlib/libpng", "zlib/libpng License"),
}

ALIASES = {name_key(name): spdx for spdx, names in _NAMES.items() for name in names}
"""SPDX identifier by name key."""

_AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "it may be the two-, three- or four-clause form": ("BSD", "BSD-style", "BSD-like"),
    "it names no version, and versions differ in what they oblige to": (
        "GPL",
        "GNU GPL",
        "GNU",
        "GNU General Public License (GPL)",
        "GNU General Public License",
        "LGPL",
        "GNU LGPL",
        "GNU Lesser General Public License",
        "GNU Library or Lesser General Public License (LGPL)",
        "AGPL",
        "MPL",
        "EPL",
        "Artistic License",
        "Artistic",
        "Creative Commons",
        "CC BY",
        "CC BY-SA",
        "Zope Public License",
        "Academic Free License (AFL)",
    ),
    "it names no licence": (
        "Dual License",
        "OSI Approved",
        "Open Source",
        "Free",
        "Freeware",
        "Custom",
        "Other",
        "Public Domain",
        "See LICENSE",
        "See LICENSE file",
        "LICENSE",
        "LICENSE.txt",
        "LICENSE file",
    ),
    "it grants no rights to the public": (
        "Proprietary",
        "Other/Proprietary License",
        "Commercial",
        "All rights reserved",
    ),
}

AMBIGUOUS = {name_key(name): why for why, names in _AMBIGUOUS.items() for name in names}
"""Why nothing can be concluded from a name, by name key."""

TEXT_MARKS: dict[str, str] = {
    "MIT": r"permission is hereby granted, free of charge, to any person obtaining a "
    r"copy of this software",
    "BSD-3-Clause": r"redistribution and use in source and binary forms(?=.*"
    r"(?:neither the names? of|the names? of .{1,80} may not be used))",
    "BSD-2-Clause": r"redistribution and use in source and binary forms(?!.*"
    r"(?:neither the names? of|the names? of .{1,80} may not be used"
    r"|acknowledge?ment: this product))",
    "Apache-2.0": r"apache license,? version 2\.0, january 2004|licensed under the "
    r"apache license, version 2\.0 \(the .license.\); you may not use this file",
    "ISC": r"permission to use, copy, modify, and(?:/or)? distribute this software for "
    r"any purpose with or without fee is hereby granted, provided that",
    "MPL-2.0": r"mozilla public license,? version 2\.0",
    "GPL-2.0-only": r"gnu general public license version 2, june 1991",
    "GPL-3.0-only": r"gnu general public license version 3, 29 june 2007",
    "LGPL-3.0-only": r"gnu lesser general public license version 3, 29 june 2007",
    "CC0-1.0": r"cc0 1\.0 universal",
    "Unlicense": r"this is free and unencumbered software released into the public "
    r"domain",
    "PSF-2.0": r"python software foundation license version 2",
    "Zlib": r"this software is provided 'as-is', without any express or implied "
    r"warranty. in no event will the authors be held liable",
}
"""A phrase by which a full licence text is known, over lower-case single-spaced text."""

FOREIGN_MARK = re.compile(
    r"non-?commercial|not for commercial|gnu (?:affero|lesser|general)|(?<!separate )license agreement"
    r"|patent(?:ed)? (?:portion|fee)|all other rights reserved"
)
"""Words that do not occur in the permissive texts above: something was added."""

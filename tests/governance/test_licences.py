import pytest
from pydantic import ValidationError

from taojin.governance.licence_names import ALIASES, AMBIGUOUS, TEXT_MARKS
from taojin.governance.licence_terms import PERMISSIVE, TERMS, LicenceTerms
from taojin.governance.licences import (
    LicencePolicy,
    conclude,
    conclude_licence,
    judge_licence,
    judge_licences,
    obligations,
)

POLICY = LicencePolicy()

MIT_TEXT = """MIT License

Copyright (c) 2022 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction ...
"""
BSD_TEXT = """Copyright (c) 2015, The Project
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:
* Redistributions of source code must retain the above copyright notice.
"""
BSD_THIRD_CLAUSE = """* Neither the name of the project nor the names of its
  contributors may be used to endorse or promote products.
"""


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("The MIT Licence", "MIT"),
        ("Expat", "MIT"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("BSD (3-clause)", "BSD-3-Clause"),
        ('BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
        ("New BSD", "BSD-3-Clause"),
        ("Simplified BSD License", "BSD-2-Clause"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache Software License", "Apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("PSF", "PSF-2.0"),
        ("LGPLv3+", "LGPL-3.0-or-later"),
        ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
        ("GPL v3", "GPL-3.0-only"),
        ("zlib/libpng License", "Zlib"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("ISC License (ISCL)", "ISC"),
        ("木兰 MulanPSL-2.0", None),
    ],
)
def test_a_colloquial_name_is_concluded(declared, expected):
    assert conclude_licence(declared) == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("MIT OR Apache-2.0", "Apache-2.0 OR MIT"),
        ("MIT or Apache 2.0", "Apache-2.0 OR MIT"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        (
            "GPLv2+ with classpath-exception-2.0",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
        ),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "MPL-2.0 AND (Apache-2.0 OR MIT)"),
    ],
)
def test_an_expression_is_normalised(declared, expected):
    assert conclude_licence(declared) == expected
    assert conclude_licence(expected) == expected


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("BSD", "clause"),
        ("License :: OSI Approved :: BSD License", "clause"),
        ("GPL", "version"),
        ("Artistic License", "version"),
        ("Dual License", "names no licence"),
        ("Public Domain", "names no licence"),
        ("Other/Proprietary License", "no rights"),
        ("UNKNOWN", "none is declared"),
        ("", "none is declared"),
        (None, "none is declared"),
        ("LicenseRef-Acme", "neither"),
        ("MIT/Apache-2.0", "neither"),
        ("MIT OR", "neither"),
        ("License :: OSI Approved", "names no licence"),
    ],
)
def test_what_can_mean_two_things_is_not_concluded_and_says_why(declared, reason):
    conclusion = conclude(declared)
    assert conclusion.expression is None
    assert reason in conclusion.reason


@pytest.mark.parametrize(
    "declared", ["\ud800", "\0", "🎉", "许可证", "(" * 290, "A" * 299]
)
def test_odd_words_are_not_concluded(declared):
    assert conclude_licence(declared) is None


def test_no_alias_is_reduced_to_nothing():
    assert "" not in ALIASES
    assert not set(ALIASES) & set(AMBIGUOUS)


def test_several_classifiers_apply_together():
    declared = (
        "License :: OSI Approved :: MIT License; "
        "License :: OSI Approved :: Apache Software License"
    )
    assert conclude_licence(declared) == "Apache-2.0 AND MIT"


def test_a_classifier_that_names_nothing_does_not_spoil_one_that_does():
    declared = "License :: OSI Approved; License :: OSI Approved :: MIT License"
    assert conclude_licence(declared) == "MIT"


def test_an_ambiguous_classifier_spoils_a_clear_one():
    declared = (
        "License :: OSI Approved :: BSD License; License :: OSI Approved :: MIT License"
    )
    assert conclude_licence(declared) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT_TEXT, "MIT"),
        (BSD_TEXT, "BSD-2-Clause"),
        (BSD_TEXT + BSD_THIRD_CLAUSE, "BSD-3-Clause"),
        (MIT_TEXT + BSD_TEXT, None),
        (MIT_TEXT + "\nThe above holds for non-commercial use only.", None),
        ("We wrote this in 1999.\n" * 40, None),
    ],
)
def test_a_full_text_is_known_by_its_phrases_unless_it_is_a_bundle(text, expected):
    assert conclude_licence(text) == expected


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR ISC)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),
        ("CC-BY-4.0", True),
        ("CC-BY-NC-4.0", False),
        ("CC-BY-ND-4.0", False),
        ("Sleepycat", False),
        ("not an expression", False),
        (None, False),
    ],
)
def test_of_or_any_and_of_and_all_must_be_allowed(expression, allowed):
    verdict = judge_licence(expression, POLICY)
    assert verdict.allowed is allowed
    assert verdict.reason


def test_listing_a_licence_does_not_lift_its_terms():
    policy = LicencePolicy(allowed=("CC-BY-NC-4.0", "CC-BY-ND-4.0"))
    assert "commercial" in judge_licence("CC-BY-NC-4.0", policy).reason
    assert "derived" in judge_licence("CC-BY-ND-4.0", policy).reason


def test_research_may_use_what_commerce_may_not():
    policy = LicencePolicy(purpose="research", allowed=("CC-BY-NC-4.0",))
    assert judge_licence("CC-BY-NC-4.0", policy).allowed


def test_a_licence_without_known_terms_cannot_be_allowed():
    with pytest.raises(ValidationError, match=r"licence_policy\.allowed.*Sleepycat"):
        LicencePolicy(allowed=("MIT", "Sleepycat"))


def test_a_policy_can_bring_terms_of_its_own():
    policy = LicencePolicy(
        allowed=("Sleepycat",), additional_terms={"Sleepycat": TERMS["GPL-3.0-only"]}
    )
    assert judge_licence("Sleepycat", policy).allowed
    assert obligations("Sleepycat", policy).share_alike


def test_each_licence_is_judged_once():
    verdicts = judge_licences(["MIT", None, "MIT"], POLICY)
    assert list(verdicts) == ["MIT", None]


def test_obligations_of_and_add_up():
    terms = obligations("CC0-1.0 AND CC-BY-SA-4.0 AND CC-BY-NC-4.0")
    assert terms == LicenceTerms(
        train_ok=True,
        commercial=False,
        derivatives=True,
        share_alike=True,
        attribution=True,
    )


def test_obligations_of_or_are_those_of_the_freest_choice():
    assert obligations("GPL-3.0-only OR MIT") == TERMS["MIT"]
    assert obligations("GPL-3.0-only OR CC0-1.0 OR MIT") == TERMS["CC0-1.0"]


def test_a_policy_limits_the_choice():
    policy = LicencePolicy(allowed=("MIT",))
    assert obligations("CC0-1.0 OR MIT", policy) == TERMS["MIT"]


@pytest.mark.parametrize("expression", [None, "bogus words", "Sleepycat AND MIT"])
def test_what_is_unknown_grants_nothing(expression):
    terms = obligations(expression)
    rights = [terms.train_ok, terms.commercial, terms.derivatives]
    assert not any(rights)


def test_permissive_licences_ask_for_attribution_at_most():
    assert {"MIT", "Apache-2.0", "CC-BY-4.0", "CC0-1.0"} <= set(PERMISSIVE)
    assert not any(TERMS[spdx].share_alike for spdx in PERMISSIVE)
    assert all(judge_licence(spdx, POLICY).allowed for spdx in PERMISSIVE)


def test_every_identifier_of_the_tables_is_spdx():
    for spdx in {*TERMS, *ALIASES.values(), *TEXT_MARKS}:
        assert conclude_licence(spdx) == spdx

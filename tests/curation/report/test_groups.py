import pandas as pd

from taojin.curation.report.groups import count_rules, count_values

CELLS = pd.DataFrame(
    {
        "language": ["en", "zh", "en", "de"],
        "rule": [None, "short", "surprise", None],
        "num_documents": [5, 2, 1, 1],
        "num_bytes": [50, 20, 10, 10],
    }
)


def test_a_rule_that_nobody_named_is_counted_last() -> None:
    rules = count_rules(CELLS, ["idle", "short"])
    assert [(rule["rule"], rule["num_dropped"]) for rule in rules] == [
        ("idle", 0),
        ("short", 2),
        ("surprise", 1),
    ]


def test_the_most_frequent_value_comes_first_and_equals_by_name() -> None:
    rows = count_values(CELLS, "language")
    assert [(row["language"], row["num_documents"]) for row in rows] == [
        ("en", 6),
        ("zh", 2),
        ("de", 1),
    ]
    assert [row["num_kept"] for row in rows] == [5, 0, 1]

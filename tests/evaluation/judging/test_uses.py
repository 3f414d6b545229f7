import numpy as np
import pytest

from taojin.evaluation.baselines import BaselineConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.judging.uses import UsesConfig, judge_uses
from taojin.evaluation.usability import LabelledItems

WORDS = {
    "river": ["otter", "water", "bank", "reed", "鱼"],
    "market": ["bond", "broker", "price", "bank", "股"],
}


def labelled(number, seed, wrong=0.0):
    draw = np.random.default_rng(seed)
    texts, labels = [], []
    for place in range(number):
        label = list(WORDS)[place % 2]
        other = list(WORDS)[(place + 1) % 2]
        told = other if draw.random() < wrong else label
        texts.append(" ".join(draw.choice(WORDS[label], 12)))
        labels.append(told)
    return LabelledItems(texts, labels)


def judge(texts):
    found = [sum(word in text for word in WORDS["river"]) for text in texts]
    return ["river" if count >= 3 else "market" for count in found]


def uses(generated):
    return judge_uses(
        generated,
        (labelled(120, 1), labelled(80, 2)),
        judge,
        UsesConfig.model_validate({"transfer": {"num_seeds": 2}}),
        BaselineConfig(max_features=200),
        IntervalConfig(num_resamples=200),
    )


def value(report, name):
    return report["scores"][name]["estimate"]["value"]


def test_texts_of_the_asked_topics_teach_as_well_as_real_ones():
    report = uses(labelled(80, 3))

    assert value(report, "train_generated_ratio") == pytest.approx(1.0, abs=0.05)
    assert value(report, "attribute_followed") > 0.95
    assert report["warnings"] == []


def test_the_more_labels_are_wrong_the_less_is_followed():
    found = [
        value(uses(labelled(80, 3, wrong)), "attribute_followed")
        for wrong in (0.0, 0.2, 0.5, 0.8)
    ]

    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.4


def test_wrong_labels_teach_what_is_wrong():
    assert value(uses(labelled(80, 3, 1.0)), "train_generated_ratio") < 0.2


def test_labels_that_no_real_text_has_are_warned_of():
    strange = labelled(80, 3)
    renamed = LabelledItems(strange.items, ["x", "y"] * 40)

    report = uses(renamed)

    assert report["scores"] == {}
    assert len(report["warnings"]) == 2
    assert "none of the real ones" in report["warnings"][0]


def test_too_few_texts_say_how_many_are_needed_and_what_can_be_is_measured():
    report = uses(labelled(10, 3))

    assert "at least 20" in report["warnings"][0]
    assert set(report["scores"]) >= {"attribute_followed"}

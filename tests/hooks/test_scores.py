from taojin.hooks.scores import flatten_scores

ESTIMATE = {"value": 1.6, "low": 1.5, "high": 1.7, "num_samples": 9, "confidence": 0.95}


def test_an_estimate_is_its_value_and_its_ends():
    report = {"held_out": {"bits_per_byte": {"pretrained": ESTIMATE}}}
    path = "evaluation/held_out.bits_per_byte.pretrained"

    assert flatten_scores(report, "evaluation") == {
        path: 1.6,
        f"{path}.low": 1.5,
        f"{path}.high": 1.7,
    }


def test_what_is_no_finite_number_is_left_out():
    report = {
        "num_kept": 3,
        "released": True,
        "rules": [{"num_dropped": 1}],
        "name": "x",
        "nothing": None,
        "broken": float("nan"),
        "odd": {"value": float("inf"), "low": 0, "high": 1},
    }
    assert flatten_scores(report, "r") == {
        "r/num_kept": 3.0,
        "r/odd.low": 0.0,
        "r/odd.high": 1.0,
    }

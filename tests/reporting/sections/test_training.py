import math
from typing import Any

from taojin.reporting.sections.training import loss_chart, view_training
from taojin.reporting.texts import Texts


def test_the_lead_says_how_long_and_how_far(
    history: list[dict[str, Any]], say: Texts
) -> None:
    view = view_training(history, {}, {}, say)
    assert view is not None
    assert "300 steps (4,915,200 tokens, 1 min 03 s)" in view["lead"]
    assert "went from 7.55 to 3.19 nats per token" in view["lead"]


def test_a_run_that_was_never_validated_has_a_plain_lead(
    history: list[dict[str, Any]], say: Texts
) -> None:
    plain = [row | {"validation_loss": None} for row in history]
    view = view_training(plain, {}, {}, say)
    assert view is not None
    assert "went from" not in view["lead"]


def test_finetuning_alone_is_shown(history: list[dict[str, Any]], say: Texts) -> None:
    view = view_training(None, {"topic": history, "skipped": []}, {}, say)
    assert view is not None
    assert view["lead"] == "There was no pretraining in this run."
    assert [curve["task"] for curve in view["finetuning"]] == ["topic"]


def test_nothing_trained_is_nothing_to_view(say: Texts) -> None:
    assert view_training(None, {}, {"depth": 4}, say) is None
    assert view_training([], {"topic": []}, {}, say) is None


def test_losses_that_are_not_finite_are_left_out(
    history: list[dict[str, Any]], say: Texts
) -> None:
    broken = [
        row | {"train_loss": math.nan, "validation_loss": None} for row in history
    ]
    assert loss_chart(broken, "Loss", say) is None
    mended = loss_chart([*broken, history[0]], "Loss", say)
    assert mended is not None
    assert "nan" not in mended


def test_a_long_history_is_thinned_and_says_so(
    history: list[dict[str, Any]], say: Texts
) -> None:
    view = view_training(history * 40, {}, {}, say)
    assert view is not None
    assert (
        view["thinned"] == "Each point of the training line is the mean of 5 readings."
    )

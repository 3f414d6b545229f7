import numpy as np

from taojin.evaluation.audits.drawing import cut_alike, cut_texts_alike, order_by_hash


def test_real_items_are_cut_to_the_lengths_of_generated_ones_in_any_order():
    real = [f"{index:02d}" + "x" * 50 for index in range(30)]
    generated = ["a" * size for size in (3, 9, 20)]

    cut = cut_alike(real, generated)

    assert sorted({len(item) for item in cut}) == [3, 9, 20]
    assert [sum(len(item) == size for item in cut) for size in (3, 9, 20)] == [10] * 3
    assert sorted(cut) == sorted(cut_alike(real[::-1], generated[::-1]))
    assert cut_alike(real, []) == []


def test_an_order_by_hash_depends_on_content_and_seed_alone():
    items = [np.arange(size) for size in range(2, 12)]

    drawn = [[len(items[i]) for i in order_by_hash(items, seed)] for seed in (0, 1)]

    assert drawn[0] != drawn[1]
    again = [len(items[::-1][i]) for i in order_by_hash(items[::-1], 0)]
    assert again == drawn[0]


def test_real_texts_are_cut_to_the_lengths_of_their_script():
    real = ["word " * 30] * 5 + ["山水日月" * 30] * 5
    generated = ["some words of one text", "金石土木"]

    cut = cut_texts_alike(real, generated)

    assert cut == ["word " * 4 + "wo"] * 5 + ["山水日月"] * 5
    assert {len(text) for text in cut_texts_alike(real, generated[:1])} == {22}
    assert cut_texts_alike(real, []) == []

import csv
import io
import json

import numpy as np
import pytest

from taojin.core.errors import (
    ConfigurationError,
    CorruptArtifactError,
    CountMismatchError,
    DataError,
    EmptyStageError,
    SourceReadError,
)
from taojin.evaluation.human import (
    AttentionConfig,
    FindingsConfig,
    Media,
    PreferenceConfig,
    StudyConfig,
    attention,
    make_study,
    read_judgements,
    read_key,
    strengths,
    study_findings,
    study_page,
    text_checks,
    win_rates,
    without_inattentive,
    write_study,
)
from taojin.evaluation.intervals import IntervalConfig

REAL = [f"{number} a sentence that people wrote" for number in range(20)]
MODELS = {
    "weak": [f"weak {number} 文字" for number in range(30)],
    "strong": [f"strong {number} 文字" for number in range(30)],
    "middle": [f"=middle {number} <b>" for number in range(30)],
}
SKILL = {"weak": -1.0, "middle": 0.0, "strong": 1.0}
CONFIG = StudyConfig(pairs_a_comparison=30, num_repeats=4, num_checks=5)
PREFERENCES = PreferenceConfig(intervals=IntervalConfig(num_resamples=300))


def study(config=CONFIG):
    return make_study(MODELS, config, text_checks(REAL, 5, 0))


def answer(key, random, skill):
    if key.kind == "check":
        return "a" if key.a == "good" else "b"
    chance = 1 / (1 + np.exp(skill[key.b] - skill[key.a]))
    return "a" if random.random() < chance else "b"


def write_answers(
    folder, key, judges=("ann", "bob"), answers=None, skill=SKILL, seed=0
):
    paths = []
    for judge in judges:
        random = np.random.default_rng([seed, len(judge), ord(judge[0])])
        lines = ["judge,pair_id,answer"]
        for pair in key.pairs:
            given = answers(pair) if answers else answer(pair, random, skill)
            lines.append(f"{judge},{pair.pair_id},{given}")
        paths.append(folder / f"{judge}.csv")
        paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def judged(folder, **options):
    key = study().key
    return read_judgements(write_answers(folder, key, **options), key)


def test_sides_and_order_are_random_and_the_same_for_a_seed():
    key = study().key
    first = [pair.a < pair.b for pair in key.pairs if pair.kind == "comparison"]

    assert 0.3 < np.mean(first) < 0.7
    assert study() == study()
    assert study(CONFIG.model_copy(update={"seed": 1})).key != key
    assert len({pair.pair_id for pair in key.pairs}) == len(key.pairs) == 99


def test_repeats_swap_sides():
    made = study()
    keys = {pair.pair_id: pair for pair in made.key.pairs}
    shown = {pair.pair_id: pair for pair in made.pairs}
    repeats = [pair for pair in made.key.pairs if pair.kind == "repeat"]

    assert len(repeats) == 4
    for pair in repeats:
        assert pair.repeats is not None
        assert (keys[pair.repeats].a, keys[pair.repeats].b) == (pair.b, pair.a)
        assert shown[pair.repeats].a == shown[pair.pair_id].b


def test_files_for_judges_do_not_tell_the_models(tmp_path):
    models = {"secret_one": ["x y"] * 5, "secret_two": ["y z"] * 5}
    made = make_study(models, StudyConfig(num_repeats=1, num_checks=0))
    write_study(made, tmp_path / "judges", tmp_path / "key.json")

    for path in (tmp_path / "judges").iterdir():
        assert "secret" not in path.read_text(encoding="utf-8")
    assert read_key(tmp_path / "key.json") == made.key


def test_the_table_survives_a_spreadsheet_and_comes_back(tmp_path):
    made = study()
    write_study(made, tmp_path / "judges", tmp_path / "key.json")
    content = (tmp_path / "judges" / "pairs.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    for row in rows:
        assert not row["a"].startswith("=")
        row.update(judge="ann", answer=" TIE ")
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)

    found = read_judgements([filled], read_key(tmp_path / "key.json"))

    assert found.num_missing() == {"ann": 0}
    assert {verdict.outcome for verdict in found.verdicts()} == {0.5}


def test_the_page_loads_nothing_and_reads_no_item_as_markup():
    models = {
        "one": ["<script>alert(1)</script>", Media("image/png", b"png")],
        "other": ["text", Media("audio/wav", b"wav")],
    }
    page = study_page(make_study(models, StudyConfig(num_repeats=0, num_checks=0)))

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert 'src="data:image/png;base64,cG5n"' in page
    assert "<audio controls" in page


def test_the_key_is_kept_from_judges(tmp_path):
    with pytest.raises(ConfigurationError, match="keep it elsewhere"):
        write_study(study(), tmp_path, tmp_path / "key.json")


def test_a_broken_key_is_refused(tmp_path):
    (tmp_path / "key.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CorruptArtifactError, match="no key of a study"):
        read_key(tmp_path / "key.json")
    with pytest.raises(SourceReadError, match="cannot be read"):
        read_key(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ann,,a", "line 3: no pair_id"),
        (",{second},a", "line 3: no judge"),
        ("ann,p0,a", "line 3: pair_id 'p0' is not of this study"),
        ("ann,{second},c", "line 3: answer 'c'; needed is a or b or tie"),
        ("ann,{second}", "line 3: answer ''"),
        ("ann,{first},b", "line 3: ann answered .* in ann.csv line 2 too"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, message):
    key = study().key
    first, second = (pair.pair_id for pair in key.pairs[:2])
    path = tmp_path / "ann.csv"
    body = f"judge,pair_id,answer\nann,{first},a\n{line}\n"
    path.write_text(body.format(first=first, second=second), encoding="utf-8")

    with pytest.raises(DataError, match=message):
        read_judgements([path], key)


def test_bad_files_are_named(tmp_path):
    key = study().key
    path = tmp_path / "ann.csv"
    path.write_text("judge,answer\nann,a\n", encoding="utf-8")
    with pytest.raises(SourceReadError, match=r"lacks the columns .'pair_id'"):
        read_judgements([path], key)
    path.write_bytes("judge,pair_id,answer\n评,a,a\n".encode("gbk"))
    with pytest.raises(SourceReadError, match="save it as CSV UTF-8"):
        read_judgements([path], key)
    path.write_text("judge,pair_id,answer\n", encoding="utf-8")
    with pytest.raises(DataError, match="no answers"):
        read_judgements([path], key)


def test_the_stronger_model_wins(tmp_path):
    verdicts = judged(tmp_path).verdicts()
    found = strengths(verdicts, PREFERENCES)
    rates = {(r.model, r.opponent): r for r in win_rates(verdicts, PREFERENCES)}

    assert list(found) == ["strong", "middle", "weak"]
    assert sum(score.estimate.value for score in found.values()) == pytest.approx(0)
    assert rates["strong", "weak"].score.estimate.low > 0.5
    one, other = rates["strong", "weak"], rates["weak", "strong"]
    assert (one.num_wins, one.num_ties) == (other.num_losses, other.num_ties)
    assert one.score.estimate.value + other.score.estimate.value == pytest.approx(1)


def test_models_that_are_alike_are_not_told_apart(tmp_path):
    verdicts = judged(tmp_path, skill=dict.fromkeys(MODELS, 0.0)).verdicts()

    for rate in win_rates(verdicts, PREFERENCES):
        assert rate.score.estimate.low < 0.5 < rate.score.estimate.high
    for score in strengths(verdicts, PREFERENCES).values():
        assert score.estimate.low < 0 < score.estimate.high


def test_strengths_equal_those_of_choix():
    from taojin.evaluation.human.preferences import _bradley_terry

    random = np.random.default_rng(3)
    true = np.array([0.0, 0.5, 1.2, -0.4])
    wins = np.zeros((1, 4, 4))
    for _ in range(400):
        a, b = random.choice(4, 2, replace=False)
        won = random.random() < 1 / (1 + np.exp(true[b] - true[a]))
        wins[0, a if won else b, b if won else a] += 1

    # choix 0.4.1, ilsr_pairwise with alpha 0, mean taken out.
    assert _bradley_terry(wins)[0] == pytest.approx(
        [
            -0.3965277135570058,
            0.21251608545942785,
            0.8751694555967838,
            -0.691157827499206,
        ],
        abs=1e-6,
    )


def test_who_does_not_look_is_found_and_named(tmp_path):
    key = study().key
    paths = write_answers(tmp_path, key)
    paths += write_answers(tmp_path, key, ["lazy"], answers=lambda _: "a")
    everyone = read_judgements(paths, key)
    found = attention(everyone)
    kept, reasons = without_inattentive(everyone, AttentionConfig())

    assert found["ann"].checks_passed.value == 1.0
    assert found["lazy"].chose_a.value == 1.0
    assert found["lazy"].repeats_kept.value == 0.0
    assert kept.judges == ["ann", "bob"]
    assert reasons["lazy"].startswith("failed_checks")
    alone = read_judgements(paths[2:], key)
    with pytest.raises(EmptyStageError, match="all 1 judges failed"):
        without_inattentive(alone, AttentionConfig())


def test_findings_are_json_and_know_no_order_of_files(tmp_path):
    key = study().key
    paths = write_answers(tmp_path, key)
    config = FindingsConfig(preferences=PREFERENCES)
    found = study_findings(read_judgements(paths, key), config)

    assert json.loads(json.dumps(found)) == found
    assert found == study_findings(read_judgements(paths[::-1], key), config)
    assert found["num_judges"] == 2
    assert found["agreement"]["krippendorff_alpha"] is not None
    alone = study_findings(read_judgements(paths[:1], key), config)
    assert alone["agreement"]["krippendorff_alpha"] is None
    assert "krippendorff_alpha" in alone["agreement"]["notes"]


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({"one": ["a"]}, DataError, "two models with items"),
        (
            {"one": ["a"], "two": ["a", "b"]},
            CountMismatchError,
            "numbers of items differ",
        ),
        ({"one": [" "], "two": ["a"]}, DataError, "item 0 of one is empty"),
        ({"good": ["b"], "two": ["a"]}, DataError, "names checks"),
        ({"one": ["b"], "two": ["a"]}, DataError, "num_repeats is 4 and there are 1"),
    ],
)
def test_studies_that_cannot_be_made_are_refused(models, error, message):
    with pytest.raises(error, match=message):
        make_study(models, CONFIG, text_checks(REAL, 5, 0))

"""Does a toxicity model take the name of a group for an insult?

Neutral sentences about groups of people, after Dixon et al. 2018: what a model flags
here is a false alarm. Half of the sentences are meant for training (so that a model
learns that naming a group is not toxic), half for measuring. As there, labelled texts
can be balanced too: where a group is named mostly in insults, the name becomes one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.toxicity import score_passages

THRESHOLD = 0.5
_Z = 1.959964
"""Of a two-sided interval of 95 %."""

TERMS: dict[str, tuple[str, ...]] = {
    "en": (
        "gay people", "lesbians", "bisexual people", "transgender people",
        "queer people", "straight people", "Muslims", "Jews", "Christians", "Hindus",
        "Buddhists", "Sikhs", "atheists", "black people", "white people",
        "Asian people", "Latino people", "Native Americans", "Arabs", "Africans",
        "Mexicans", "Chinese people", "Indian people", "Americans", "immigrants",
        "refugees", "foreigners", "women", "men", "girls", "boys", "feminists",
        "disabled people", "deaf people", "blind people", "old people",
        "teenagers", "poor people", "homeless people", "single mothers",
    ),
    "zh": (
        "同性恋者", "女同性恋者", "双性恋者", "跨性别者", "异性恋者", "穆斯林", "犹太人",
        "基督徒", "佛教徒", "印度教徒", "无神论者", "黑人", "白人", "亚洲人", "非洲人",
        "拉丁裔", "阿拉伯人", "印度人", "日本人", "韩国人", "越南人", "美国人", "俄罗斯人",
        "外国人", "移民", "难民", "女性", "男性", "女孩", "男孩", "女权主义者", "残疾人",
        "聋人", "盲人", "老年人", "年轻人", "穷人", "农民工", "东北人", "河南人", "上海人",
        "少数民族", "单身母亲", "留学生",
    ),
}  # fmt: skip

STEMS: dict[str, tuple[str, ...]] = {
    "en": (
        "gay", "lesbian", "bisexual", "trans", "queer", "muslim", "islam", "jew",
        "christian", "hindu", "buddhis", "sikh", "atheis", "black", "white", "asian",
        "latino", "hispanic", "native american", "arab", "africa", "mexican",
        "chinese", "indian", "american", "immigra", "refugee", "foreign", "women",
        "woman", "girl", "boy", " men ", "feminis", "disabled", "deaf", "blind",
        "old people", "teen", "poor", "homeless", "single mother",
    ),
    "zh": (
        "同性恋", "双性恋", "异性恋", "跨性别", "变性", "穆斯林", "犹太", "基督", "佛教",
        "印度", "无神论", "黑人", "白人", "亚洲", "非洲", "拉丁", "阿拉伯", "日本", "韩国",
        "越南", "美国", "俄罗斯", "外国", "移民", "难民", "女性", "女人", "女生", "女孩",
        "女的", "女权", "男性", "男人", "男生", "男孩", "男的", "残疾", "聋", "盲人", "老人",
        "老年", "年轻人", "穷人", "农民工", "东北", "河南", "上海", "少数民族", "母亲",
        "留学生",
    ),
}  # fmt: skip
"""What names groups in texts at large, in lower case."""

_LARGEST_WEIGHT = 4.0

TRAINING_TEMPLATES: dict[str, tuple[str, ...]] = {
    "en": (
        "The city council met with {} to talk about housing.",
        "Researchers interviewed {} about their work.",
        "{} are part of our team.",
        "I read an article about {} this morning.",
        "We are proud to support {}.",
        "The choir is made up of {}.",
        "A panel of {} answered questions on the radio.",
        "{} have lived in this region for centuries.",
        "Some of my best friends are {}.",
        "The programme helps {} to find a job.",
        "He asked why there were so few {} in the film.",
        "What do {} think about the new law?",
    ),
    "zh": (
        "市政府邀请{}讨论住房问题。",
        "研究人员采访了{}的工作情况。",
        "{}是我们团队的一员。",
        "今天早上我读了一篇关于{}的文章。",
        "我们很高兴能够支持{}。",
        "这个合唱团由{}组成。",
        "几位{}在电台回答了听众的问题。",
        "{}在这个地区生活了几百年。",
        "我最好的朋友里有{}。",
        "这个项目帮助{}找到工作。",
        "他问电影里为什么很少有{}。",
        "{}怎么看这部新法律？",
    ),
}

MEASURING_TEMPLATES: dict[str, tuple[str, ...]] = {
    "en": (
        "Many {} live in our town.",
        "The conference welcomed {} from all over the country.",
        "{} and their families came to the picnic.",
        "My neighbours are {} and we often have dinner together.",
        "The museum opened an exhibition about the history of {}.",
        "The survey asked {} about their favourite books.",
        "She wrote a novel about {} in the nineteenth century.",
        "Our school teaches children to respect {}.",
        "The constitution protects the rights of {}.",
        "Two {} won the cooking competition last year.",
        "A new clinic offers free health care to {}.",
        "He made a film about the daily life of {}.",
    ),
    "zh": (
        "我们镇上住着很多{}。",
        "大会欢迎来自全国各地的{}。",
        "{}和家人一起参加了野餐。",
        "我的邻居是{}，我们经常一起吃晚饭。",
        "博物馆举办了一个介绍{}历史的展览。",
        "问卷询问了{}最喜欢的书。",
        "她写了一部关于十九世纪{}的小说。",
        "学校教育孩子们要尊重{}。",
        "宪法保护{}的权利。",
        "去年有两位{}赢得了烹饪比赛。",
        "新开的诊所为{}提供免费医疗。",
        "他拍了一部反映{}日常生活的电影。",
    ),
}


def neutral_sentences(language: str) -> list[str]:
    """Make the sentences that are meant for training; none of the measured ones."""
    return [
        template.format(term)
        for term in TERMS[language]
        for template in TRAINING_TEMPLATES[language]
    ]


def balanced_weights(
    texts: Sequence[str], positives: NDArray[np.bool_], language: str
) -> NDArray[np.float64]:
    """Weigh labelled texts so that naming a group says nothing about the label.

    For each group, its toxic and its harmless texts get weights that make their shares
    those of all texts; a text that names several gets the product, within bounds.

    Args:
        texts: Labelled texts.
        positives: Which are toxic.
        language: ``en`` or ``zh``.

    Returns:
        Weights, float64, one a text, in [1/4, 4]; 1 where no group is named.
    """
    lowered = [text.lower() for text in texts]
    share = float(positives.mean())
    weights = np.ones(len(texts))
    for stem in STEMS[language]:
        naming = np.array([stem in text for text in lowered], dtype=bool)
        found = (positives[naming].sum() + share) / (naming.sum() + 1.0)
        weights[naming & positives] *= share / found
        weights[naming & ~positives] *= (1.0 - share) / (1.0 - found)
    return np.clip(weights, 1.0 / _LARGEST_WEIGHT, _LARGEST_WEIGHT)


def identity_false_positives(
    model: LinearTextModel, language: str, threshold: float = THRESHOLD
) -> list[dict[str, Any]]:
    """Measure how often neutral sentences about each group are flagged.

    Args:
        model: Of ``toxic`` against other texts.
        language: ``en`` or ``zh``.
        threshold: Scores from here on are flagged.

    Returns:
        Rows with ``term``, ``language``, ``num_texts``, ``num_flagged``, ``rate`` and
        its 95 % interval ``low``, ``high``; the worst first.
    """
    templates = MEASURING_TEMPLATES[language]
    rows = []
    for term in TERMS[language]:
        scores = score_passages([text.format(term) for text in templates], model)
        rows.append(_rate(term, language, scores >= threshold))
    return sorted(rows, key=lambda row: (-row["rate"], row["term"]))


def false_positives_by_term(
    texts: Sequence[str],
    flagged: NDArray[np.bool_],
    terms: Iterable[str],
    language: str,
) -> list[dict[str, Any]]:
    """Count flagged texts among those that name a group; the texts are harmless.

    Returns:
        Rows as of :func:`identity_false_positives`, and one for all texts, whose
        ``term`` is empty.
    """
    lowered = [text.lower() for text in texts]
    rows = [_rate("", language, flagged)]
    for term in terms:
        naming = np.array([term.lower() in text for text in lowered], dtype=bool)
        rows.append(_rate(term, language, flagged[naming]))
    return rows


def _rate(term: str, language: str, flagged: NDArray[np.bool_]) -> dict[str, Any]:
    low, high = _wilson_interval(int(flagged.sum()), len(flagged))
    return {
        "term": term,
        "language": language,
        "num_texts": len(flagged),
        "num_flagged": int(flagged.sum()),
        "rate": float(flagged.mean()) if len(flagged) else 0.0,
        "low": low,
        "high": high,
    }


def _wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Interval of a proportion (Wilson 1927); no trials say nothing."""
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    centre = share + _Z * _Z / (2 * trials)
    spread = _Z * np.sqrt(share * (1 - share) / trials + (_Z / (2 * trials)) ** 2)
    scale = 1 + _Z * _Z / trials
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return max(0.0, min(float(low), share)), min(1.0, max(float(high), share))

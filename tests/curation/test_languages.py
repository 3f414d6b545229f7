import pyarrow as pa
import pytest

from taojin.curation.languages import measure_languages
from taojin.curation.segments import split_words

SENTENCES = {
    "en": "The function returns a copy of the array that was given to it, and it is "
    "not changed by this.",
    "de": "Die Funktion liefert eine Kopie des Feldes zurück, das ihr übergeben wird, "
    "und ändert es nicht.",
    "fr": "La fonction renvoie une copie du tableau qui lui est donné, et ce dernier "
    "ne change pas.",
    "es": "La función devuelve una copia de la matriz que se le da, y no la cambia por "
    "ello.",
    "it": "La funzione restituisce una copia della matrice che le è data, e non la "
    "cambia.",
    "pt": "A função devolve uma cópia da matriz que lhe foi dada, e não a muda por isso "
    "em momento algum.",
    "nl": "De functie geeft een kopie van de matrix die aan haar is gegeven, en die "
    "wordt niet veranderd.",
    "zh": "这个函数返回给定数组的副本，并且不会改变它。",
    "ja": "この関数は与えられた配列のコピーを返し、それを変更しません。",
    "ko": "이 함수는 주어진 배열의 복사본을 반환하며 변경하지 않습니다.",
    "ru": "Функция возвращает копию переданного ей массива и не меняет его.",
    "ar": "تعيد الدالة نسخة من المصفوفة ولا تغيرها",
    "el": "Η συνάρτηση επιστρέφει ένα αντίγραφο του πίνακα",
    "th": "ฟังก์ชันนี้คืนค่าสำเนาของอาร์เรย์",
}


def measure(*texts):
    text = pa.chunked_array([pa.array(texts, pa.large_string())])
    return measure_languages(split_words(text))


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough(language):
    measured = measure(SENTENCES[language])
    assert measured["language"] == [language]
    assert measured["language_score"][0] > 0.3


def test_names_of_code_do_not_hide_the_language_around_them():
    text = SENTENCES["zh"] + " numpy.ndarray"
    assert measure(text)["language"] == ["zh"]


def test_a_mixture_scores_lower_than_either_language():
    pure, mixed = measure(SENTENCES["en"], SENTENCES["en"] + SENTENCES["de"])[
        "language_score"
    ]
    assert mixed < pure


@pytest.mark.parametrize(
    "text", ["", "\0", "🎉🎉", "42 + 17 = 59", ">>> f(x)", "xyzzy"]
)
def test_what_tells_nothing_is_undetermined(text):
    measured = measure(text)
    assert measured["language"] == ["und"]
    assert measured["language_score"].tolist() == [0.0]


def test_scores_are_shares():
    scores = measure(*SENTENCES.values())["language_score"]
    assert ((scores >= 0) & (scores <= 1)).all()

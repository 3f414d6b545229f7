import unicodedata

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

from taojin.curation.repair import RepairConfig, repair, repair_texts

ALL = RepairConfig()

FRAGMENTS = [
    *("cafÃ©", "â€œ", "â€\x9d", "SÃ£o", "Ã ", "Â ", "РџСЂ", "çš„", "锛", "浣犲ソ", "銆€", "€"),
    *("ÖÐ¹úÈËÃñ", "锟斤拷", "\ufffd", "烫烫烫", "é", "e\u0301", "\u0301", "\u0323", "각", "\u1100\u1161"),
    *("\u11a8", "\u212b", "\u0958", "\u2126", "\r", "\r\n", "\n", "\x85", "\u2028", "\x0b", "\x00"),
    *("\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u202e", "\u200f", "\x9f", "\x81"),
    *("👩", "💻", "\ufe0f", "🏴", "\U000e0067", "\U000e007f", "ا", "क", "\u094d", "ไ", "中", "“"),
    *("a", "Z", " ", "\t", "1", ".", "œ", "Ù", "Ø", "°", "×", "³", "à", "²", "√", "±", "‚", "Ä", "Ђ"),
]  # fmt: skip
texts = st.lists(
    st.one_of(
        st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
        st.text(max_size=8),
    ),
    max_size=5,
)
configs = st.builds(
    RepairConfig,
    unicode=st.booleans(),
    mojibake=st.booleans(),
    control_characters=st.booleans(),
)


def repaired(*values, config=ALL):
    texts, counts = repair_texts(pa.array(values, pa.large_string()), config)
    return texts.to_pylist(), {name: n for name, n in counts.items() if n}


@settings(max_examples=100, deadline=None)
@given(texts, configs)
def test_a_column_is_repaired_as_its_texts_one_by_one(values, config):
    assert repaired(*values, config=config)[0] == [repair(v, config) for v in values]


@settings(max_examples=100, deadline=None)
@given(texts, configs)
def test_repairing_twice_changes_nothing_more(values, config):
    once, _ = repaired(*values, config=config)
    again, counts = repaired(*once, config=config)
    assert again == once
    assert counts.keys() <= {"num_damaged"}


@settings(max_examples=100, deadline=None)
@given(texts)
def test_what_comes_out_is_in_normal_form_and_on_plain_lines(values):
    for text in repaired(*values)[0]:
        assert unicodedata.is_normalized("NFC", text)
        assert not set(text) & set("\r\x0b\x0c\x85\u2028\u2029\x00\ufeff\u202e")


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("cafÃ© crÃ¨me", "café crème"),
        ("â€œquotedâ€\x9d â€” and dashes", "“quoted” — and dashes"),
        ("SÃ£o TomÃ© and PrÃ\xadncipe", "São Tomé and Príncipe"),
        ("doesnÃ¢â‚¬â„¢t", "doesn’t"),
        ("РџСЂРёРІРµС‚", "Привет"),
        ("浣犲ソ锛屼笘鐣屻€傛垜浠", "你好，世界。我\ufffd"),
        ("ÖÐ¹úÈËÃñÊÇÒ»¸öºÃµÄ", "中国人民是一个好的"),
    ],
)
def test_mojibake_is_read_again(broken, text):
    assert repaired(f"see {broken}")[0] == [f"see {text}"]


@pytest.mark.parametrize(
    "text",
    [
        "Café «crème», l’œuvre: “Été” – à 20 °C, 5 € et £3",
        "ÀÉÎÕÜ ÄÖÜß ÅÆØ Żółć ČŘŽ ĞİŞ Ñandú ¿Qué? ¡Olé!",
        "Привет, как дела? Ёлка стоит 100 ₽. Съешь ещё",
        "Γειά σου Κόσμε – τι κάνεις;",
        "联通的浏览器，“引号”——破折号……涓涓细流、锛是少见字",
        "日本語のテキスト「引用」。한국어 텍스트입니다.",
        "שלום עולם\u200f! مرحبا\u200c بك",
        "👩\u200d💻 👨\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ❤\ufe0f\u200d🔥 🇨🇳",
        "क्\u200dष می\u200cخواهم ภาษา\u200bไทย",
        "┌──┬──┐ ╞══╪══╡ ▒▒▒ (╯°□°)╯︵ ┻━┻",
        "ÃO e IRMÃ, x² ± ½ × 3 ≈ √2",
        "tab\tand\n\nempty lines\n",
        "ｆｕｌｌ　ｗｉｄｔｈ ﬁ ① Ⅳ",
        "",
    ],
)
def test_good_text_passes_unchanged(text):
    assert repaired(text) == ([text], {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\x0bd\x0ce\u2028f\u2029g", "a\nb\nc\nd\ne\nf\ng"),
        ("\ufeffstart \x00\x07\x1b[0m\x7f", "start [0m"),
        ("so\u00adft zero\u200bwidth\u2060", "soft zerowidth"),
        ("pass\u202eword\u202c \u2066x\u2069", "password x"),
        ("left\u200e and a\u200db, \u200c", "left and ab, "),
        ("👩\u200d, \U000e0067", "👩, "),
        ("\u0e01\u200b\u200b\u0e02\u200b", "\u0e01\u200b\u0e02"),
    ],
)
def test_invisible_characters_go_and_lines_end_in_a_line_feed(text, expected):
    assert repaired(text) == ([expected], {"num_repaired_control_characters": 1})


def test_a_next_line_is_what_windows_wrote_there_or_a_line_break():
    assert repaired("a\x85b")[0] == ["a…b"]
    assert repaired("a\x85b", config=RepairConfig(mojibake=False))[0] == ["a\nb"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301", "é"),
        ("\u212b \u2126", "Å Ω"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\u0301\u0323", "ạ́"),
        ("\u0958", "क\u093c"),
        ("が", "が"),
        ("\uf900", "豈"),
    ],
)
def test_text_is_brought_to_normal_form(text, expected):
    assert repaired(text)[0] == [expected]
    assert unicodedata.normalize("NFC", text) == expected


def test_every_character_alone_comes_to_its_normal_form():
    characters = [chr(c) for c in range(0xA1, 0x30000) if not 0xD800 <= c < 0xE000]
    texts, _ = repaired(
        *(f"x{c}y" for c in characters),
        config=RepairConfig(mojibake=False, control_characters=False),
    )
    assert texts == [unicodedata.normalize("NFC", f"x{c}y") for c in characters]


def test_what_one_repair_uncovers_another_repairs():
    text, counts = repaired("caf\u00c3\u200b\u00a9 e\u200b\u0301")
    assert text == ["café é"]
    assert counts == {
        "num_repaired_control_characters": 1,
        "num_repaired_mojibake": 1,
        "num_repaired_unicode": 1,
    }


def test_documents_are_counted_once_a_repair():
    _, counts = repaired(
        "cafÃ©\ncafÃ© e\u0301", "e\u0301", "fine", "a\r\n", "锟斤拷 x\ufffd", "烫烫烫"
    )
    assert counts == {
        "num_repaired_unicode": 2,
        "num_repaired_mojibake": 1,
        "num_repaired_control_characters": 1,
        "num_damaged": 2,
    }


def test_what_is_switched_off_is_left():
    text = "cafÃ© e\u0301\r"
    none = RepairConfig(unicode=False, mojibake=False, control_characters=False)
    assert repaired(text, config=none) == ([text], {})
    assert repaired(text, config=RepairConfig(mojibake=False))[0] == ["cafÃ© é\n"]


def test_bytes_that_are_no_utf8_become_replacement_characters():
    column = pa.array([b"a\xff\n", b"\xe4\xb8", b"ok"], pa.binary()).view(pa.string())
    texts, counts = repair_texts(column, ALL)
    texts.validate(full=True)
    assert texts.to_pylist() == ["a\ufffd\n", "\ufffd", "ok"]
    assert counts["num_damaged"] == 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_come_out_as_text(values):
    column = pa.array(values, pa.binary()).view(pa.string())
    texts, _ = repair_texts(column, ALL)
    texts.validate(full=True)
    assert len(texts) == len(values)


def test_clean_texts_keep_their_buffer():
    column = pa.array(["nothing to do", "更没有"], pa.large_string())
    texts, _ = repair_texts(column, ALL)
    assert texts.buffers()[2].address == column.buffers()[2].address


def test_a_slice_and_a_null_are_read_right():
    column = pa.array(["e\u0301", None, "\r", "x"], pa.large_string())
    assert repair_texts(column[1:3], ALL)[0].to_pylist() == ["", "\n"]


def test_a_long_line_is_repaired_in_time():
    text = "cafÃ© " * 50_000 + "\r" * 10_000
    assert repaired(text)[0] == ["café " * 50_000 + "\n" * 10_000]

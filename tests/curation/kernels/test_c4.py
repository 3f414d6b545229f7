import pyarrow as pa
import pytest

from taojin.curation.kernels.c4 import clean_c4_lines

KEPT = "A line of words stays."


def clean(*texts):
    text, counts = clean_c4_lines(
        pa.chunked_array([pa.array(texts, pa.large_string())])
    )
    return text.to_pylist(), counts


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        (f"a b {'c' * 1000}.", "num_lines_long_word"),
        ("This has no mark", "num_lines_no_terminal_mark"),
        ("This trails off...", "num_lines_no_terminal_mark"),
        ("", "num_lines_no_terminal_mark"),
        ("Two words.", "num_lines_few_words"),
        ("Turn on JavaScript now.", "num_lines_javascript"),
        ("Read our Privacy Policy now.", "num_lines_policy"),
        ("This site uses coo\u212aies now.", "num_lines_policy"),
    ],
)
def test_a_line_is_dropped_by_the_first_rule_that_it_breaks(line, signal):
    texts, counts = clean(f"{KEPT}\n{line}\n{KEPT}", KEPT)
    assert texts == [f"{KEPT}\n{KEPT}", KEPT]
    assert counts.pop(f"c4_{signal}").tolist() == [1, 0]
    assert counts.pop("c4_num_kept_lines").tolist() == [2, 1]
    assert counts.pop("c4_num_sentences").tolist() == [2, 1]
    assert all(column.tolist() == [0, 0] for column in counts.values())


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        ("Here comes lorem IPSUM text.", "num_lorem_ipsum"),
        ("A lorem ipsum and {curly} text.", "num_lorem_ipsum"),
        ("Some { bracket here.", "num_curly_brackets"),
    ],
)
def test_lines_that_condemn_their_text_are_counted_and_stay(line, signal):
    texts, counts = clean(f"{line}\n{KEPT}")
    assert texts == [f"{line}\n{KEPT}"]
    assert counts[f"c4_{signal}"][0] == 1
    assert counts["c4_num_kept_lines"][0] == 1


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        ("It is so.[12] It was said[edit] so.", "It is so. It was said so."),
        ("[1][][٣] At the start.", "At the start."),
        ("Source [citation needed] is wanted[1x].", "Source  is wanted[1x]."),
        ("At the very end.[3]", "At the very end."),
        (" \u3000 With space around. \t", "With space around."),
        ("Say [[1]] nested [ twice!", "Say [] nested [ twice!"),
    ],
)
def test_citation_marks_are_taken_out(line, cleaned):
    assert clean(line, f"{KEPT}\r\n{line}")[0][0] == cleaned
    assert clean(line)[0] == [cleaned]


def test_sentences_are_those_of_the_line_without_its_marks():
    _, counts = clean(
        "[1] One is done.[1] Two is done.[2]\nThree [3] is done. Four too.",
        "[100] A line without end marks within.\nSee it. Hear it. Take it. Go.",
    )
    assert counts["c4_num_sentences"].tolist() == [4, 5]


def test_a_mark_at_the_end_of_a_line_can_uncover_another_end():
    texts, counts = clean("This line has an end.[1] [2]\nThis has one[3].")
    assert texts == ["This has one."]
    assert counts["c4_num_lines_no_terminal_mark"].tolist() == [1]


def test_texts_without_kept_lines_are_empty():
    assert clean("", "no", KEPT, "\n")[0] == ["", "", KEPT, ""]


def test_no_texts_are_no_texts():
    texts, counts = clean()
    assert texts == []
    assert all(len(column) == 0 for column in counts.values())

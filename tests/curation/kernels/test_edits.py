import hypothesis.strategies as st
import pyarrow as pa
from hypothesis import given

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.edits import replace_ranges


@given(st.lists(st.text(alphabet="abc", max_size=6), max_size=6), st.data())
def test_ranges_are_replaced_and_the_rest_stays(values, data):
    buffers = text_buffers(pa.array(values, pa.large_string()))
    ranges, replacements, expected = [], [], []
    for value, start in zip(values, buffers.offsets.tolist(), strict=False):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(value)), max_size=4)))
        text, position = "", 0
        for first, last in zip(cuts[::2], cuts[1::2], strict=False):
            ranges.append((start + first, start + last))
            replacements.append(data.draw(st.sampled_from([b"", b"X", b"YYYY"])))
            text += value[position:first] + replacements[-1].decode()
            position = last
        expected.append(text + value[position:])
    texts = replace_ranges(*buffers, ranges, replacements)
    texts.validate(full=True)
    assert texts.to_pylist() == expected


def test_without_ranges_the_buffer_is_kept():
    column = pa.array(["ab", "c"], pa.large_string())
    texts = replace_ranges(*text_buffers(column), [], [])
    assert texts.buffers()[2].address == column.buffers()[2].address
    assert texts.equals(column)

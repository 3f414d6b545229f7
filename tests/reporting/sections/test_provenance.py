from taojin.reporting.sections.provenance import view_provenance
from taojin.reporting.texts import Texts


def test_the_longest_steps_come_first(say: Texts) -> None:
    durations = {f"step_{index}": float(index) for index in range(40)}
    view = view_provenance({"durations": durations}, say)
    assert view is not None
    assert view["durations"].index("step_39") < view["durations"].index("step_38")
    assert "step_24" not in view["durations"]


def test_what_has_its_own_table_is_not_repeated(say: Texts) -> None:
    provenance = {"run_id": "r1", "seed": 7, "versions": {"torch": "2.13.0"}}
    view = view_provenance(provenance, say)
    assert view is not None
    assert view["run"] == [("run_id", "r1"), ("seed", "7")]
    assert view["versions"] == [("torch", "2.13.0")]
    assert view["fingerprints"] == []
    assert view["durations"] is None


def test_without_provenance_there_is_nothing_to_view(say: Texts) -> None:
    assert view_provenance({}, say) is None

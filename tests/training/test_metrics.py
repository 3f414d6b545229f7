from taojin.training.metrics import ListSink, NullSink


def test_a_list_keeps_rows_in_order_with_their_step():
    sink = ListSink()

    sink.log(3, {"loss": 1.0})
    sink.log(1, {"loss": 2.0, "norm": 0.5})

    assert sink.rows == [
        {"step": 3, "loss": 1.0},
        {"step": 1, "loss": 2.0, "norm": 0.5},
    ]


def test_nothing_can_be_logged_to_nowhere():
    NullSink().log(1, {})

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.training.semi_supervised.config import StudentConfig
from taojin.training.semi_supervised.student import Student


def test_a_class_without_examples_is_never_predicted():
    features = np.eye(3)[[0, 0, 2, 2]]
    student = Student(4, StudentConfig()).fit(features, np.array([0, 0, 2, 2]))

    logits = student.logits(np.eye(3))

    assert logits.shape == (3, 4)
    assert np.isneginf(logits[:, [1, 3]]).all()
    assert student.predict(np.eye(3))[[0, 2]].tolist() == [0, 2]


def test_a_student_of_one_class_knows_no_other():
    student = Student(2, StudentConfig()).fit(np.ones((2, 1)), np.array([1, 1]))

    assert student.predict(np.zeros((3, 1))).tolist() == [1, 1, 1]


def test_weights_decide_between_examples_that_contradict():
    features, classes = np.ones((2, 1)), np.array([0, 1])
    student = Student(2, StudentConfig())

    student.fit(features, classes, np.array([1.0, 0.1]))
    first = student.predict(features[:1])[0]
    student.fit(features, classes, np.array([0.1, 1.0]))

    assert (first, student.predict(features[:1])[0]) == (0, 1)


def test_a_student_without_lessons_is_refused():
    with pytest.raises(DataError, match="labelled examples"):
        Student(2, StudentConfig()).fit(np.zeros((0, 1)), np.zeros(0, int))

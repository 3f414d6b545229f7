"""Learning from few labels: pseudo-labels, what to label next, what labels are worth.

* ``representation``: texts as vectors that no label was needed for
* ``student``: the cheap classifier on top of them
* ``calibration``: confidences that mean what they say
* ``self_training``: the student's own sure answers as further labels
* ``active_learning``: which texts a person should label next
* ``suggestions``: both as tables for people and for finetuning
* ``label_efficiency``: accuracy against the number of labels, measured
"""

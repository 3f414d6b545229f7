import pytest
import torch

from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.training.codecs.config import SpectralLossConfig
from taojin.training.codecs.losses import SpectralLoss
from taojin.training.codecs.objective import Reconstruction
from taojin.training.codecs.segments import SegmentBatch
from taojin.training.config import TrainingConfig


def objective():
    torch.manual_seed(0)
    shape = CodecShape(fft_size=80, hop_size=20, width=16, num_blocks=2)
    return Reconstruction(Codec(shape), SpectralLoss(SpectralLossConfig(), 8000, 80))


def test_the_loss_is_the_sum_over_segments():
    task, samples = objective(), torch.randn(3, 800)

    together = task.loss(SegmentBatch(samples))
    apart = [task.loss(SegmentBatch(row[None])).total.item() for row in samples]

    assert together.num_units == 3
    assert together.total.item() == pytest.approx(sum(apart), rel=1e-4)


def test_every_weight_is_in_one_group_and_muon_gets_matrices_alone():
    task = objective()

    groups = task.parameter_groups(TrainingConfig(num_steps=1, batch_size=1))

    names = [name for group in groups for name in group.names]
    named = dict(task.model.named_parameters())
    assert sorted(names) == sorted(named)
    assert groups[0].algorithm == "muon"
    assert len(groups[0].names) == 2 * 4
    assert all(named[name].ndim == 2 for name in groups[0].names)

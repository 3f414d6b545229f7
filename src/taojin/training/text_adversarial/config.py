"""Settings of sentence generators and of the games that train them."""

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.models.adversarial.losses import LossName
from taojin.models.config import LanguageModelConfig
from taojin.training.config import TrainingConfig


class SentenceModelConfig(StageConfig):
    """A language model of sentences by maximum likelihood."""

    model: LanguageModelConfig
    """Its context must hold the longest sentence and one token more."""
    training: TrainingConfig
    """A batch is of sentences, not of windows."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the numbers before the output matrix that is zeroed in training."""


class CriticConfig(StageConfig):
    """A discriminator that tells real sentences from drawn ones.

    It begins as the language model that it judges, with a head on the mean of its
    states, and so knows what words mean before it has seen a drawn sentence.
    """

    training: TrainingConfig
    """Of each round; the weights that tell held-out sentences apart best are kept, long
    before it knows the real ones by heart."""
    dropout: float = Field(default=0.3, ge=0.0, lt=1.0)
    """Share of the head's input that is zeroed in training."""
    replay_share: float = Field(default=0.25, ge=0.0, lt=1.0)
    """Share of the drawn sentences that earlier rounds have drawn, where there are
    any: what a model has unlearnt must stay recognisable."""
    replay_size: int = Field(default=20_000, ge=1)
    """Sentences of earlier rounds that are kept, the latest ones."""


class ReweightingConfig(StageConfig):
    """Discriminator-guided reweighting of a model's own samples, round by round."""

    critic: CriticConfig
    training: TrainingConfig
    """Of the model in each round, by weighted likelihood; its rates are those of a
    model that is nearly trained, a tenth of a new one's."""
    num_samples: int = Field(default=10_000, ge=8)
    """Sentences that are drawn, weighted and learnt in a round."""
    num_critic_samples: int = Field(default=10_000, ge=8)
    """Others, which the discriminator is trained on: on those that it has seen in
    training its weights would be wrong."""
    max_words: int = Field(default=40, ge=1)
    """Words of a drawn sentence at most."""
    max_weight: float = Field(default=10.0, ge=1.0)
    """Importance weights are cut to between this and its inverse."""
    real_share: float = Field(default=0.3, ge=0.0, lt=1.0)
    """Share of real sentences in the weight of what is learnt."""
    num_rounds: int = Field(default=3, ge=1, le=1000)
    """At most."""
    patience: int = Field(default=1, ge=1)
    """Rounds without gain on the validation measure that end it."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Of the model, see :class:`SentenceModelConfig`."""
    seed: int = Field(default=0, ge=0)
    """Of the drawn sentences."""


class TextAutoencoderConfig(StageConfig):
    """How sentences become codes, from which they can be read back."""

    training: TrainingConfig
    """All is trained by AdamW at ``head_learning_rate``."""
    code_size: int = Field(default=128, ge=2, le=4096)
    """Numbers of a code."""
    embedding_size: int = Field(default=128, ge=2, le=4096)
    """Numbers of a word."""
    width: int = Field(default=192, ge=2, le=4096)
    """Of the recurrent networks."""
    max_words: int = Field(default=40, ge=1)
    """Longer sentences lose their end."""
    code_noise: float = Field(default=0.3, ge=0.0, le=10.0)
    """Standard deviation of what is added to every number of a code in training; the
    numbers themselves have about unit variance."""
    word_dropout: float = Field(default=0.3, ge=0.0, le=1.0)
    """Share of the words that the encoder does not see, and as many that the decoder
    does not: both must rely on the code."""


class CodeGanConfig(StageConfig):
    """The textbook game, between two perceptrons over codes of sentences."""

    training: TrainingConfig
    """A step is one player's; players take turns. All is of Adam."""
    loss: LossName = "non_saturating"
    """Of both players; ``minimax`` is the original objective with its logarithms,
    ``non_saturating`` has the same binary cross-entropy for the discriminator."""
    latent_size: int = Field(default=64, ge=1, le=4096)
    """Normal numbers that a code is made of."""
    width: int = Field(default=256, ge=2, le=4096)
    """Of the hidden layers of both."""
    learning_rate: float = Field(default=2e-4, ge=0.0, le=1.0)
    """Peak rate of both players."""
    code_noise: float = Field(default=0.1, ge=0.0, le=10.0)
    """Standard deviation of what is added to real and made codes alike before they are
    judged, so that the two never lie apart."""


class ReinforcedGanConfig(StageConfig):
    """A generator of words from random weights, without any maximum likelihood.

    After ScratchGAN (de Masson d'Autume et al. 2019, arXiv:1905.09922), whose rates and
    discount are the defaults. Its batches are of 512 sentences: gradients of rewards
    are noisy, and with small batches nothing is learnt.
    """

    model: LanguageModelConfig
    """The generator."""
    training: TrainingConfig
    """A step is one player's; players take turns. All is of Adam."""
    generator_learning_rate: float = Field(default=9.6e-5, ge=0.0, le=1.0)
    """Peak rate."""
    critic_learning_rate: float = Field(default=9.4e-3, ge=0.0, le=1.0)
    """Peak rate."""
    discount: float = Field(default=0.23, ge=0.0, le=1.0)
    """What the reward of the next word is worth for this one."""
    baseline_decay: float = Field(default=0.92, ge=0.0, lt=1.0)
    """Of the running mean of returns that is taken off them, a step."""
    squared_weights: float = Field(default=1e-6, ge=0.0, le=1.0)
    """Weighs the sum of squares of the discriminator's weights, a sentence."""
    embedding_size: int = Field(default=64, ge=2, le=4096)
    """Numbers of a word in the discriminator."""
    width: int = Field(default=128, ge=2, le=4096)
    """Of the discriminator."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Of the discriminator."""
    max_words: int = Field(default=40, ge=1)
    """Words of a drawn sentence at most."""

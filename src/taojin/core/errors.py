"""Every error a user of the project can meet on purpose.

* TaojinError
  - ConfigurationError     a setting is wrong, or two settings contradict
  - DataError              what was read cannot be used
    . SourceReadError      a declared source, or a file of it, cannot be read
    . CorruptArtifactError an artifact on disk is damaged or incomplete
    . EmptyStageError      a stage dropped every record it was given
    . CountMismatchError   records went missing between two stages
    . DataCheckError       data broke a contract of its expectation suite
  - CheckpointError        a checkpoint cannot be used
    . CheckpointMismatchError  written by another model, data or configuration
    . CorruptCheckpointError   truncated or altered on disk
  - TrainingError          training cannot go on (loss is not finite)
"""


class TaojinError(Exception):
    """Base of all errors raised on purpose."""


class ConfigurationError(TaojinError):
    """A setting is wrong, or two settings contradict each other."""


class DataError(TaojinError):
    """What was read cannot be used."""


class SourceReadError(DataError):
    """A declared source, or a file of it, cannot be read."""


class CorruptArtifactError(DataError):
    """An artifact on disk is damaged or incomplete."""


class EmptyStageError(DataError):
    """A stage dropped every record it was given."""


class CountMismatchError(DataError):
    """Records went missing, or appeared, between two stages."""


class DataCheckError(DataError):
    """Data broke a contract of its expectation suite."""


class CheckpointError(TaojinError):
    """A checkpoint cannot be used."""


class CheckpointMismatchError(CheckpointError):
    """A checkpoint was written by another model, data or configuration."""


class CorruptCheckpointError(CheckpointError):
    """A checkpoint is truncated or was altered on disk."""


class TrainingError(TaojinError):
    """Training cannot go on."""

import subprocess
import sys

import mlflow
import pytest
import torch
from mlflow.artifacts import download_artifacts
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from taojin.models.config import DecoderShape
from taojin.models.language_model import LanguageModel
from taojin.models.storage import END_OF_DOCUMENT, save_model
from taojin.tracking.mlflow_model import log_language_model

PROMPT = "def mean(values):"


def tiny_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=270,
        special_tokens=[END_OF_DOCUMENT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([PROMPT] * 10, trainer)
    return tokenizer


def save_tiny_model(folder):
    tokenizer = tiny_tokenizer()
    shape = DecoderShape(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        intermediate_size=32,
        max_position_embeddings=32,
        rope_theta=10_000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    save_model(LanguageModel(shape), folder, tokenizer.to_str())


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """The address of a tiny model, logged to a store in a file."""
    folder = tmp_path_factory.mktemp("mlflow")
    save_tiny_model(folder / "model")
    tracking_uri = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    files = (folder / "files").as_uri()
    experiment = mlflow.create_experiment("models", artifact_location=files)
    with mlflow.start_run(experiment_id=experiment, log_system_metrics=False):
        log_language_model(folder / "model")
    (model,) = mlflow.search_logged_models([experiment], output_format="list")
    yield model.model_uri
    mlflow.set_tracking_uri(tracking_uri)


def test_a_logged_model_continues_prompts(logged):
    model = mlflow.pyfunc.load_model(logged)
    (text,) = model.predict([PROMPT])
    assert isinstance(text, str)
    assert model.predict([PROMPT, PROMPT])[0] == text


def test_sampling_settings_of_a_request_are_used(logged):
    model = mlflow.pyfunc.load_model(logged)
    (short,) = model.predict([PROMPT], params={"max_new_tokens": 2})
    (long,) = model.predict([PROMPT], params={"max_new_tokens": 20})
    assert len(short) < len(long)


def test_requests_that_are_not_texts_are_refused(logged):
    model = mlflow.pyfunc.load_model(logged)
    with pytest.raises(mlflow.MlflowException, match="type hint"):
        model.predict([{"prompt": 1}])


def test_a_logged_model_carries_its_code_and_pins_what_it_requires(logged, tmp_path):
    download_artifacts(logged, dst_path=str(tmp_path))
    pins = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {pin.partition("==")[0] for pin in pins} >= {"torch", "tokenizers"}
    assert not any("+" in pin for pin in pins)
    assert (tmp_path / "code" / "taojin" / "serving").is_dir()
    assert not list(tmp_path.rglob("*.pkl"))


def test_the_module_that_every_command_imports_does_not_load_torch():
    code = "import sys, taojin.tracking.mlflow_model; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

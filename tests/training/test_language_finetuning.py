"""Finetuning of language models: bases, adapters, templates, conversations."""

import json

import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from taojin.core.errors import CheckpointMismatchError, ConfigurationError, DataError
from taojin.models.adapters import load_adapters
from taojin.models.bases import load_base
from taojin.models.chat import ChatFormat, ChatMessage, encode_chat_prompt
from taojin.models.prompts import PromptTemplate
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_language_model, save_finetuned
from taojin.training.finetuning_config import (
    LanguageFinetuningConfig,
    LowRankConfig,
)

ANSWERS = {"apple": "fruit", "pear": "fruit", "iron": "metal", "zinc": "metal"}
TRAINING = {
    "num_steps": 40,
    "batch_size": 8,
    "optimiser": "adamw",
    "matrix_learning_rate": 0.01,
    "validate_every": 20,
    "log_every": 1,
    "num_threads": 1,
}
ADAPTER = LowRankConfig(rank=8, learning_rate=0.03)


def _config(adapter=None, chat=None, template=None, **training):
    return LanguageFinetuningConfig(
        max_tokens=47,
        adapter=adapter,
        chat=chat,
        template=template,
        training=TrainingConfig(**{**TRAINING, **training}),
    )


def _examples():
    rows = [
        (f"{word}:", answer, split)
        for word, answer in ANSWERS.items()
        for split in ("train",) * 6 + ("validation",)
    ]
    return pd.DataFrame(rows, columns=["prompt", "target", "split"])


class _Interrupting:
    def __init__(self, step):
        self.step = step

    def log(self, step, _):
        if step == self.step:
            raise KeyboardInterrupt


def _answer(model, tokenizer, prompt_tokens, num_tokens=5):
    tokens = list(prompt_tokens)
    with torch.no_grad():
        for _ in range(num_tokens):
            tokens.append(int(model(torch.tensor([tokens]))[0, -1].argmax()))
    return tokenizer.decode(tokens[len(prompt_tokens) :])


@pytest.mark.parametrize("kind", ["own", "gpt2", "llama", "gptj"])
@pytest.mark.parametrize("adapter", [None, ADAPTER], ids=["full", "adapters"])
class TestBases:
    def test_targets_are_learnt_and_the_result_is_a_folder_of_transformers(
        self, base_folder, kind, adapter, tmp_path
    ):
        transformers = pytest.importorskip("transformers")
        base = base_folder(kind)

        finetuned = finetune_language_model(_examples(), base, _config(adapter))
        save_finetuned(finetuned, tmp_path / "saved")

        first, last = (finetuned.history[place]["train_loss"] for place in (0, -1))
        assert last < first - 0.5
        network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "saved")
        tokens = torch.tensor([[1, 2, 3]])
        torch.testing.assert_close(
            network.float().eval()(tokens).logits,
            finetuned.model(tokens),
            atol=1e-4,
            rtol=1e-4,
        )
        assert load_base(tmp_path / "saved").edges == (0, 0)


@pytest.mark.parametrize("kind", ["own", "gpt2"])
class TestAdapters:
    def test_the_base_stays_as_it_was(self, base_folder, kind):
        base = base_folder(kind)
        finetuned = finetune_language_model(
            _examples(), base, _config(ADAPTER, num_steps=5)
        )

        own = dict(load_base(base).model.named_parameters())
        for name, weight in finetuned.model.named_parameters():
            if ".lora_" not in name:
                assert torch.equal(weight, own[name.replace(".base_layer", "")])

    def test_kept_adapters_return_to_the_base(self, base_folder, kind, tmp_path):
        base = base_folder(kind)
        finetuned = finetune_language_model(
            _examples(), base, _config(ADAPTER, num_steps=5)
        )
        save_finetuned(finetuned, tmp_path / "adapter", keep_adapter=True)

        model = load_base(base).model
        tokens = torch.tensor([[1, 2, 3]])
        before = model(tokens)
        load_adapters(model, tmp_path / "adapter", base)

        assert torch.equal(model(tokens), finetuned.model(tokens))
        assert not torch.equal(model(tokens), before)

    def test_a_checkpoint_holds_adapters_alone_and_resumes_exactly(
        self, base_folder, kind, tmp_path
    ):
        base, store = base_folder(kind), DirectoryCheckpointStore(tmp_path / "c")
        config = _config(ADAPTER, num_steps=6, checkpoint_every_seconds=0)
        whole = finetune_language_model(_examples(), base, config)

        with pytest.raises(KeyboardInterrupt):
            finetune_language_model(
                _examples(), base, config, store=store, sink=_Interrupting(3)
            )
        again = finetune_language_model(_examples(), base, config, store=store)

        for first, second in zip(
            whole.model.parameters(), again.model.parameters(), strict=True
        ):
            assert torch.equal(first, second)
        (newest,) = sorted((tmp_path / "c").glob("*/step-000000006"))
        tensors = (newest / "tensors.safetensors").stat().st_size
        assert tensors < (base / "model.safetensors").stat().st_size

    def test_another_base_is_refused_on_resume(self, base_folder, kind, tmp_path):
        store = DirectoryCheckpointStore(tmp_path, refuse_foreign=True)
        config = _config(ADAPTER, num_steps=2)
        finetune_language_model(_examples(), base_folder(kind), config, store=store)

        with pytest.raises(CheckpointMismatchError, match="base"):
            finetune_language_model(
                _examples(), base_folder("llama"), config, store=store
            )


def test_new_weights_are_a_start_for_any_base(base_folder):
    config = _config(num_steps=1, matrix_learning_rate=0, embedding_learning_rate=0)

    model = finetune_language_model(
        _examples(), base_folder("gpt2"), config, from_scratch=True
    ).model

    known = load_base(base_folder("gpt2")).model
    differ = [
        not torch.equal(new, old)
        for new, old in zip(model.parameters(), known.parameters(), strict=True)
    ]
    assert any(differ)


def test_adapters_cannot_be_kept_where_there_are_none(base_folder, tmp_path):
    finetuned = finetune_language_model(
        _examples(), base_folder("own"), _config(num_steps=1)
    )

    with pytest.raises(ConfigurationError, match="keep_adapter"):
        save_finetuned(finetuned, tmp_path / "a", keep_adapter=True)


def _conversations():
    rows = [
        (
            json.dumps(
                [
                    {"role": "user", "content": word},
                    {"role": "assistant", "content": answer},
                ]
            ),
            split,
        )
        for word, answer in ANSWERS.items()
        for split in ("train",) * 6 + ("validation",)
    ]
    return pd.DataFrame(rows, columns=["messages", "split"])


def test_conversations_are_learnt_and_the_template_goes_along(base_folder, tmp_path):
    transformers = pytest.importorskip("transformers")
    chat = ChatFormat(user="Q:", assistant="A:")

    finetuned = finetune_language_model(
        _conversations(), base_folder("own"), _config(chat=chat, num_steps=60)
    )
    save_finetuned(finetuned, tmp_path / "saved")

    question = [ChatMessage(role="user", content="zinc")]
    prompt = encode_chat_prompt(finetuned.tokenizer, question, chat)
    assert _answer(finetuned.model, finetuned.tokenizer, prompt, 6) == " metal"
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "saved")
    theirs = tokenizer.apply_chat_template(
        [turn.model_dump() for turn in question],
        add_generation_prompt=True,
        return_dict=False,
    )
    assert theirs == prompt
    load_base(tmp_path / "saved")  # the manifest holds


def test_a_row_that_is_no_conversation_is_named(base_folder):
    rows = _conversations()
    rows.loc[3, "messages"] = "{"

    with pytest.raises(DataError, match="messages in row 3"):
        finetune_language_model(
            rows, base_folder("own"), _config(chat=ChatFormat(), num_steps=1)
        )


def test_a_template_makes_the_prompts(base_folder):
    rows = _examples().rename(columns={"prompt": "word", "target": "kind"})
    template = PromptTemplate(prompt="{word}", target="{kind}")
    config = _config(num_steps=2)

    filled = finetune_language_model(
        rows, base_folder("own"), _config(template=template, num_steps=2)
    )
    plain = finetune_language_model(_examples(), base_folder("own"), config)

    for first, second in zip(
        filled.model.parameters(), plain.model.parameters(), strict=True
    ):
        assert torch.equal(first, second)


def test_a_template_and_a_chat_format_exclude_each_other():
    with pytest.raises(ValidationError, match="template and chat are both set"):
        _config(template=PromptTemplate(prompt="{a}"), chat=ChatFormat())


def test_accumulation_counts_the_answers_tokens_only(base_folder):
    """Parts with few and with many answer tokens weigh as in one batch."""
    rows = [
        (f"{'long prompt ' * (place % 3)}x:", "y" * (1 + 11 * (place % 2)), "train")
        for place in range(8)
    ]
    examples = pd.DataFrame(rows, columns=["prompt", "target", "split"])

    def weights(num_accumulations):
        config = _config(
            num_steps=3, num_accumulations=num_accumulations, matrix_learning_rate=0.001
        )
        return finetune_language_model(examples, base_folder("own"), config)

    whole, parts = weights(1), weights(4)

    units = 4 * (1 + 1) + 4 * (12 + 1)
    assert whole.history[-1]["num_tokens"] == parts.history[-1]["num_tokens"]
    assert whole.history[-1]["num_tokens"] == 3 * units
    assert whole.history[-1]["train_loss"] == pytest.approx(
        parts.history[-1]["train_loss"], rel=1e-4
    )


MARKED = ChatFormat(
    system="<|start|>system\n",
    user="<|start|>user\n",
    assistant="<|start|>assistant\n",
    tokens=("<|start|>",),
)


def _marked_conversations():
    turns = [
        {"role": "user", "content": "iron"},
        {"role": "assistant", "content": "metal"},
    ]
    return pd.DataFrame({"messages": [json.dumps(turns)] * 8, "split": "train"})


@pytest.mark.parametrize("kind", ["own", "gpt2", "llama"])
class TestAddedTokens:
    @pytest.mark.parametrize("adapter", [None, ADAPTER], ids=["full", "adapters"])
    def test_they_are_learnt_saved_and_read_by_transformers(
        self, base_folder, kind, adapter, tmp_path
    ):
        transformers = pytest.importorskip("transformers")
        config = _config(adapter, MARKED, num_steps=60)

        finetuned = finetune_language_model(
            _marked_conversations(), base_folder(kind), config
        )
        save_finetuned(finetuned, tmp_path / "m")

        turns = [ChatMessage(role="user", content="iron")]
        base = load_base(tmp_path / "m")
        prompt = encode_chat_prompt(base.tokenizer, turns, MARKED, base.edges)
        assert prompt.count(257) == 2
        first, last = (finetuned.history[place]["train_loss"] for place in (0, -1))
        assert last < first - 0.5
        theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
        rendered = theirs.apply_chat_template(
            [turn.model_dump() for turn in turns],
            add_generation_prompt=True,
            return_dict=False,
        )
        assert rendered == prompt
        network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m")
        logits = network.eval()(torch.tensor([prompt])).logits
        assert (logits - base.model(torch.tensor([prompt]))).abs().max() < 1e-4

    def test_kept_adapters_bring_them_to_the_base(self, base_folder, kind, tmp_path):
        config = _config(ADAPTER, MARKED, num_steps=3)
        finetuned = finetune_language_model(
            _marked_conversations(), base_folder(kind), config
        )
        save_finetuned(finetuned, tmp_path / "a", keep_adapter=True)

        model = load_base(base_folder(kind)).model
        found = load_adapters(model, tmp_path / "a", base_folder(kind))

        assert found == {"<|start|>": 257}
        tokens = torch.tensor([[257, 5, 6]])
        assert torch.equal(model(tokens), finetuned.model(tokens))

    def test_a_killed_run_goes_on_to_the_same_weights(
        self, base_folder, kind, tmp_path
    ):
        base, store = base_folder(kind), DirectoryCheckpointStore(tmp_path / "c")
        config = _config(ADAPTER, MARKED, num_steps=6, checkpoint_every_seconds=0)
        rows = _marked_conversations()
        whole = finetune_language_model(rows, base, config)

        with pytest.raises(KeyboardInterrupt):
            finetune_language_model(
                rows, base, config, store=store, sink=_Interrupting(3)
            )
        resumed = finetune_language_model(rows, base, config, store=store)

        pairs = zip(whole.model.parameters(), resumed.model.parameters(), strict=True)
        assert all(torch.equal(*pair) for pair in pairs)

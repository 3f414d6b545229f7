"""Bases that Transformers wrote and our decoder computes: in, trained, and out again."""

import json
import subprocess
import sys
import textwrap

import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer

from taojin.models.adapters import (
    AdapterConfig,
    add_adapters,
    load_adapters,
    save_adapters,
)
from taojin.models.bases import load_base, save_language_model
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.heads import load_head
from taojin.models.hub import HubLanguageModel, load_hub_model
from taojin.models.hub_heads import load_hub_classifier
from taojin.models.language_model import LanguageModel
from taojin.models.prediction import predict_labels
from taojin.models.vocabulary import with_tokens
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import (
    finetune_classifier,
    finetune_language_model,
    save_finetuned,
)
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
)

transformers = pytest.importorskip("transformers")
TOKENS = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]])
TRAINING = TrainingConfig(num_steps=3, batch_size=4, num_threads=1)
ADAPTERS = AdapterConfig(rank=2)
END = "<|endoftext|>"


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def qwen3(request, tmp_path_factory, byte_tokenizer):
    torch.manual_seed(0)
    config = transformers.Qwen3Config(
        vocab_size=260,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=48,
        max_position_embeddings=64,
        tie_word_embeddings=request.param,
        eos_token_id=0,
    )
    network = transformers.Qwen3ForCausalLM(config)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    folder = tmp_path_factory.mktemp("qwen3") / "model"
    network.bfloat16().save_pretrained(folder)
    tokenizer = byte_tokenizer.to_str().replace(END_OF_DOCUMENT, END)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(tokenizer), eos_token=END
    ).save_pretrained(folder)
    return folder


def test_a_base_that_fits_becomes_our_own_with_the_same_answers(qwen3):
    base, (theirs, tokenizer, edges) = load_base(qwen3), load_hub_model(qwen3)

    assert isinstance(base.model, LanguageModel)
    assert (base.model(TOKENS) - theirs(TOKENS)).abs().max() < 1e-4
    assert base.edges == edges
    for text in ("Grüße, 世界 🎉\n\n  x", f"a{END}b", ""):
        ours = base.tokenizer.encode(text, add_special_tokens=False).ids
        assert ours == tokenizer.encode(text, add_special_tokens=False).ids


def test_it_goes_out_as_it_came_in(qwen3, tmp_path):
    base = load_base(qwen3)
    rows = pd.DataFrame({"prompt": "say:", "target": ["a", "b"] * 4, "split": "train"})
    config = LanguageFinetuningConfig(max_tokens=32, training=TRAINING)

    finetuned = finetune_language_model(rows, qwen3, config)
    save_finetuned(finetuned, tmp_path / "m")

    network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m").eval()
    logits = finetuned.model(TOKENS)
    assert network.dtype == torch.float32
    assert (network(TOKENS).logits - logits).abs().max() < 1e-4
    assert (base.model(TOKENS) - logits).abs().max() > 1e-3
    again = load_base(tmp_path / "m")
    assert isinstance(again.model, LanguageModel)
    assert torch.equal(again.model(TOKENS), logits)
    assert again.edges == base.edges
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert theirs.eos_token == END


def test_a_chat_template_goes_with_it(qwen3, tmp_path):
    save_language_model(load_base(qwen3).model, tmp_path / "m", qwen3, "{{ 'x' }}")

    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert theirs.chat_template == "{{ 'x' }}"


def test_it_goes_out_with_more_tokens(qwen3, tmp_path):
    base, ids = with_tokens(load_base(qwen3), [f"<{n}>" for n in range(5)])

    save_language_model(base.model, tmp_path / "m", qwen3, tokenizer=base.tokenizer)

    tokens = torch.tensor([list(ids.values())])
    network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m").eval()
    assert (network(tokens).logits - base.model(tokens)).abs().max() < 1e-4
    assert torch.equal(load_base(tmp_path / "m").model(tokens), base.model(tokens))
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert theirs.convert_tokens_to_ids("<4>") == ids["<4>"] == 261


def test_its_adapters_load_in_peft(qwen3, tmp_path):
    peft = pytest.importorskip("peft")
    model = load_base(qwen3).model
    add_adapters(model, ADAPTERS)
    for weight in model.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=0.2)
    save_adapters(model, tmp_path / "a", ADAPTERS, qwen3)

    again = load_base(qwen3).model
    load_adapters(again, tmp_path / "a", qwen3)
    assert torch.equal(again(TOKENS), model(TOKENS))
    network = transformers.AutoModelForCausalLM.from_pretrained(
        qwen3, dtype=torch.float32
    )
    theirs = peft.PeftModel.from_pretrained(network, str(tmp_path / "a")).eval()
    assert (theirs(TOKENS).logits - model(TOKENS)).abs().max() < 1e-4


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_a_classifier_on_it_goes_to_transformers_and_back(qwen3, tmp_path, pooling):
    texts = ["apple", "iron"] * 6
    rows = pd.DataFrame({"text": texts, "label": texts, "split": "train"})
    config = ClassifierFinetuningConfig(
        max_tokens=16, pooling=pooling, training=TRAINING
    )

    finetuned = finetune_classifier(rows, qwen3, config)
    save_finetuned(finetuned, tmp_path / "m")

    wanted = predict_labels(
        finetuned.model, finetuned.tokenizer, texts[:2], edges=finetuned.edges
    )
    head = load_head(tmp_path / "m")
    pd.testing.assert_frame_equal(
        predict_labels(head.model, head.tokenizer, texts[:2], edges=head.edges), wanted
    )
    assert not hasattr(head.model.model, "network")
    assert head.model.shape.max_position_embeddings == 16
    through, tokenizer, edges = load_hub_classifier(tmp_path / "m")
    pd.testing.assert_frame_equal(
        predict_labels(through, tokenizer, texts[:2], edges=edges), wanted, atol=1e-5
    )
    if pooling == "last":
        theirs = transformers.AutoModelForSequenceClassification.from_pretrained(
            tmp_path / "m"
        ).eval()
        lengths = torch.tensor([4, 2])
        logits = finetuned.model(TOKENS, lengths)
        assert (theirs(TOKENS).logits - logits).abs().max() < 1e-4


def test_it_needs_no_extra(qwen3, tmp_path):
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"prompt": "a", "target": "b", "split": "train"}] * 4))
    script = f"""
        import sys
        sys.modules["transformers"] = sys.modules["peft"] = None
        import pandas as pd
        from taojin.training.config import TrainingConfig
        from taojin.training.finetuning import finetune_language_model, save_finetuned
        from taojin.training.finetuning_config import LanguageFinetuningConfig
        config = LanguageFinetuningConfig(
            max_tokens=32, training=TrainingConfig(num_steps=1, batch_size=2)
        )
        rows = pd.read_json({str(rows)!r})
        finetuned = finetune_language_model(rows, {str(qwen3)!r}, config)
        save_finetuned(finetuned, {str(tmp_path / "m")!r})
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)

    assert isinstance(load_base(tmp_path / "m").model, LanguageModel)


@pytest.mark.parametrize("change", ["quantised", "no numbers"])
def test_what_only_seems_to_fit_goes_through_transformers(qwen3, tmp_path, change):
    network = transformers.AutoModelForCausalLM.from_pretrained(qwen3)
    network.save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(qwen3).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    content = json.loads(path.read_text())
    if change == "quantised":
        content["quantization_config"] = {"quant_method": "unheard_of"}
        path.write_text(json.dumps(content))
        from taojin.models.transformers_import import is_importable

        assert not is_importable(tmp_path)
        return
    del content["rms_norm_eps"]  # Transformers has a default for it
    path.write_text(json.dumps(content))

    assert isinstance(load_base(tmp_path).model, HubLanguageModel)


def test_a_folder_that_names_no_end_is_asked_of_transformers(qwen3, tmp_path):
    load_base(qwen3)
    for path in qwen3.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    settings = tmp_path / "tokenizer_config.json"
    content = json.loads(settings.read_text())
    content.pop("eos_token")
    settings.write_text(json.dumps(content))

    with pytest.raises(Exception, match="names no eos_token"):
        load_base(tmp_path)

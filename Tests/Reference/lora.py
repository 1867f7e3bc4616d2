"""Writes Tests/CommandsTests/Fixtures/lora: a tiny T5 encoder, two LoRA adapters that PEFT made
for it, inputs, and what the adapted model gives, with the gradients of all factors.
Run: python Tests/Reference/lora.py   (needs torch, transformers 5.24, peft 0.21)
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel

FOLDER = pathlib.Path(__file__).parent.parent / "CommandsTests" / "Fixtures" / "lora"


def model(generator):
    config = T5Config(
        vocab_size=17, d_model=8, d_kv=4, d_ff=10, num_layers=2, num_heads=2, dropout_rate=0.0,
        feed_forward_proj="gated-gelu", relative_attention_num_buckets=8)
    result = T5EncoderModel(config).eval()
    with torch.no_grad():
        for name, parameter in result.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(1 + 0.2 * noise if "norm" in name else noise / parameter.shape[-1] ** 0.5)
    return result


def adapter(name, config, inputs):
    generator = torch.Generator().manual_seed(len(name))
    adapted = get_peft_model(model(torch.Generator().manual_seed(1)), config)
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "lora_" in key:
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    folder = FOLDER / name
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["target_modules"] = sorted(settings["target_modules"]) if isinstance(
        settings["target_modules"], list) else settings["target_modules"]
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    hidden = adapted(
        input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).last_hidden_state
    (hidden * inputs["cotangent"]).sum().backward()
    tensors = {"last_hidden_state": hidden}
    for key, parameter in adapted.named_parameters():
        if parameter.grad is not None:
            tensors["grad." + key.replace(".default.", ".")] = parameter.grad
    save_file({k: v.detach().contiguous() for k, v in tensors.items()},
              FOLDER / f"{name}.safetensors")


def main():
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    base = model(torch.Generator().manual_seed(1))
    base.save_pretrained(FOLDER / "model")
    generator = torch.Generator().manual_seed(2)
    inputs = {
        "input_ids": torch.randint(2, 17, (2, 6), generator=generator),
        "attention_mask": torch.tensor([[1] * 6, [1] * 4 + [0] * 2]),
        "cotangent": torch.randn(2, 6, 8, generator=generator)}
    save_file(inputs, FOLDER / "in.safetensors")
    adapter("suffixes", LoraConfig(
        r=3, lora_alpha=5, target_modules=["q", "wo", "wi_1"], lora_dropout=0.0,
        rank_pattern={"wo": 2}, alpha_pattern={"block.1.layer.0.SelfAttention.q": 7}), inputs)
    adapter("expression", LoraConfig(
        r=2, lora_alpha=3, target_modules=r".*\.block\.1\..*\.(v|o|wi_0)", use_rslora=True), inputs)


if __name__ == "__main__":
    main()

"""Writes the fixtures of Tests/VisionLanguageTests/Fixtures/internvl-*.{json,safetensors}.

Tiny random InternVL configurations, run through transformers on the CPU in float32: inputs, image
features, logits, attention weights, loss and the gradients of all parameters.
Run: python Tests/Reference/internvl.py   (torch 2.15, transformers 5.24, safetensors)
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import InternVLConfig, InternVLForConditionalGeneration

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"
IMAGE, VOCAB = 40, 44


def build(seed, *, vision=None, text=None, **top):
    generator = torch.Generator().manual_seed(seed)
    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
                 image_size=[16, 16], patch_size=[4, 4])
    decoder = dict(model_type="qwen2", vocab_size=VOCAB, hidden_size=16, num_hidden_layers=2,
                   num_attention_heads=4, num_key_value_heads=2, intermediate_size=24,
                   bos_token_id=None, eos_token_id=None)
    config = InternVLConfig(
        vision_config={**sizes, **(vision or {})}, text_config={**decoder, **(text or {})},
        image_token_id=IMAGE, **top)
    config._attn_implementation = "eager"
    model = InternVLForConditionalGeneration._from_config(config)
    randomise(model, generator)
    return config, model.eval(), generator


def randomise(model, generator):
    """Values of the size that training gives, so that no part of the model is idle."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            elif "lambda" in name:
                parameter.copy_(0.5 + 0.3 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            elif parameter.dim() < 2 or "embed_tokens" in name or "token" in name or "position" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(noise * 1.2 / parameter[0].numel() ** 0.5)


def published(name):
    """The name of a parameter in the file that save_pretrained writes."""
    for ours, theirs in [("model.language_model.", "language_model.model."), ("model.", ""),
                         ("lm_head.", "language_model.lm_head.")]:
        if name.startswith(ours):
            return theirs + name[len(ours):]
    return name


def original(tensors, prefix, layers):
    """The same tensors under the names of the authors' checkpoints, where queries, keys and values
    are one."""
    renamed = {}
    parts = [("cls_token", "class_embedding"), ("position_embeddings", "position_embedding"),
             ("patch_embeddings.projection", "patch_embedding"), (".layer.", ".layers."),
             ("attention.projection_layer", "attn.proj"), ("attention.q_norm", "attn.q_norm"),
             ("attention.k_norm", "attn.k_norm"), ("layernorm_before", "norm1"),
             ("layernorm_after", "norm2"), ("lambda_1", "ls1"), ("lambda_2", "ls2"),
             ("vision_tower.", "vision_model."), ("multi_modal_projector.layer_norm", "mlp1.0"),
             ("multi_modal_projector.linear_1", "mlp1.1"),
             ("multi_modal_projector.linear_2", "mlp1.3")]
    for key, value in tensors.items():
        if not key.startswith(prefix) or "_proj." in key and "vision_tower" in key:
            continue
        name = key[len(prefix):]
        for theirs, ours in parts:
            name = name.replace(theirs, ours)
        renamed[prefix + name] = value
    for layer in range(layers):
        for kind in ("weight", "bias"):
            keys = [f"{prefix}vision_tower.encoder.layer.{layer}.attention.{p}_proj.{kind}"
                    for p in "qkv"]
            if keys[0] in tensors:
                renamed[f"{prefix}vision_model.encoder.layers.{layer}.attn.qkv.{kind}"] = torch.cat(
                    [tensors[key] for key in keys])
    return renamed


def write(name, config, model, generator, samples, *, pixels, pad=None, authors=None):
    """samples: for each, lengths of text and ("tile",) in turn; pixels: the size of all tiles."""
    patch = config.vision_config.patch_size
    tokens = (pixels[0] // patch[0]) * (pixels[1] // patch[1])
    if config.vision_feature_select_strategy != "default":
        tokens += 1
    each = int(tokens * config.downsample_ratio**2)
    rows = []
    for parts in samples:
        ids = []
        for part in parts:
            ids += ([IMAGE] * each if part == "tile"
                    else torch.randint(1, IMAGE, (part,), generator=generator).tolist())
        rows.append(ids)
    longest = max(map(len, rows)) + (2 if pad else 0)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for i, row in enumerate(rows):
        place = slice(longest - len(row), longest) if pad == "left" else slice(0, len(row))
        ids[i, place], mask[i, place] = torch.tensor(row), 1
        labels[i, place] = torch.tensor(
            [t if t != IMAGE and n % 3 else -100 for n, t in enumerate(row)])
    inputs = {"input_ids": ids, "labels": labels}
    tiles = sum(part == "tile" for parts in samples for part in parts)
    if tiles:
        inputs["pixel_values"] = torch.randn(
            tiles, config.vision_config.num_channels, *pixels, generator=generator)
    if pad:
        inputs["attention_mask"] = mask
    output = model(**inputs, output_attentions=True, use_cache=False)
    output.loss.backward()
    tensors = {f"in.{key}": value for key, value in inputs.items()}
    tensors.update({"out.logits": output.logits, "out.loss": output.loss})
    if tiles:
        with torch.no_grad():
            tensors["out.features"] = model.get_image_features(inputs["pixel_values"]).pooler_output
    if len(rows) == 1:
        tensors["out.attentions"] = torch.stack(output.attentions)[:, 0]
    weights, gradients = {}, {}
    for key, parameter in model.named_parameters():
        weights[f"weight.{published(key)}"] = parameter
        if parameter.grad is not None:
            gradients[f"grad.{published(key)}"] = parameter.grad
    description = json.loads(config.to_json_string())
    if authors:
        layers = config.vision_config.num_hidden_layers
        weights = original(weights, "weight.", layers)
        gradients = original(gradients, "grad.", layers)
        description = authors
    tensors.update(weights)
    tensors.update(gradients)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, FOLDER / f"{name}.safetensors")
    (FOLDER / f"{name}.json").write_text(json.dumps({"config": description}, indent=1) + "\n")
    print(name, float(output.loss.detach()), sum(v.numel() for v in tensors.values()))


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    # The tiles' own size, two of them in one sample; the tower's output is normalised.
    case = build(1, vision=dict(use_mean_pooling=False, use_mask_token=True, attention_bias=True),
                 tie_word_embeddings=False)
    write("internvl-tiles", *case, [[3, "tile", 2, "tile", 4]], pixels=(16, 16))
    # Root-mean-square norms, normalised queries and keys, another size of tile than the positions',
    # two padded samples, tied tables, an inner layer.
    case = build(2, vision=dict(norm_type="rms_norm", use_qk_norm=True, num_hidden_layers=3),
                 text=dict(num_key_value_heads=4), vision_feature_layer=-2)
    write("internvl-resized", *case, [[2, "tile", 5], [1, "tile", "tile", 3]], pixels=(24, 24),
          pad="left")
    # Patches and tiles that are not square, no positions, no shuffle, padding on the right.
    case = build(3, vision=dict(patch_size=[4, 2], use_absolute_position_embeddings=False,
                                num_channels=2, hidden_act="gelu_pytorch_tanh"),
                 downsample_ratio=1.0, projector_hidden_act="silu", tie_word_embeddings=False)
    write("internvl-oblong", *case, [[2, "tile", 5], [7]], pixels=(9, 17), pad="right")
    # The class token is kept; interpolation to a grid that is not square; a window in the decoder.
    case = build(4, vision_feature_select_strategy="full", downsample_ratio=0.25,
                 text=dict(use_sliding_window=True, sliding_window=4, max_window_layers=1))
    write("internvl-full", *case, [[2, "tile", 9]], pixels=(12, 20))
    # A longer sequence than the decoder was trained on.
    case = build(5, text=dict(max_position_embeddings=8, rope_theta=500.0, num_hidden_layers=1,
                              rope_scaling=dict(rope_type="dynamic", factor=2.0)))
    write("internvl-dynamic", *case, [[9, "tile", 4]], pixels=(16, 16))
    # Frequencies mixed and an amplitude other than 1, which gradients pass, too.
    case = build(7, text=dict(num_hidden_layers=1, hidden_size=32, max_position_embeddings=64,
                              rope_scaling=dict(rope_type="yarn", factor=4.0,
                                                original_max_position_embeddings=16)))
    write("internvl-yarn", *case, [[7, "tile", 9]], pixels=(8, 8))
    # The authors' layout.
    config, model, generator = build(
        6, vision=dict(attention_bias=True, use_qk_norm=True), tie_word_embeddings=False)
    v, t = config.vision_config, config.text_config
    authors = dict(
        model_type="internvl_chat", architectures=["InternVLChatModel"], downsample_ratio=0.5,
        ps_version="v2", select_layer=-1, img_context_token_id=IMAGE,
        vision_config=dict(
            model_type="intern_vit_6b", hidden_size=v.hidden_size,
            num_hidden_layers=v.num_hidden_layers, num_attention_heads=v.num_attention_heads,
            intermediate_size=v.intermediate_size, image_size=16, patch_size=4, qkv_bias=True,
            qk_normalization=True, norm_type="layer_norm", layer_norm_eps=v.layer_norm_eps,
            hidden_act="gelu"),
        llm_config=dict(
            model_type="qwen2", architectures=["Qwen2ForCausalLM"], vocab_size=VOCAB,
            hidden_size=t.hidden_size, num_hidden_layers=t.num_hidden_layers,
            num_attention_heads=t.num_attention_heads, num_key_value_heads=2,
            intermediate_size=t.intermediate_size, rms_norm_eps=t.rms_norm_eps,
            rope_theta=10000.0, tie_word_embeddings=False))
    write("internvl-original", config, model, generator, [[3, "tile", 4]], pixels=(16, 16),
          authors=authors)


if __name__ == "__main__":
    main()

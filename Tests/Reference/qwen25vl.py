"""Writes the fixtures of Tests/VisionLanguageTests/Fixtures/qwen-*.{json,safetensors}.

Tiny random Qwen2.5-VL configurations, run through transformers on the CPU in float32: inputs,
vision features, positions, logits, attention weights, loss and the gradients of all parameters.
Run: python Tests/Reference/qwen25vl.py   (needs torch, transformers 5.24, safetensors)
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"
IMAGE, VIDEO, START, END, VOCAB = 50, 51, 52, 53, 56


def configuration(seed, *, vision, text, tie):
    generator = torch.Generator().manual_seed(seed)
    config = Qwen2_5_VLConfig(
        vision_config=dict(
            hidden_size=16, intermediate_size=20, num_heads=2, patch_size=4,
            temporal_patch_size=2, out_hidden_size=text["hidden_size"], **vision),
        text_config=dict(
            vocab_size=VOCAB, bos_token_id=None, eos_token_id=None, max_position_embeddings=512,
            **text),
        image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=START,
        vision_end_token_id=END, tie_word_embeddings=tie)
    config._attn_implementation = "eager"
    model = Qwen2_5_VLForConditionalGeneration._from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name or "ln_q" in name:
                parameter.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            else:
                parameter.copy_(noise * (0.3 if "embed" in name else 1.2 / parameter[0].numel() ** 0.5))
    return config, model.eval(), generator


def published(name):
    """The name in the checkpoint file of a parameter of the model."""
    for ours, theirs in [("model.visual.", "visual."), ("model.language_model.", "model.")]:
        if name.startswith(ours):
            return theirs + name[len(ours):]
    return name


def sequence(parts, merge, generator):
    """Token ids and types of text lengths, ("image", grid) and ("video", grid) in turn."""
    ids, types = [], []
    for part in parts:
        if isinstance(part, int):
            ids += torch.randint(2, IMAGE, (part,), generator=generator).tolist()
            types += [0] * part
        else:
            kind, (t, h, w) = part
            count = t * h * w // merge**2
            ids += [START] + [IMAGE if kind == "image" else VIDEO] * count + [END]
            types += [0] + [1 if kind == "image" else 2] * count + [0]
    return ids, types


def largest_positions(parts, merge, tokens_per_second, seconds):
    """Positions under the model authors' rule: text goes on at the largest position plus one."""
    columns, seconds = [], list(seconds)

    def append_text(count):
        start = max((max(c) for c in columns), default=-1) + 1
        for i in range(count):
            columns.append((start + i,) * 3)

    for part in parts:
        if isinstance(part, int):
            append_text(part)
            continue
        append_text(1)
        kind, (t, h, w) = part
        interval = tokens_per_second * seconds.pop(0) if kind == "video" else 1
        start = max(max(c) for c in columns) + 1
        for f in range(t):
            for y in range(h // merge):
                for x in range(w // merge):
                    time = int(torch.tensor(float(f)) * torch.tensor(interval))
                    columns.append((start + time, start + y, start + x))
        append_text(1)
    return torch.tensor(columns).T.unsqueeze(1)  # [3, 1, tokens]


def write(name, config, model, generator, samples, *, seconds=(), rule="largest", rows=None, pad=None):
    merge = config.vision_config.spatial_merge_size
    per_second = config.vision_config.tokens_per_second
    encoded = [sequence(parts, merge, generator) for parts in samples]
    longest = max(len(ids) for ids, _ in encoded)
    batch = len(samples)
    ids = torch.zeros(batch, longest, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    positions = torch.zeros(3, batch, longest, dtype=torch.long)
    left = list(seconds)
    for i, (tokens, kinds) in enumerate(encoded):
        place = slice(longest - len(tokens), longest) if pad == "left" else slice(0, len(tokens))
        ids[i, place], types[i, place] = torch.tensor(tokens), torch.tensor(kinds)
        mask[i, place] = 1
        labels[i, place] = torch.tensor(
            [t if k == 0 and n % 3 else -100 for n, (t, k) in enumerate(zip(tokens, kinds))])
        videos = sum(isinstance(p, tuple) and p[0] == "video" for p in samples[i])
        own, left = left[:videos], left[videos:]
        positions[:, i, place] = largest_positions(samples[i], merge, per_second, own)[:, 0]
    grids = {kind: [p[1] for s in samples for p in s if isinstance(p, tuple) and p[0] == kind]
             for kind in ("image", "video")}
    inputs = {"input_ids": ids, "labels": labels}
    if pad:
        inputs["attention_mask"] = mask
    patch = config.vision_config.patch_size
    for kind, key in [("image", "pixel_values"), ("video", "pixel_values_videos")]:
        if grids[kind]:
            count = sum(t * h * w for t, h, w in grids[kind])
            inputs[key] = torch.randn(count, 3 * 2 * patch * patch, generator=generator)
            inputs[f"{kind}_grid_thw"] = torch.tensor(grids[kind])
    if seconds:
        inputs["second_per_grid_ts"] = torch.tensor(seconds)
    arguments = dict(inputs)
    if rule == "largest" and (grids["image"] or grids["video"]):
        arguments["position_ids"] = positions
    else:
        arguments["mm_token_type_ids"] = types
    output = model(**arguments, output_attentions=True, use_cache=False)
    tensors = {f"in.{key}": value for key, value in inputs.items()}
    tensors["out.logits"], tensors["out.loss"] = output.logits, output.loss
    if rule == "spatial":
        positions, _ = model.model.get_rope_index(ids, types, **{
            key: inputs[key] for key in ("image_grid_thw", "video_grid_thw", "second_per_grid_ts")
            if key in inputs})
    if grids["image"] or grids["video"]:
        tensors["out.positions"] = positions
    for kind, call in [("image", model.get_image_features), ("video", model.get_video_features)]:
        if grids[kind]:
            key = "pixel_values" if kind == "image" else "pixel_values_videos"
            with torch.no_grad():
                features = call(inputs[key], torch.tensor(grids[kind])).pooler_output
            tensors[f"out.{kind}_features"] = torch.cat(features)
    if rule == "spatial":
        generated = model.generate(**{k: v for k, v in arguments.items() if k != "labels"},
                                   do_sample=False, max_new_tokens=8, pad_token_id=0)
        tensors["out.generated"] = generated[:, longest:]
    objective = output.loss
    if rows:
        columns = [i for i, kind in enumerate(types[0].tolist()) if kind]
        maps = torch.stack(output.attentions)[:, 0][:, :, rows][..., columns]
        cotangent = torch.randn(maps.shape, generator=generator)
        objective = objective + (maps * cotangent).sum()
        tensors["in.maps_cotangent"], tensors["out.maps"] = cotangent, maps
    if batch == 1:
        tensors["out.attentions"] = torch.stack(output.attentions)[:, 0]
    objective.backward()
    for key, parameter in model.named_parameters():
        tensors[f"weight.{published(key)}"] = parameter
        if parameter.grad is not None:
            tensors[f"grad.{published(key)}"] = parameter.grad
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, FOLDER / f"{name}.safetensors")
    description = {"config": json.loads(config.to_json_string()), "rule": rule, "rows": rows or []}
    (FOLDER / f"{name}.json").write_text(json.dumps(description, indent=1) + "\n")
    print(name, float(output.loss.detach()), sum(v.numel() for v in tensors.values()))


def text(**changes):
    sizes = dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                 num_key_value_heads=2, rms_norm_eps=1e-6)
    rope = dict(rope_type="default", rope_theta=10000.0, mrope_section=[2, 1, 1])
    return {**sizes, "rope_parameters": rope, **changes}


def vision(**changes):
    return {**dict(depth=3, spatial_merge_size=2, tokens_per_second=4, window_size=16,
                   fullatt_block_indexes=[1]), **changes}


def main():
    torch.set_num_threads(1)
    # Windows of 2 x 2 merged cells that are cut at the right and lower border; two videos.
    case = configuration(1, vision=vision(), text=text(), tie=False)
    write("qwen-two-videos", *case,
          [[3, ("video", (2, 10, 6)), 4, ("video", (3, 4, 2)), 5]], seconds=[0.5, 1.3])
    # One patch is one token; image and video; tied table; gradients through the maps.
    case = configuration(2, vision=vision(depth=2, spatial_merge_size=1, window_size=12,
                                          tokens_per_second=3),
                         text=text(num_key_value_heads=1, num_hidden_layers=3), tie=True)
    write("qwen-merge-1-tied", *case,
          [[2, ("image", (1, 5, 4)), 3, ("video", (2, 3, 7)), 6]], seconds=[0.75],
          rows=[70, 74, 72])
    # Two samples of different length, padded on the left; no grouping of keys.
    case = configuration(3, vision=vision(depth=2, fullatt_block_indexes=[0, 1]),
                         text=text(num_key_value_heads=4), tie=False)
    write("qwen-padded", *case,
          [[2, ("video", (4, 4, 4)), 7], [4, ("video", (1, 6, 4)), 3, ("image", (1, 4, 4)), 2]],
          seconds=[1.0, 0.5], pad="left")
    # Text alone.
    case = configuration(4, vision=vision(depth=1), text=text(), tie=True)
    write("qwen-text", *case, [[11]])
    # The newer rule for the text after a video.
    case = configuration(5, vision=vision(depth=1, fullatt_block_indexes=[]),
                         text=text(num_hidden_layers=1), tie=True)
    write("qwen-spatial", *case, [[2, ("video", (5, 4, 6)), 4]], seconds=[1.5], rule="spatial")
    # The longer sample of a batch is beyond the training's length: both use the long factors.
    rope = dict(rope_type="longrope", rope_theta=10000.0, mrope_section=[2, 1, 1], factor=4.0,
                original_max_position_embeddings=16, short_factor=[1.0, 1.1, 1.3, 2.0],
                long_factor=[1.0, 1.7, 3.0, 6.5])
    case = configuration(6, vision=vision(depth=1), text=text(num_hidden_layers=1,
                                                              rope_parameters=rope), tie=True)
    write("qwen-longrope", *case, [[2, ("video", (1, 4, 4)), 3], [4, ("image", (1, 4, 6)), 9]],
          seconds=[1.0], pad="right")


if __name__ == "__main__":
    main()

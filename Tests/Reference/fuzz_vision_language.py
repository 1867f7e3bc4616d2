"""Compares `merepl forward` with transformers on random Qwen2.5-VL and InternVL configurations.

Each draw saves a tiny random model and random inputs to a temporary folder and runs the program with
and without --attentions and --gradients. Every output has to lie within 1e-4 of the reference's,
relative to the largest magnitude of that tensor, every gradient within 1e-3; rows of attention sum
to 1 within 1e-5. Where the reference in single precision is farther from itself in double than an
eighth of the limit, eight times that distance is the limit instead; such draws are counted apart.
The worst errors of each class are printed; the exit status is 1 on any disagreement.
Run: python Tests/Reference/fuzz_vision_language.py --merepl .build/debug/merepl --count 20 --seed 1
(torch 2.15, transformers 5.24, safetensors)
"""

import argparse
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from transformers import (InternVLConfig, InternVLForConditionalGeneration, Qwen2_5_VLConfig,
                          Qwen2_5_VLForConditionalGeneration, logging)

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from internvl import randomise
from qwen25vl import largest_positions, sequence

logging.set_verbosity_error()
logging.disable_progress_bar()
QWEN = "Qwen2_5_VLForConditionalGeneration"
INTERN = "InternVLForConditionalGeneration"
# Names of transformers' table; what published checkpoints have comes up more often.
ACTIVATIONS = ["silu"] * 4 + ["gelu"] * 4 + [
    "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_accurate", "quick_gelu", "swish", "mish",
    "relu", "relu2", "relu6", "leaky_relu", "sigmoid", "tanh", "linear"]


def text_sizes(draw, section):
    heads = draw.choice([2, 3, 4, 6])
    width = heads * 2 * draw.choice([2, 3, 4, 6])
    layers = draw.randint(1, 3)
    sizes = dict(
        hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers,
        num_key_value_heads=draw.choice([n for n in range(1, heads + 1) if heads % n == 0]),
        intermediate_size=draw.randint(5, 40), rms_norm_eps=draw.choice([1e-6, 1e-5, 1e-3]),
        hidden_act=draw.choice(ACTIVATIONS),
        bos_token_id=None, eos_token_id=None, pad_token_id=draw.choice([None, 0, 5, 39]))
    if draw.random() < 0.3:
        sizes.update(use_sliding_window=True, sliding_window=draw.randint(1, 9),
                     max_window_layers=draw.randint(0, layers))
    return sizes


def rotary(draw, sizes, longest):
    """Rotary parameters of any type, and the lengths that go with them; `longest` is about the
    length of the sequences, so that some are longer than the model was made for."""
    kind = draw.choice(["default", "default", "linear", "dynamic", "yarn", "llama3", "longrope"])
    rope = dict(rope_type=kind, rope_theta=draw.choice([100.0, 1e4, 1e6]))
    if kind != "default":
        rope["factor"] = draw.choice([1.0, 2.0, 3.5, 8.0])
        sizes["max_position_embeddings"] = draw.choice([6, 12, longest, 4096])
    if kind in ("yarn", "llama3", "longrope") and draw.random() < 0.8:
        rope["original_max_position_embeddings"] = draw.choice([4, 11, longest // 2 + 1, longest, 2048])
    half = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    if kind == "yarn":
        if draw.random() < 0.2:
            rope["attention_factor"] = draw.choice([0.7, 1.4])
        if draw.random() < 0.4:
            rope.update(mscale=draw.choice([0.7, 1.0]), mscale_all_dim=draw.choice([0.4, 1.0, 0.0]))
        if draw.random() < 0.4:
            rope.update(beta_fast=draw.choice([4, 16.0, 32]), beta_slow=draw.choice([0.3, 1, 2]))
        if draw.random() < 0.4:
            rope["truncate"] = draw.random() < 0.5
    if kind == "llama3":
        rope.update(low_freq_factor=draw.choice([0.5, 1.0]), high_freq_factor=draw.choice([2, 4.0, 20.0]))
    if kind == "longrope":
        rope.update({key: [draw.uniform(1, 6) for _ in range(half)]
                     for key in ("short_factor", "long_factor")})
        if draw.random() < 0.3:
            rope["attention_factor"] = 1.2
        if draw.random() < 0.3:
            del rope["factor"]
    return rope


def pad_rows(draw, rows, kinds, allows_bare):
    """Rows of one length, with padding on one side (or none) and sometimes holes in the text, and
    labels, also beside padding and in it. Rows of nothing but padding where `allows_bare`."""
    longest = max(map(len, rows)) + (draw.randint(0, 3) if draw.random() < 0.5 else 0)
    side = draw.choice(["left", "right"])
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    places = []
    for i, row in enumerate(rows):
        place = slice(longest - len(row), longest) if side == "left" else slice(0, len(row))
        places.append(place)
        ids[i, place], mask[i, place] = torch.tensor(row), 1
        types[i, place] = torch.tensor(kinds[i])
        labels[i, place] = torch.tensor(
            [t if draw.random() < 0.6 else -100 for t in row])
        # Where padding is left out, padding predicts nothing.
        if draw.random() < 0.5:
            labels[i, place.start] = -100
        if draw.random() < 0.1:
            labels[i, draw.randrange(longest)] = draw.randint(0, 39)
        if draw.random() < 0.3:
            for hole in range(place.start, place.stop):
                if types[i, hole] == 0 and int(mask[i].sum()) > 1 and draw.random() < 0.2:
                    mask[i, hole] = 0
        if allows_bare and draw.random() < 0.1:
            mask[i] = 0
    if len(rows[0]) > 1:
        labels[0, places[0].stop - 1] = ids[0, places[0].stop - 1]
    inputs = {"input_ids": ids, "labels": labels}
    if not bool(mask.all()) or draw.random() < 0.3:
        inputs["attention_mask"] = mask
    return inputs, mask, types, places


def text_follows(config):
    return config.text_config.rope_parameters["rope_type"] in ("dynamic", "longrope")


def qwen(draw, generator):
    patch, merge = draw.choice([2, 3, 4]), draw.choice([1, 2, 3])
    temporal = draw.choice([1, 2, 3])
    text = text_sizes(draw, "text_config")
    half = text["hidden_size"] // text["num_attention_heads"] // 2
    first = draw.randint(0, half)
    second = draw.randint(0, half - first)
    vision_heads = draw.choice([1, 2, 3])
    depth = draw.randint(1, 4)
    image, video = 30, 31
    config = Qwen2_5_VLConfig(
        vision_config=dict(
            depth=depth, hidden_size=vision_heads * 4 * draw.randint(1, 3), num_heads=vision_heads,
            intermediate_size=draw.randint(5, 24), in_channels=draw.choice([1, 3]), patch_size=patch,
            spatial_merge_size=merge, temporal_patch_size=temporal,
            window_size=patch * merge * draw.randint(1, 3) + draw.randint(0, patch - 1),
            out_hidden_size=text["hidden_size"], tokens_per_second=draw.randint(1, 5),
            fullatt_block_indexes=sorted(draw.sample(range(depth), draw.randint(0, depth))),
            hidden_act=draw.choice(ACTIVATIONS)),
        text_config=dict(
            vocab_size=40, rope_parameters=dict(
                rotary(draw, text, 40), mrope_section=[first, second, half - first - second]),
            **text),
        image_token_id=image, video_token_id=video, vision_start_token_id=32,
        vision_end_token_id=33, tie_word_embeddings=draw.random() < 0.5)
    config._attn_implementation = "eager"
    model = Qwen2_5_VLForConditionalGeneration._from_config(config).eval()
    randomise(model, generator)
    samples, seconds = [], []
    for _ in range(draw.randint(1, 3)):
        parts = [draw.randint(1, 6)]
        for _ in range(draw.randint(0, 3)):
            kind = draw.choice(["image", "video"])
            grid = (1 if kind == "image" else draw.randint(1, 4), merge * draw.randint(1, 4),
                    merge * draw.randint(1, 4))
            parts += [(kind, grid), draw.randint(1, 5)]
            if kind == "video":
                seconds.append(draw.choice([0.25, 0.5, 1.0, 1.3]))
        # One token alone predicts nothing.
        samples.append(parts if parts != [1] else [2])
    import qwen25vl
    qwen25vl.IMAGE, qwen25vl.VIDEO, qwen25vl.START, qwen25vl.END = image, video, 32, 33
    encoded = [sequence(parts, merge, generator) for parts in samples]
    inputs, mask, types, places = pad_rows(
        draw, [ids for ids, _ in encoded], [kinds for _, kinds in encoded],
        # The library finds no positions for such a row beside pictures.
        not any(1 in kinds or 2 in kinds for _, kinds in encoded))
    if draw.random() < 0.2:
        seconds = [1.0] * len(seconds)
    left = list(seconds)
    positions = torch.zeros(3, len(samples), mask.shape[1], dtype=torch.long)
    for i, parts in enumerate(samples):
        count = sum(isinstance(p, tuple) and p[0] == "video" for p in parts)
        own, left = left[:count], left[count:]
        # Holes are passed over: the text goes on as if they were not there.
        whole = largest_positions(parts, merge, config.vision_config.tokens_per_second, own)[:, 0]
        kept = mask[i, places[i]].bool()
        step = torch.cumsum(~kept, 0)
        positions[:, i, places[i]] = torch.where(kept, whole - step, 0)
    values = config.vision_config.in_channels * temporal * patch**2
    for kind, key in [("image", "pixel_values"), ("video", "pixel_values_videos")]:
        grids = [p[1] for s in samples for p in s if isinstance(p, tuple) and p[0] == kind]
        if grids:
            inputs[key] = torch.randn(
                sum(t * h * w for t, h, w in grids), values, generator=generator)
            inputs[f"{kind}_grid_thw"] = torch.tensor(grids)
    if seconds and (set(seconds) != {1.0} or draw.random() < 0.5):
        inputs["second_per_grid_ts"] = torch.tensor(
            seconds, dtype=draw.choice([torch.float32] * 3 + [torch.float64, torch.bfloat16]))
    spatial = draw.random() < 0.4
    extra = {"mm_token_type_ids": types} if spatial else {"position_ids": positions}
    if not bool(types.any()):
        # The library derives the positions of text alone itself: from the places in the row, holes
        # included. Scaling that follows the longest row goes by its positions in any case.
        spatial = spatial or text_follows(config)
        extra = {} if spatial or bool((mask.diff(dim=1) == 0).all()) else extra
    options = ["--mrope", "spatial"] if spatial else []
    return model, inputs, mask, extra, options


def intern(draw, generator):
    text = text_sizes(draw, "text_config")
    text["rope_parameters"] = rotary(draw, text, 30)
    heads = draw.choice([1, 2, 3])
    patch = draw.choice([[2, 2], [4, 4], [3, 3], [4, 2]])
    side = draw.choice([2, 4, 6])
    layers = draw.randint(1, 4)
    ratio = draw.choice([0.5, 0.5, 1.0])
    config = InternVLConfig(
        vision_config=dict(
            hidden_size=heads * draw.choice([4, 5, 6]), num_attention_heads=heads,
            num_hidden_layers=layers, intermediate_size=draw.randint(5, 24),
            image_size=[side * patch[0], side * patch[1]], patch_size=patch,
            num_channels=draw.choice([1, 3]), attention_bias=draw.random() < 0.5,
            use_qk_norm=draw.random() < 0.5, norm_type=draw.choice(["layer_norm", "rms_norm"]),
            layer_norm_eps=draw.choice([1e-6, 1e-4]),
            hidden_act=draw.choice(ACTIVATIONS),
            use_mask_token=draw.random() < 0.3,
            use_absolute_position_embeddings=draw.random() < 0.8,
            use_mean_pooling=draw.random() < 0.5),
        text_config=dict(model_type="qwen2", vocab_size=40, **text),
        image_token_id=30, downsample_ratio=ratio,
        projector_hidden_act=draw.choice(ACTIVATIONS),
        # The reference library fails for its layer 0, the embeddings.
        vision_feature_layer=draw.choice([-1, -1, -2, draw.randint(-layers - 1, -1),
                                          draw.randint(1, layers)]),
        vision_feature_select_strategy="default", tie_word_embeddings=draw.random() < 0.5)
    config._attn_implementation = "eager"
    model = InternVLForConditionalGeneration._from_config(config).eval()
    randomise(model, generator)
    grid = draw.choice([(side, side), (4, 4), (2, 2), (2, 8), (6, 6)])
    each = int(grid[0] * grid[1] * ratio**2)
    rows, tiles = [], 0
    for _ in range(draw.randint(1, 3)):
        row = [draw.randint(1, 29) for _ in range(draw.randint(1, 6))]
        for _ in range(draw.randint(0, 3)):
            row += [30] * each + [draw.randint(1, 29) for _ in range(draw.randint(0, 4))]
            tiles += 1
        rows.append(row + [1])
    inputs, mask, _, _ = pad_rows(draw, rows, [[0] * len(row) for row in rows], True)
    if tiles:
        rest = draw.randint(0, 1)
        inputs["pixel_values"] = torch.randn(
            tiles, config.vision_config.num_channels, grid[0] * patch[0] + rest,
            grid[1] * patch[1] + rest, generator=generator)
    kind = text["rope_parameters"]["rope_type"]
    if draw.random() < 0.7 or kind in ("dynamic", "longrope"):
        return model, inputs, mask, {}, []
    # Vision tokens move the position on by less than 1: the library takes such positions as well.
    step = draw.choice([1 / 2, 1 / 4, 1 / 16])
    positions = torch.where(inputs["input_ids"] == 30, step, 1.0).cumsum(-1) - 1
    return (model, inputs, mask, {"position_ids": positions, "attention_mask": mask},
            ["--v2pe", str(step)])


def error(found, wanted):
    if found.shape != wanted.shape:
        return float("inf")
    scale = max(float(wanted.abs().max()), 1e-12) if wanted.numel() else 1.0
    difference = (found.double() - wanted.double()).abs()
    return float("inf") if not bool(torch.isfinite(found).all()) else (
        float(difference.max()) / scale if wanted.numel() else 0.0)


def run(program, folder, name, options):
    out = folder / f"{name}.safetensors"
    command = [program, "forward", str(folder), "--in", str(folder / "inputs" / "in.safetensors"),
               "--out", str(out), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"exit {result.returncode}: {result.stderr.strip()}")
    return load_file(out)


def in_double(model, inputs):
    """The reference's outputs in double precision; NaN where rows see nothing."""
    inputs = {k: v.double() if v.is_floating_point() and v.dim() > 1 else v
              for k, v in inputs.items()}
    with torch.no_grad():
        return copy.deepcopy(model).double()(**inputs, output_attentions=True, use_cache=False)


def rewritten(draw, model, folder):
    """The model as the library reads it back from a configuration in another form: keys where older
    files have them, or with another meaning."""
    file = folder / "config.json"
    config = json.loads(file.read_text())
    text, vision = config["text_config"], config["vision_config"]
    if draw.random() < 0.3:
        rope = text.pop("rope_parameters")
        text["rope_theta"] = rope.pop("rope_theta")
        text["rope_scaling"] = rope
    if draw.random() < 0.2 and text["num_key_value_heads"] == text["num_attention_heads"]:
        text["num_key_value_heads"] = None
    if type(model).__name__ == QWEN:
        form = draw.choice(["kept", "beside", "scaling", "default"])
        theta = draw.choice([50.0, 1e4, 3e5])
        if form != "kept":
            del vision["rope_parameters"]
        if form == "beside":
            vision["rope_theta"] = theta
        elif form == "scaling":
            vision["rope_scaling"] = {"type": "axial", "rope_theta": theta}
        elif form == "default":
            vision["rope_parameters"] = {"rope_type": "default", "rope_theta": theta}
        if config["tie_word_embeddings"] and draw.random() < 0.5:
            config["tie_word_embeddings"] = False
            text["tie_word_embeddings"] = True
        elif draw.random() < 0.3:
            # As in the published files: the decoder's keys at the top.
            text.pop("model_type", None)
            del config["text_config"]
            config |= {k: v for k, v in text.items() if k not in config}
    file.write_text(json.dumps(config))
    return type(model).from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32).eval()


def compare(program, make, draw, generator, folder, worst):
    model, inputs, mask, extra, options = make(draw, generator)
    name = type(model).__name__
    model.save_pretrained(folder)
    model = rewritten(draw, model, folder)
    stored = set(load_file(folder / "model.safetensors"))
    (folder / "inputs").mkdir()
    save_file({k: v.contiguous() for k, v in inputs.items()}, folder / "inputs" / "in.safetensors")
    output = model(**{**inputs, **extra}, output_attentions=True, use_cache=False)
    output.loss.backward()
    plain = run(program, folder, "plain", options)
    full = run(program, folder, "full", [*options, "--attentions", "--gradients"])
    # What padding says is nobody's business, except where it predicts a label.
    kept = mask.bool()
    predicts = torch.zeros_like(kept)
    predicts[:, :-1] = inputs["labels"][:, 1:] != -100
    problems = []
    exact = None

    def judge(kind, what, found, wanted, tolerance, precise=None):
        nonlocal exact
        size = error(found, wanted)
        if not size <= tolerance and precise:
            exact = exact or in_double(model, {**inputs, **extra})
            values = precise(exact)
            seen = values.isfinite()
            own = error(values[seen], wanted[seen])
            if size <= 8 * own:
                worst[name, "ill-conditioned"] = max(worst.get((name, "ill-conditioned"), 0.0), size)
                return
        worst[name, kind] = max(worst.get((name, kind), 0.0), size)
        if not size <= tolerance:
            problems.append(f"{what}: {size:.2e}")

    read = kept | predicts
    judge("forward", "logits", plain["logits"][read], output.logits.detach()[read], 1e-4,
          lambda output: output.logits[read])
    if not bool(torch.isfinite(plain["logits"]).all()):
        problems.append("logits are not finite")
    judge("forward", "loss", plain["loss"], output.loss.detach(), 1e-4)
    for key in ("logits", "loss"):
        if not torch.equal(plain[key], full[key]):
            problems.append(f"{key} changes when attention is recorded")
    for layer, wanted in enumerate(output.attentions):
        found = full[f"attentions.{layer}"]
        rows = kept[:, None, :].expand(found.shape[:3])
        judge("forward", f"attentions.{layer}", found[rows], wanted.detach()[rows], 1e-4,
              lambda output: output.attentions[layer][rows])
        if not float((found.sum(-1) - 1).abs().max()) <= 1e-5:
            problems.append(f"attentions.{layer}: rows do not sum to 1")
    gradients = {}
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            names = [n for n in stored if n == file_name(key, name)]
            if not names:
                problems.append(f"{key} is not in the file as {file_name(key, name)}")
                continue
            gradients[f"grad.{names[0]}"] = parameter.grad
    for key, wanted in gradients.items():
        if key not in full:
            if float(wanted.abs().max()) > 0:
                problems.append(f"{key} is missing")
            continue
        # A gradient that is zero but for rounding is held against the largest of all.
        if float(wanted.abs().max()) < 1e-6 * max(float(g.abs().max()) for g in gradients.values()):
            if float(full[key].abs().max()) > 1e-5:
                problems.append(f"{key} should vanish")
            continue
        judge("gradients", key, full[key], wanted, 1e-3)
    for key in full:
        if key.startswith("grad.") and key not in gradients and float(full[key].abs().max()) > 0:
            problems.append(f"{key} is not the reference's")
    return name, problems


def file_name(key, name):
    """The name that save_pretrained gives a parameter."""
    rules = ([("model.visual.", "visual."), ("model.language_model.", "model.")] if name == QWEN else
             [("model.language_model.", "language_model.model."), ("model.", ""),
              ("lm_head.", "language_model.lm_head.")])
    for ours, theirs in rules:
        if key.startswith(ours):
            return theirs + key[len(ours):]
    return key


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--merepl", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["qwen", "internvl"])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    worst, counts, failures = {}, {}, 0
    makers = {"qwen": [qwen], "internvl": [intern], None: [qwen, intern]}[arguments.only]
    for index in range(arguments.count):
        seed = arguments.seed * 1_000_003 + index
        for make in makers:
            draw, generator = random.Random(seed), torch.Generator().manual_seed(seed)
            with tempfile.TemporaryDirectory() as folder:
                try:
                    name, problems = compare(
                        arguments.merepl, make, draw, generator, pathlib.Path(folder), worst)
                except RuntimeError as failure:
                    name, problems = make.__name__, [str(failure)]
            counts[name] = counts.get(name, 0) + 1
            if problems:
                failures += 1
                print(f"{make.__name__} draw {index} of seed {arguments.seed}: "
                      + "; ".join(problems[:6]), flush=True)
    for (name, kind), size in sorted(worst.items()):
        print(f"{name} {kind}: worst relative error {size:.2e} in {counts.get(name, 0)} draws")
    print(f"{failures} disagreements")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

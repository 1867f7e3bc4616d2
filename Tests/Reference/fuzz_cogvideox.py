"""Compares `merepl forward` with diffusers and transformers on random CogVideoX models.

Every case is drawn from its number alone: a valid configuration, weights (in one file or in shards;
in float32, bfloat16 or float16) and inputs. They are written as the libraries write them and go
through both programs: outputs, attention maps, and the gradients of all parameters. Prints what
disagrees and the worst errors of each class; ends with status 1 where anything disagrees.
Run: python Tests/Reference/fuzz_cogvideox.py --merepl .build/release/merepl --count 50 --seed 1
Made with torch 2.15.0, diffusers 0.42.1 and transformers 5.24.0, on the CPU in float32.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from diffusers.utils import logging
from safetensors.torch import load_file, save_file
from transformers import T5EncoderModel
from transformers.utils import logging as text_logging

import cogvideox_models as models

# Of the largest magnitude in a tensor; rows of attention maps against 1.
FORWARD, GRADIENT, ROWS = 1e-4, 1e-3, 1e-5
# Some gradients are zero but for rounding, such as that of a bias before a norm. Where the reference
# in single precision is no closer than this to itself in double, its tensor sets no scale, and the
# largest gradient of the model does, by this share.
BLUR, NOTHING = GRADIENT / 4, 1e-5


def draw_transformer(draw, generator):
    positions = draw.choice(["rotary", "rotary", "none", "random", "sines", "learned"])
    heads, dim = draw.randint(1, 3), draw.choice([16, 16, 32, 48])
    if positions == "none":
        heads, dim = draw.choice([(3, 1), (2, 3), (1, 5), (3, 8), (2, 24)])
    elif positions == "random":
        heads, dim = draw.choice([(3, 2), (1, 6), (2, 8), (2, 16)])
    elif positions == "sines":
        heads, dim = draw.choice([(1, 16), (2, 8), (4, 4), (2, 24), (16, 1)])
    blocks = draw.choice([None, None, 1, 2, 2, 3]) if positions not in ("sines", "learned") else (
        draw.choice([None, None, 1]))
    patch, batch = draw.randint(1, 3), draw.randint(1, 3)
    frames = (blocks or 1) * draw.randint(1, 3)
    height, width = (patch * draw.randint(1, 4) for _ in range(2))
    if blocks is None:  # what fills no patch is left out
        height, width = height + draw.randrange(patch), width + draw.randrange(patch)
    text, ratio = draw.randint(1, 7), draw.choice([1, 2, 4])
    time = draw.randint(1, 20)
    config = dict(
        num_attention_heads=heads, attention_head_dim=dim, in_channels=draw.randint(1, 6),
        out_channels=draw.randint(1, 6), time_embed_dim=time, text_embed_dim=draw.randint(1, 12),
        num_layers=draw.randint(1, 3), patch_size=patch, patch_size_t=blocks,
        flip_sin_to_cos=draw.random() < 0.7, freq_shift=draw.choice([0, 0, 1]),
        attention_bias=draw.random() < 0.7, dropout=draw.choice([0.0, 0.1]),
        activation_fn=draw.choice([
            "gelu", "gelu-approximate", "geglu", "geglu-approximate", "swiglu", "linear-silu"]),
        timestep_activation_fn=draw.choice(["silu", "swish", "mish", "gelu", "relu", "SiLU"]),
        norm_elementwise_affine=draw.random() < 0.7, norm_eps=draw.choice([1e-5, 1e-6, 1e-3]),
        patch_bias=draw.random() < 0.7, temporal_compression_ratio=ratio,
        ofs_embed_dim=draw.choice([None, None, time, 1]),
        use_rotary_positional_embeddings=positions != "sines",
        use_learned_positional_embeddings=positions == "learned",
        spatial_interpolation_scale=draw.choice([1.0, 1.875, 0.7]),
        temporal_interpolation_scale=draw.choice([1.0, 0.5, 3.0]))
    if heads * dim // 2 == config["freq_shift"] or config["ofs_embed_dim"] in (2, 3):
        config["freq_shift"] = 0
    if positions in ("sines", "learned"):
        config |= dict(
            max_text_seq_length=text, sample_frames=draw.choice([(frames - 1) * ratio + 1, 9]),
            sample_height=height if positions == "learned" else draw.randint(4, 9),
            sample_width=width if positions == "learned" else draw.randint(4, 9))
    steps = [draw.choice([draw.randrange(1000), 0, 999]) for _ in range(draw.choice([batch, 1]))]
    if draw.random() < 0.3:
        steps = [step * 0.37 for step in steps]
    rotary = {"rotary": "grid", "random": "random", "learned": draw.choice([None, "grid"])}
    if positions == "learned" and dim % 16:
        rotary = {}
    return models.transformer(
        generator, batch=batch, frames=frames, height=height, width=width, text=text,
        timesteps=steps, rotary=rotary.get(positions), **config)


def draw_tiling(draw, cell):
    """Arguments of enable_tiling under which every tile keeps a latent cell, or none."""
    if draw.random() < 0.6:
        return None
    tiling = {f"tile_sample_min_{axis}": cell * draw.randint(2, 4) + draw.choice([0, draw.randrange(cell)])
              for axis in ("height", "width")}
    for axis in ("height", "width"):
        if draw.random() < 0.7:
            tiling[f"tile_overlap_factor_{axis}"] = draw.choice([0.1, 0.25, 0.34, 0.5])
    return tiling


def tiled_extent(draw, tiling, axis, default, cell, component):
    """A height or width of the input that is cut into up to four tiles, the last of them no smaller
    than what the encoder's convolutions need."""
    pixels = tiling[f"tile_sample_min_{axis}"]
    share = tiling.get(f"tile_overlap_factor_{axis}", default)
    tile, least = (pixels, cell) if component == "encoder" else (pixels // cell, 1)
    step = int(tile * (1 - share))
    return step * draw.randint(0, 3) + draw.randint(min(least, step), step) + max(0, least - step)


def draw_autoencoder(draw, generator):
    levels, groups = draw.randint(1, 4), draw.choice([1, 2, 3])
    # Norms over one or two numbers have gradients of nothing but rounding.
    widths = [groups * draw.randint(2, 3) for _ in range(levels)]
    component = draw.choice(["encoder", "decoder"])
    cell = 2 ** (levels - 1)
    latents = draw.randint(1, 4)
    joined = draw.random() < 0.3
    if component == "encoder":
        # A multiple of the cell or any other size; up to three batches of frames.
        height, width = (cell * draw.randint(1, 3) + draw.choice([0, draw.randrange(cell)])
                         for _ in range(2))
        frames = draw.choice([1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 25])
    else:
        height, width = (draw.randint(1, 3 if levels < 4 else 2) for _ in range(2))
        frames = draw.randint(1, 7)
    tiling = draw_tiling(draw, cell)
    if tiling:
        height, width = (tiled_extent(draw, tiling, axis, share, cell, component)
                         for axis, share in (("height", 1 / 6), ("width", 1 / 5)))
        frames = draw.choice([1, 2, 9] if component == "encoder" else [1, 2, 3])
    return models.autoencoder(
        generator, component=component, tiling=tiling, batch=draw.randint(1, 2), frames=frames,
        height=height, width=width, in_channels=draw.randint(1, 4), out_channels=latents if joined else (
            draw.randint(1, 4)),
        block_out_channels=widths,
        latent_channels=latents, layers_per_block=draw.randint(1, 2), norm_num_groups=groups,
        act_fn=draw.choice(["silu", "silu", "swish", "mish", "gelu", "relu"]),
        norm_eps=draw.choice([1e-6, 1e-4]),
        temporal_compression_ratio=draw.choice([1, 2, 3, 4, 4, 4.0, 8]),
        use_quant_conv=joined and draw.random() < 0.7,
        use_post_quant_conv=joined and draw.random() < 0.7,
        invert_scale_latents=draw.random() < 0.5, scaling_factor=draw.choice([0.7, 1.15258426]),
        sample_height=draw.choice([480, 32]), sample_width=draw.choice([720, 48]))


def draw_text(draw, generator):
    tokens = draw.choice([1, 2, 5, 9, 17, 40, 130])
    return models.text_encoder(
        generator, tokens=tokens,
        lengths=[draw.randint(1, tokens) for _ in range(draw.randint(1, 3))],
        left=draw.random() < 0.3, vocab_size=draw.randint(2, 40),
        feed_forward_proj=draw.choice([
            "gated-gelu", "gated-gelu", "relu", "gelu", "gated-silu", "gated-relu", "quick_gelu",
            "tanh", "gated-gelu_new", "mish", "leaky_relu", "relu2"]),
        d_model=draw.randint(1, 24), d_kv=draw.randint(1, 9), d_ff=draw.randint(1, 24),
        num_layers=draw.randint(1, 3), num_heads=draw.randint(1, 4),
        relative_attention_num_buckets=draw.choice([4, 5, 8, 32, 33]),
        relative_attention_max_distance=draw.choice([9, 20, 64, 128]),
        layer_norm_epsilon=draw.choice([1e-6, 1e-3]))


DRAWS = {"transformer": draw_transformer, "autoencoder": draw_autoencoder, "text": draw_text}


class Report:
    """Worst errors of each class, and everything that went wrong."""

    def __init__(self):
        self.worst, self.problems = {}, []

    def problem(self, label, text):
        self.problems.append(f"{label}: {text}")
        print(self.problems[-1], flush=True)

    def compare(self, label, kind, measure, name, found, expected, tolerance, exact=None,
                largest=0.0):
        if found is None:
            return self.problem(label, f"{name} is missing")
        if found.shape != expected.shape:
            return self.problem(
                label, f"{name}: shape {list(found.shape)}, expected {list(expected.shape)}")
        size, distance = (x.abs().max().item() for x in (expected, found - expected))
        if exact is not None:
            blur = (expected - exact).abs().max().item()
            if blur > BLUR * exact.abs().max().item():
                self.worst[kind, "blurred"] = self.worst.get((kind, "blurred"), 0) + 1
                if not distance <= max(20 * blur, NOTHING * largest):
                    self.problem(label, f"{name}: off by {distance:.2e}, the reference by {blur:.2e}")
                return
        error = distance / size if size > 0 else distance
        key = (kind, measure)
        if not error <= self.worst.get(key, 0.0):
            self.worst[key] = error
        if not error <= tolerance:
            self.problem(label, f"{name}: relative error {error:.2e}")

    def cases(self, kind):
        self.worst[kind, "cases"] = self.worst.get((kind, "cases"), 0) + 1


def store(case, folder, draw):
    """Writes the model as the library does; its weights are what the file can hold."""
    kind = draw.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])
    case.model.to(kind)
    shards = draw.choice(["20KB", "10GB", "10GB"])
    case.model.save_pretrained(folder, max_shard_size=shards)
    case.model.float()
    if case.kind == "text":
        separate_tables(case, folder, draw)
        return
    # Shards come before a file beside them, unknown keys change nothing, null is false.
    name = "diffusion_pytorch_model.safetensors"
    if (folder / f"{name}.index.json").exists() and draw.random() < 0.5:
        save_file({"nothing": torch.zeros(1)}, folder / name)
    config = json.loads((folder / "config.json").read_text())
    if draw.random() < 0.2:
        config["unread"] = 1
    for key, value in config.items():
        if value is False and draw.random() < 0.1:
            config[key] = None
    (folder / "config.json").write_text(json.dumps(config))
    # The library has to agree that this is the same model.
    again = type(case.model).from_pretrained(folder, torch_dtype=torch.float32)
    stored = case.model.state_dict()
    assert all(torch.equal(value, stored[key]) for key, value in again.state_dict().items())
    again.eval()
    if case.tiling:
        again.enable_tiling(**case.tiling)
    case.model = again


def separate_tables(case, folder, draw):
    """Sometimes gives the encoder a table of its own, which the library then reads."""
    file = folder / "model.safetensors"
    if not file.exists() or draw.random() < 0.7:
        return
    weights = load_file(file)
    shared = weights["shared.weight"]
    weights["encoder.embed_tokens.weight"] = torch.flip(shared, [0]) + 0.5
    save_file(weights, file, metadata={"format": "pt"})
    case.model = T5EncoderModel.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32).eval()


def run(merepl, case, folder, *options):
    command = [
        merepl, "forward", str(folder / "model"), "--in", str(folder / "in.safetensors"), "--out",
        str(folder / "out.safetensors"), "--quiet", *options]
    if case.component:
        command += ["--component", case.component]
    if case.tiling:
        command.append("--tiling")
        for name, value in case.tiling.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode != 0:
        raise RuntimeError(f"status {finished.returncode}: {finished.stderr.strip()}")
    return load_file(folder / "out.safetensors")


def check(merepl, kind, number, folder, report):
    label = f"{kind} {number}"
    draw = random.Random(f"{kind} {number}")
    generator = torch.Generator().manual_seed(draw.randrange(2**60))
    case = DRAWS[kind](draw, generator)
    store(case, folder / "model", draw)
    expected = models.outputs(case)
    weights = models.cotangents(expected, generator)
    wanted = models.gradients(case, expected, weights)
    exact = models.exact_gradients(case, weights)
    save_file({k: v.contiguous() for k, v in (case.inputs | weights).items()},
              folder / "in.safetensors")
    has_maps = kind != "autoencoder"
    try:
        plain = run(merepl, case, folder)
        full = run(merepl, case, folder, "--gradients", *(["--attentions"] if has_maps else []))
    except RuntimeError as error:
        report.problem(label, f"{error}\n  {json.dumps(dict(case.model.config), default=str)}")
        return
    report.cases(kind)
    if case.tiling:
        report.cases("autoencoder in tiles")
    for name, output in expected.items():
        report.compare(label, kind, "forward", name, plain.get(name), output.detach(), FORWARD)
        if name in full and not torch.equal(plain[name], full[name]):
            report.problem(label, f"{name}: watching changes its bits")
    largest = max((gradient.abs().max().item() for gradient in wanted.values()), default=0.0)
    for name, gradient in wanted.items():
        report.compare(label, kind, "gradient", f"grad.{name}", full.get(f"grad.{name}"), gradient,
                       GRADIENT, exact[name], largest)
    names = set(expected) | {f"grad.{name}" for name in wanted}
    if has_maps:
        for layer, weights in enumerate(models.attentions(case)):
            name = f"attentions.{layer}"
            names.add(name)
            report.compare(label, kind, "attention", name, full.get(name), weights, FORWARD)
            if name in full:
                rows = full[name].sum(-1)
                report.compare(label, kind, "row sums", f"{name} rows", rows,
                               torch.ones_like(rows), ROWS)
    for name in sorted(set(full) - names):
        buffers = {f"grad.{key}" for key, _ in case.model.named_buffers()}
        if not name.startswith("grad.") or name in buffers or full[name].any():
            report.problem(label, f"{name} is not in the reference")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merepl", required=True, help="the program to compare")
    parser.add_argument("--count", type=int, default=20, help="cases of each class")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case")
    parser.add_argument("--kind", choices=DRAWS, action="append", help="only this class")
    parser.add_argument("--keep", type=pathlib.Path, help="folder in which one case is left")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for library in (logging, text_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    report = Report()
    for kind in options.kind or DRAWS:
        for number in range(options.seed, options.seed + options.count):
            if options.keep:
                check(options.merepl, kind, number, options.keep, report)
                continue
            with tempfile.TemporaryDirectory() as folder:
                check(options.merepl, kind, number, pathlib.Path(folder), report)
    for (kind, measure), value in sorted(report.worst.items(), key=str):
        print(f"{kind:12} {measure:10} {value if isinstance(value, int) else format(value, '.2e')}")
    print(f"{len(report.problems)} disagreements")
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()

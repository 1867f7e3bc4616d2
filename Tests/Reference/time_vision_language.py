"""Times `merepl forward` and `merepl preprocess` beside transformers on larger models and videos.

Processor seconds of all threads together, which other programs on the machine hardly change. The
library's are those of the call alone, in a process that has everything loaded; merepl's are those of
the whole program, with its start, reading and writing. Smallest of several runs in turn.
Run: python Tests/Reference/time_vision_language.py --merepl .build/release/merepl --threads 2
Made with torch 2.15.0, torchvision 0.29.2 and transformers 5.24.0, on the CPU in float32.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from transformers import (InternVLConfig, InternVLForConditionalGeneration, Qwen2_5_VLConfig,
                          Qwen2_5_VLForConditionalGeneration, logging)

from internvl import randomise
from time_cogvideox import processor_seconds

TEXT = dict(vocab_size=1000, hidden_size=512, num_attention_heads=8, num_key_value_heads=2,
            num_hidden_layers=8, intermediate_size=1408, bos_token_id=None, eos_token_id=None,
            pad_token_id=None)


def qwen(generator):
    """A video of 8 frames of 308 x 420: 2640 patches, 660 tokens, and 100 of text."""
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        vision_config=dict(depth=8, hidden_size=320, num_heads=8, intermediate_size=856,
                           out_hidden_size=512, fullatt_block_indexes=[3, 7]),
        text_config=dict(TEXT, rope_parameters=dict(
            rope_type="default", rope_theta=1e6, mrope_section=[8, 12, 12])),
        image_token_id=990, video_token_id=991, vision_start_token_id=992, vision_end_token_id=993))
    grid = (4, 22, 30)
    text = torch.randint(0, 900, (100,), generator=generator)
    ids = torch.cat([text[:20], torch.full((660,), 991), text[20:]])[None]
    types = torch.zeros_like(ids)
    types[ids == 991] = 2
    inputs = dict(
        input_ids=ids, video_grid_thw=torch.tensor([grid]),
        pixel_values_videos=torch.randn(2640, 1176, generator=generator))
    return model, inputs, dict(mm_token_type_ids=types, second_per_grid_ts=torch.tensor([1.0]))


def intern(generator):
    """3 tiles of 224 x 224: 192 tokens, and 100 of text."""
    model = InternVLForConditionalGeneration(InternVLConfig(
        vision_config=dict(hidden_size=384, num_hidden_layers=8, num_attention_heads=6,
                           intermediate_size=1536, image_size=[224, 224], patch_size=[14, 14]),
        text_config=dict(TEXT, model_type="qwen2"), image_token_id=990))
    text = torch.randint(0, 900, (100,), generator=generator)
    ids = torch.cat([text[:20], torch.full((192,), 990), text[20:]])[None]
    return model, dict(
        input_ids=ids, pixel_values=torch.randn(3, 3, 224, 224, generator=generator)), {}


def best_of(repeats, calls):
    """Smallest processor seconds of each call, in turn."""
    best = [float("inf")] * len(calls)
    for _ in range(repeats):
        for side, call in enumerate(calls):
            start = processor_seconds()
            call()
            best[side] = min(best[side], processor_seconds() - start)
    return best


def run(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def show(name, seconds):
    print(f"{name:52} library {seconds[0]:6.2f} s  merepl {seconds[1]:6.2f} s", flush=True)


def time_models(options, folder):
    cases = [("Qwen2.5-VL, 2640 patches, 760 tokens, 8 + 8 layers", qwen),
             ("InternVL, 3 tiles, 292 tokens, 8 + 8 layers", intern)]
    for name, make in cases:
        generator = torch.Generator().manual_seed(1)
        model, inputs, extra = make(generator)
        randomise(model.eval(), generator)
        place = folder / make.__name__
        model.save_pretrained(place)
        save_file({k: v.contiguous() for k, v in inputs.items()}, folder / "in.safetensors")
        show(name, best_of(options.repeats, [
            lambda: model(**inputs, **extra, use_cache=False),
            lambda: run(options.merepl, "forward", place, "--in", folder / "in.safetensors",
                        "--out", folder / "out.safetensors", "--threads", options.threads)]))


def time_processors(options, folder):
    try:
        import processor_cases as cases
    except ImportError as missing:
        return print(f"processors left out: {missing.name} is not installed")
    frames = np.random.default_rng(1).integers(0, 256, (48, 480, 640, 3), dtype=np.uint8)
    save_arrays({"frames": frames, "fps": np.array(24.0)}, folder / "video.safetensors")
    save_arrays({"frames": frames[:1]}, folder / "picture.safetensors")
    sizes = {cases.QWEN: dict(size=dict(shortest_edge=100352, longest_edge=602112)),
             cases.INTERN: dict(size=dict(height=448, width=448),
                                image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])}
    for kind, size in sizes.items():
        place = folder / kind
        place.mkdir()
        config = cases.configuration(kind, patch=14, side=448)
        for name, content in [("config", config), ("preprocessor_config", size)]:
            (place / f"{name}.json").write_text(json.dumps(content))
        for what, call, sampling in [
                ("video, 16 of 48 frames of 480 x 640", lambda: cases.video(
                    kind, size, frames, 24.0, {"num_frames": 16}), ["--num-frames", "16"]),
                ("picture of 480 x 640", lambda: cases.picture(kind, size, frames[:1]), [])]:
            option = "--video" if sampling else "--image"
            file = folder / ("video.safetensors" if sampling else "picture.safetensors")
            show(f"{kind[:7]} {what}", best_of(options.repeats, [call, lambda: run(
                options.merepl, "preprocess", place, option, file, *sampling, "--out",
                folder / "out.safetensors", "--threads", options.threads)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merepl", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as path, torch.no_grad():
        time_models(options, pathlib.Path(path))
        time_processors(options, pathlib.Path(path))


if __name__ == "__main__":
    main()

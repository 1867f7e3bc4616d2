"""Writes Tests/VisionLanguageTests/Fixtures/processors.{json,safetensors}.

What the image and video processors of transformers make of small pictures and videos: grids or
numbers of tiles, the frames that they take, seconds of a step, and pixel values.
Run: python Tests/Reference/processors.py   (torch 2.15, torchvision 0.29.2, transformers 5.24)
"""

import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"


def main():
    try:
        import processor_cases as cases
    except ImportError as missing:
        print(f"left as it is: {missing.name} is not installed")
        return
    draws = np.random.default_rng(11)
    tensors, described = {}, []
    qwen = dict(patch_size=4, merge_size=2, temporal_patch_size=2,
                size=dict(shortest_edge=256, longest_edge=1024), min_frames=3, max_frames=10)
    intern = dict(size=dict(height=16, width=16), image_mean=[0.485, 0.456, 0.406],
                  image_std=[0.229, 0.224, 0.225])
    configs = {cases.QWEN: cases.configuration(cases.QWEN, patch=4),
               cases.INTERN: cases.configuration(cases.INTERN, patch=4, side=16)}
    pictures = [(cases.QWEN, size) for size in [(9, 61), (40, 50), (3, 5), (17, 16), (3, 120)]]
    pictures += [(cases.INTERN, size) for size in [(10, 33), (50, 12), (7, 7)]]
    for kind, size in pictures:
        options = qwen if kind == cases.QWEN else dict(intern, max_patches=4)
        options = {k: v for k, v in options.items() if not k.endswith("_frames")}
        frames = draws.integers(0, 256, (1, *size, 3), dtype=np.uint8)
        values, grid = cases.picture(kind, options, frames)
        name = f"picture.{len(described)}"
        tensors[f"{name}.frames"], tensors[f"{name}.values"] = torch.from_numpy(frames), values
        described.append(dict(name=name, config=configs[kind], options=options, grid=grid))
    videos = [(kind, *rest) for kind in configs for rest in [
        ((13, 11, 20), 7.0, {"fps": 2}), ((9, 20, 9), 29.97, {"num_frames": 5}),
        ((3, 16, 16), 2.0, {})]]
    for kind, size, rate, sampling in videos:
        options = qwen if kind == cases.QWEN else intern
        frames = draws.integers(0, 256, (*size, 3), dtype=np.uint8)
        values, grid, indices, seconds = cases.video(kind, options, frames, rate, sampling)
        name = f"video.{len(described)}"
        tensors[f"{name}.frames"], tensors[f"{name}.values"] = torch.from_numpy(frames), values
        described.append(dict(name=name, config=configs[kind], options=options, grid=grid,
                              rate=rate, sampling=sampling, frames=indices, seconds=seconds))
    save_file({k: v.contiguous() for k, v in tensors.items()}, FOLDER / "processors.safetensors")
    text = ",\n".join(json.dumps(case) for case in described)
    (FOLDER / "processors.json").write_text(f"[\n{text}\n]\n")
    print(len(described), sum(v.numel() for v in tensors.values()))


if __name__ == "__main__":
    main()

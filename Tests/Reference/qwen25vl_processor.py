"""Writes Tests/VisionLanguageTests/Fixtures/qwen-processor.safetensors.

Patches of a small picture and of a small video from the processor of transformers, and the grids
that it chooses for pictures of several sizes.
Run: python Tests/Reference/qwen25vl_processor.py   (needs numpy, pillow 13, transformers 5.24)
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"
PATCH, MERGE, STEP = 4, 2, 2


def main():
    processor = Qwen2VLImageProcessorPil(
        patch_size=PATCH, merge_size=MERGE, temporal_patch_size=STEP, min_pixels=256,
        max_pixels=4096)

    def process(picture):
        output = processor(images=[picture], return_tensors="np")
        return output["pixel_values"], output["image_grid_thw"]

    draws = np.random.default_rng(7)
    frames = draws.integers(0, 256, (4, 16, 24, 3), dtype=np.uint8)
    # A picture fills its temporal patch with copies; a video puts two frames there.
    single = [process(frame)[0].reshape(-1, 3, STEP, PATCH, PATCH)[:, :, 0] for frame in frames]
    video = np.concatenate(
        [np.stack(single[i:i + STEP], axis=2).reshape(len(single[i]), -1) for i in (0, 2)])
    sizes = np.array([[16, 24], [7, 300], [100, 90], [12, 12], [20, 28], [63, 65], [5, 9]])
    grids = np.concatenate(
        [process(np.zeros((h, w, 3), dtype=np.uint8))[1] for h, w in sizes])
    save_file(
        {"frames": frames, "picture": process(frames[0])[0], "video": video, "sizes": sizes,
         "grids": grids}, FOLDER / "qwen-processor.safetensors")
    print(video.shape, grids.tolist())


if __name__ == "__main__":
    main()

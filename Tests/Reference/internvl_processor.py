"""Writes Tests/VisionLanguageTests/Fixtures/internvl-processor.safetensors.

Tiles of pictures from the image processor of transformers, and the number of tiles that it chooses
for pictures of many sizes.
Run: python Tests/Reference/internvl_processor.py   (numpy, pillow 13, transformers 5.24, safetensors)
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import (
    GotOcr2ImageProcessorPil, get_optimal_tiled_canvas)

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"
SIDE = 16


def main():
    processor = GotOcr2ImageProcessorPil(
        size={"height": SIDE, "width": SIDE}, crop_to_patches=True, min_patches=1, max_patches=6,
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    draws = np.random.default_rng(5)
    tensors = {}
    for name, (height, width) in {"wide": (14, 31), "tall": (47, 20), "small": (9, 10)}.items():
        # Far from 0 and 255, where Pillow's order of directions would show by more than rounding.
        picture = draws.integers(64, 192, (height, width, 3), dtype=np.uint8)
        output = processor(images=[picture], return_tensors="np")
        tensors[f"{name}.picture"] = picture
        tensors[f"{name}.tiles"] = np.asarray(output["pixel_values"], dtype=np.float32)
        print(name, tensors[f"{name}.tiles"].shape, output["num_patches"])
    sizes = [(h, w) for h in (1, 7, 16, 40, 333, 448, 900) for w in (3, 16, 41, 448, 640, 1200)]
    rows = []
    for fewest, most, side in [(1, 12, 448), (1, 6, 16), (2, 5, 100)]:
        for size in sizes:
            rows.append([*size, side, fewest, most,
                         *get_optimal_tiled_canvas(size, (side, side), fewest, most)])
    tensors["grids"] = np.array(rows)
    save_file(tensors, FOLDER / "internvl-processor.safetensors")

if __name__ == "__main__":
    main()

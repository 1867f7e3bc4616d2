"""Pictures and videos for the processors of Qwen2.5-VL and InternVL, and what transformers makes of
them. processors.py writes fixtures with it, fuzz_processors.py compares programs.

Made with torch 2.15.0, torchvision 0.29.2 and transformers 5.24.0.
"""

import numpy as np
import torch
from transformers import logging
from transformers.models.got_ocr2.image_processing_got_ocr2 import GotOcr2ImageProcessor
from transformers.models.internvl.video_processing_internvl import InternVLVideoProcessor
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor
from transformers.video_utils import VideoMetadata

logging.set_verbosity_error()
QWEN, INTERN = "Qwen2_5_VLForConditionalGeneration", "InternVLForConditionalGeneration"


def configuration(kind, *, patch, merge=2, temporal=2, side=None):
    """A config.json whose sizes are those of the processors."""
    if kind == QWEN:
        return dict(
            architectures=[QWEN], model_type="qwen2_5_vl", hidden_size=16, num_attention_heads=2,
            num_key_value_heads=2, num_hidden_layers=1, intermediate_size=8, vocab_size=9,
            rope_scaling=dict(type="mrope", mrope_section=[2, 1, 1]),
            vision_config=dict(
                depth=1, hidden_size=8, num_heads=2, intermediate_size=8, patch_size=patch,
                spatial_merge_size=merge, temporal_patch_size=temporal, out_hidden_size=16,
                window_size=patch * merge))
    return dict(
        architectures=[INTERN], model_type="internvl", downsample_ratio=0.5, image_token_id=8,
        vision_config=dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=1,
                           intermediate_size=8, image_size=side, patch_size=patch),
        text_config=dict(model_type="qwen2", hidden_size=8, num_attention_heads=2,
                         num_key_value_heads=2, num_hidden_layers=1, intermediate_size=8,
                         vocab_size=9))


def channels_first(frames):
    """[frames, height, width, 3] as the processors take it."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).contiguous()


def picture(kind, options, frames):
    """Pixel values, grid or number of tiles; ValueError where the library refuses. The picture is
    one of Pillow's or the first of some frames."""
    image = channels_first(frames)[0] if isinstance(frames, np.ndarray) else frames
    if kind == QWEN:
        output = Qwen2VLImageProcessor(**options)(images=[image], return_tensors="pt")
        return output["pixel_values"], output["image_grid_thw"][0].tolist()
    output = GotOcr2ImageProcessor(**options, crop_to_patches=True)(
        images=[image], return_tensors="pt")
    return output["pixel_values"], [int(output["num_patches"][0])]


def video(kind, options, frames, rate, sampling):
    """Pixel values, grid, frames that were taken and seconds of a step. `sampling` is {"fps": x},
    {"num_frames": n} or nothing for all frames."""
    clip = channels_first(frames)
    metadata = VideoMetadata(total_num_frames=len(frames), fps=rate)
    cls = Qwen2VLVideoProcessor if kind == QWEN else InternVLVideoProcessor
    processor = cls(**options)
    output = processor(
        videos=[clip], video_metadata=[metadata], do_sample_frames=bool(sampling),
        return_metadata=True, return_tensors="pt", **sampling)
    metadata = output["video_metadata"][0]
    indices = ([int(i) for i in metadata.frames_indices] if sampling else
               list(range(len(frames))))
    values = output["pixel_values_videos"]
    if kind == QWEN:
        rate = metadata.sampled_fps if sampling else rate
        return (values, output["video_grid_thw"][0].tolist(), indices,
                processor.temporal_patch_size / rate)
    return values[0], [len(values[0])], indices, None

"""Writes a pipeline of the geometry of CogVideoX-1.5-5B, or a Qwen2.5-VL-3B, with random BF16 weights.

    python checkpoint.py cogvideox DIR [--layers N] [--text-layers N] [--tokenizer DIR]
    python checkpoint.py qwen DIR [--layers N]

Names and shapes come from the reference libraries' own modules, built without memory. Numbers are
normal with the deviation of a fresh initialisation, so that activations stay of order one.
"""

import argparse
import json
import os
import shutil

import torch
from safetensors.torch import save_file

SHARD_BYTES = 1 << 30


def cogvideox_15(layers):
    from diffusers import CogVideoXTransformer3DModel

    return CogVideoXTransformer3DModel(
        num_attention_heads=48, attention_head_dim=64, in_channels=16, out_channels=16,
        time_embed_dim=512, text_embed_dim=4096, num_layers=layers, attention_bias=True,
        sample_width=170, sample_height=96, sample_frames=81, patch_size=2, patch_size_t=2,
        max_text_seq_length=226, use_rotary_positional_embeddings=True, patch_bias=False,
        ofs_embed_dim=None)


def autoencoder():
    from diffusers import AutoencoderKLCogVideoX

    return AutoencoderKLCogVideoX(
        block_out_channels=(128, 256, 256, 512), layers_per_block=3, latent_channels=16,
        scaling_factor=0.7, down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4)


def text_encoder(layers):
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(T5Config(
        vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=layers, num_heads=64,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False))


def qwen(layers):
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=151936, hidden_size=2048, intermediate_size=11008,
            num_hidden_layers=layers, num_attention_heads=16, num_key_value_heads=2,
            tie_word_embeddings=True, rms_norm_eps=1e-6, max_position_embeddings=128000,
            rope_parameters=dict(
                rope_type="default", rope_theta=1e6, mrope_section=[16, 24, 24])),
        vision_config=dict(
            depth=32, hidden_size=1280, intermediate_size=3420, num_heads=16, out_hidden_size=2048,
            patch_size=14, spatial_merge_size=2, temporal_patch_size=2, window_size=112,
            fullatt_block_indexes=[7, 15, 23, 31]),
        tie_word_embeddings=True)
    return Qwen2_5_VLForConditionalGeneration(config)


class Numbers:
    """Normal numbers, drawn once and read from changing places: 10^10 of them in a minute."""

    def __init__(self, seed):
        self.pool = torch.randn(1 << 26, generator=torch.Generator().manual_seed(seed))
        self.place = 0

    def take(self, count):
        parts = []
        while count > 0:
            step = min(count, len(self.pool) - self.place)
            parts.append(self.pool[self.place:self.place + step])
            self.place = (self.place + step + 977) % (len(self.pool) - 4096)
            count -= step
        return torch.cat(parts)

    def parameter(self, name, shape):
        if len(shape) == 1:
            is_scale = "norm" in name or "ln_q" in name
            value = torch.ones(shape) if is_scale and name.endswith("weight") else torch.zeros(shape)
            return value.bfloat16()
        fan_in = 1
        for extent in shape[1:]:
            fan_in *= extent
        # T5 does not scale its attention: the queries' weights carry the factor.
        deviation = (fan_in * (64 if ".SelfAttention.q." in name else 1)) ** -0.5
        if "embed_tokens" in name or name == "shared.weight":
            deviation = 0.02 if "embed_tokens" in name else 1.0
        count = fan_in * shape[0]
        return (self.take(count) * deviation).bfloat16().reshape(shape)


def write(build, folder, prefix, seed):
    os.makedirs(folder, exist_ok=True)
    with torch.device("meta"):
        model = build()
    if hasattr(model.config, "save_pretrained"):
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(folder)
    else:
        model.save_config(folder)
    tied = set(getattr(model, "_tied_weights_keys", None) or [])
    names = [(n, tuple(p.shape)) for n, p in model.state_dict().items() if n not in tied]
    shards, size = [[]], 0
    for name, shape in names:
        count = 2 * torch.Size(shape).numel()
        if size + count > SHARD_BYTES and shards[-1]:
            shards.append([])
            size = 0
        shards[-1].append((name, shape))
        size += count
    numbers, index, total = Numbers(seed), {}, 0
    for place, shard in enumerate(shards, 1):
        file = f"{prefix}-{place:05}-of-{len(shards):05}.safetensors"
        tensors = {name: numbers.parameter(name, shape) for name, shape in shard}
        save_file(tensors, f"{folder}/{file}", metadata={"format": "pt"})
        total += sum(t.numel() * 2 for t in tensors.values())
        index.update((name, file) for name, _ in shard)
    with open(f"{folder}/{prefix}.safetensors.index.json", "w") as out:
        json.dump({"metadata": {"total_size": total}, "weight_map": index}, out)
    print(f"{folder}: {len(names)} tensors, {total / 2**30:.2f} GiB")


def clip(path, frames=17, side=256):
    """A YUV4MPEG2 file of a bright square that moves over a grey ramp."""
    with open(path, "wb") as out:
        out.write(f"YUV4MPEG2 W{side} H{side} F8:1 Ip A1:1 C420jpeg\n".encode())
        ramp = torch.arange(side).repeat(side, 1) // 2 + 40
        for frame in range(frames):
            luma = ramp.clone()
            at = 16 + frame * (side - 96) // frames
            luma[96:160, at:at + 64] = 235
            out.write(b"FRAME\n" + luma.to(torch.uint8).numpy().tobytes())
            out.write(bytes([128]) * (side * side // 2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["cogvideox", "qwen"])
    parser.add_argument("folder")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--text-layers", type=int, default=24)
    parser.add_argument("--tokenizer")
    options = parser.parse_args()
    folder = options.folder
    if options.kind == "qwen":
        return write(lambda: qwen(options.layers or 36), folder, "model", 3)
    write(lambda: cogvideox_15(options.layers or 42), f"{folder}/transformer",
          "diffusion_pytorch_model", 0)
    write(autoencoder, f"{folder}/vae", "diffusion_pytorch_model", 1)
    write(lambda: text_encoder(options.text_layers), f"{folder}/text_encoder", "model", 2)
    os.makedirs(f"{folder}/scheduler", exist_ok=True)
    with open(f"{folder}/scheduler/scheduler_config.json", "w") as out:
        json.dump({
            "_class_name": "CogVideoXDDIMScheduler", "beta_end": 0.012, "beta_schedule":
            "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
            "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
            "snr_shift_scale": 1.0, "timestep_spacing": "trailing"}, out)
    with open(f"{folder}/model_index.json", "w") as out:
        json.dump({"_class_name": "CogVideoXPipeline"}, out)
    shutil.copytree(options.tokenizer, f"{folder}/tokenizer", dirs_exist_ok=True)
    clip(f"{folder}/clip.y4m")


main()

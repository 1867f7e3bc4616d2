"""Writes Tests/VisionLanguageTests/Fixtures/rotary-scaling.json.

Cosines and sines of the rotary positions of Qwen2 decoders with every kind of scaling, each at
positions of a short and of a long sequence, as transformers computes them in float32.
Run: python Tests/Reference/rotary_scaling.py   (torch 2.15, transformers 5.24)
"""

import json
import pathlib

import torch
from transformers import Qwen2Config
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

FOLDER = pathlib.Path(__file__).parent.parent / "VisionLanguageTests" / "Fixtures"
HEAD = 12


def sections():
    """Rotary sections of a configuration and what stands beside them."""
    pairs = HEAD // 2
    short = [1 + 0.1 * i for i in range(pairs)]
    long = [1 + 0.9 * i**2 for i in range(pairs)]
    yield dict(rope_type="linear", factor=3.0), {}
    yield dict(rope_type="dynamic", factor=2.5), dict(max_position_embeddings=32)
    yarn = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)
    yield yarn, {}
    yield dict(yarn, truncate=False), {}
    yield dict(yarn, beta_fast=4, beta_slow=0.5, rope_theta=1e6), {}
    yield dict(yarn, mscale=0.8, mscale_all_dim=0.3), {}
    yield dict(yarn, mscale=0.8, mscale_all_dim=0.0), {}
    yield dict(yarn, attention_factor=0.75), {}
    yield dict(yarn, factor=None), dict(max_position_embeddings=96)
    yield dict(yarn, factor=1.0), {}
    yield dict(rope_type="yarn", factor=2.0), dict(max_position_embeddings=64)
    yield dict(type="yarn", factor=2.0, original_max_position_embeddings=16), dict(
        original_max_position_embeddings=48)
    llama = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                 original_max_position_embeddings=64)
    yield llama, {}
    yield dict(llama, high_freq_factor=30, rope_theta=5e5), {}
    yield dict(llama, original_max_position_embeddings=8192), {}
    rope = dict(rope_type="longrope", short_factor=short, long_factor=long,
                original_max_position_embeddings=32)
    yield dict(rope, factor=4.0), {}
    yield dict(rope, factor=4.0, attention_factor=1.25), {}
    yield rope, dict(max_position_embeddings=128)
    yield dict(rope, factor=0.5), {}


def main():
    cases = []
    for section, beside in sections():
        fields = dict(hidden_size=2 * HEAD, num_attention_heads=2, num_key_value_heads=2,
                      rope_scaling=section, **beside)
        for positions in ([0, 1, 5, 30, 31], [0, 3, 32, 100]):
            rotary = Qwen2RotaryEmbedding(Qwen2Config(**json.loads(json.dumps(fields))))
            cosines, sines = rotary(torch.zeros(1), torch.tensor([positions]))
            cases.append(dict(config=fields, positions=positions,
                              cosines=cosines[0].flatten().tolist(),
                              sines=sines[0].flatten().tolist()))
    text = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "rotary-scaling.json").write_text(f"[\n{text}\n]\n")
    print(len(cases))


if __name__ == "__main__":
    main()

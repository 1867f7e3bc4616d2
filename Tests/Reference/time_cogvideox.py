"""Times `merepl forward` beside diffusers and transformers on one larger model of each class.

Processor seconds of all threads together, which other programs on the machine hardly change. The
library's are those of the call alone, in a process that has everything loaded; merepl's are those of
the whole program, with its start, reading and writing. Smallest of several runs in turn.
Run: python Tests/Reference/time_cogvideox.py --merepl .build/release/merepl --threads 2
Made with torch 2.15.0, diffusers 0.42.1 and transformers 5.24.0, on the CPU in float32.
"""

import argparse
import os
import pathlib
import tempfile

import torch
from diffusers.utils import logging
from safetensors.torch import save_file

import cogvideox_models as models
from fuzz_cogvideox import run


def cases(generator):
    """Name, model and inputs; the sizes take about a second."""
    yield "transformer, 2112 tokens, 6 layers of 512", models.transformer(
        generator, batch=1, frames=8, height=32, width=32, text=64, timesteps=[500],
        num_attention_heads=8, attention_head_dim=64, num_layers=6, text_embed_dim=512)
    vae = dict(block_out_channels=[32, 64, 64, 128], layers_per_block=2, norm_num_groups=8)
    yield "encoder, 9 frames of 96 x 96", models.autoencoder(
        generator, component="encoder", batch=1, frames=9, height=96, width=96, **vae)
    yield "decoder, 9 frames of 96 x 96", models.autoencoder(
        generator, component="decoder", batch=1, frames=3, height=12, width=12, **vae)
    yield "T5, 2 x 226 tokens, 8 layers of 512", models.text_encoder(
        generator, lengths=[226, 100], tokens=226, vocab_size=1000, d_model=512, d_kv=64,
        d_ff=1024, num_layers=8, num_heads=8, feed_forward_proj="gated-gelu")


def processor_seconds():
    """Of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merepl", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    logging.set_verbosity_error()
    for name, case in cases(torch.Generator().manual_seed(1)):
        with tempfile.TemporaryDirectory() as path, torch.no_grad():
            folder = pathlib.Path(path)
            case.model.save_pretrained(folder / "model")
            save_file(case.inputs, folder / "in.safetensors")
            best = [float("inf")] * 2
            for _ in range(options.repeats):
                for side, call in enumerate([
                        lambda: models.outputs(case),
                        lambda: run(options.merepl, case, folder, "--threads",
                                    str(options.threads))]):
                    start = processor_seconds()
                    call()
                    best[side] = min(best[side], processor_seconds() - start)
        print(f"{name:44} library {best[0]:6.2f} s  merepl {best[1]:6.2f} s", flush=True)


if __name__ == "__main__":
    main()

"""What the public CogVideoX inversion script computes, in PyTorch: for comparison with merepl.

    python inversion.py DIR [--threads N] [--steps N] [--whole] [--dtype bfloat16]

Times one pass of one stream and one of four (two texts, each with its reference); with --whole also
the whole of inversion and reconstruction. The inversion pass runs both halves of the guidance on the
empty text, as the script does, and the reconstruction runs [free, guided, reference, reference].
"""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from diffusers import CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from diffusers.models.embeddings import apply_rotary_emb, get_3d_rotary_pos_embed


class WithReference:
    """Main rows attend to their own and their reference's keys, reference rows to their own."""

    def __call__(self, attention, hidden_states, encoder_hidden_states, attention_mask=None,
                 image_rotary_emb=None):
        words = encoder_hidden_states.size(1)
        x = torch.cat([encoder_hidden_states, hidden_states], dim=1)
        q, k, v = (layer(x).unflatten(2, (attention.heads, -1)).transpose(1, 2)
                   for layer in (attention.to_q, attention.to_k, attention.to_v))
        q, k = attention.norm_q(q), attention.norm_k(k)
        for side in (q, k):
            side[:, :, words:] = apply_rotary_emb(side[:, :, words:], image_rotary_emb)
        (main, reference), (k1, k2), (v1, v2) = q.chunk(2), k.chunk(2), v.chunk(2)
        recalled = F.scaled_dot_product_attention(
            main, torch.cat([k1, k2], dim=2), torch.cat([v1, v2], dim=2))
        own = F.scaled_dot_product_attention(reference, k2, v2)
        mixed = torch.cat([recalled, own]).transpose(1, 2).flatten(2)
        mixed = attention.to_out[0](mixed)
        text, video = mixed.split([words, mixed.size(1) - words], dim=1)
        return video, text


def timed(body, repeats):
    """Wall and processor seconds of the fastest of some runs."""
    best = None
    for _ in range(repeats):
        wall, cpu = time.time(), time.process_time()
        body()
        now = (time.time() - wall, time.process_time() - cpu)
        best = now if best is None or now[1] < best[1] else best
    return {"wall_s": round(best[0], 3), "cpu_s": round(best[1], 3)}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dtype = getattr(torch, options.dtype)
    model = CogVideoXTransformer3DModel.from_pretrained(
        f"{options.folder}/transformer", torch_dtype=dtype).eval()
    torch.manual_seed(0)
    latents = torch.randn(1, 6, 16, 32, 32).to(dtype)
    text, empty = torch.randn(2, 1, 226, 4096).to(dtype)
    cos, sin = get_3d_rotary_pos_embed(
        64, None, (16, 16), 3, grid_type="slice", max_size=(48, 85))
    report = {"layers": len(model.transformer_blocks), "threads": options.threads,
              "dtype": options.dtype}

    def predict(x, words, step):
        return model(x, words, torch.full((len(x),), int(step)), image_rotary_emb=(cos, sin),
                     return_dict=False)[0]

    plain = dict(model.attn_processors)
    report["one stream"] = timed(lambda: predict(latents, text, 999), options.repeats)
    model.set_attn_processor(WithReference())
    four = latents.expand(4, -1, -1, -1, -1)
    words = torch.cat([empty, text, empty, text])
    report["four streams"] = timed(lambda: predict(four, words, 999), options.repeats)
    if options.whole:
        scheduler = CogVideoXDDIMScheduler.from_pretrained(f"{options.folder}/scheduler")
        scheduler.set_timesteps(options.steps)

        def whole():
            model.set_attn_processor(dict(plain))
            trajectory, sample = [], latents
            for step in reversed(scheduler.timesteps):
                both = predict(sample.expand(2, -1, -1, -1, -1), empty.expand(2, -1, -1), step)
                free, guided = both.chunk(2)
                v = free + 6 * (guided - free)
                level = scheduler.alphas_cumprod[step]
                sample = (level.sqrt() * sample + (1 - level).sqrt() * v).to(dtype)
                trajectory.append(sample)
            model.set_attn_processor(WithReference())
            sample = torch.randn(latents.shape).to(dtype)
            for step, reference in zip(scheduler.timesteps, reversed(trajectory)):
                x = torch.cat([sample, sample, reference, reference])
                free, guided = predict(x, words, step)[:2].chunk(2)
                v = (free + 6 * (guided - free)).float()
                sample = scheduler.step(v, step, sample, return_dict=False)[0].to(dtype)

        report["inversion and reconstruction"] = timed(whole, 1)
    report["peak_GiB"] = round(
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    print(json.dumps(report))


main()

"""Models of real size: merepl beside diffusers and transformers in bfloat16 on the same cores.

    python bench.py MEREPL FOLDER [--layers N] [--text-layers N] [--qwen-layers N] [--steps N]
                    [--threads N] [--tokenizer DIR] [--skip-torch]

Makes the random checkpoints under FOLDER where they are missing (25 GiB at full size), then measures
a forward pass of the transformer, a whole extraction of a clip of 17 frames of 256 x 256, and the
prefill of a Qwen2.5-VL. Every run is a process of its own; peak memory is what it had resident at
most, pages of mapped weights included. Progress goes to standard error.
"""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SENTENCE = "a bright square moves over a grey ramp to the right"


def measured(command, **environment):
    """Wall and processor seconds and peak memory of a command."""
    start = time.time()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"bench.py: status {status}: {' '.join(command)}")
    return {"wall_s": round(time.time() - start, 1),
            "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
            "peak_GiB": round(usage.ru_maxrss / 2**20, 2)}, output


def inputs(folder):
    """Files for `merepl forward`."""
    import torch
    from diffusers.models.embeddings import get_3d_rotary_pos_embed
    from safetensors.torch import save_file

    torch.manual_seed(0)
    cos, sin = get_3d_rotary_pos_embed(
        64, None, (16, 16), 3, grid_type="slice", max_size=(48, 85))
    save_file({
        "hidden_states": torch.randn(1, 6, 16, 32, 32), "timestep": torch.tensor([999]),
        "encoder_hidden_states": torch.randn(1, 226, 4096),
        "image_rotary_emb.cos": cos.float().contiguous(),
        "image_rotary_emb.sin": sin.float().contiguous()}, f"{folder}/transformer.in.safetensors")
    save_file({
        "input_ids": torch.randint(0, 150_000, (1, 512)),
        "attention_mask": torch.ones(1, 512, dtype=torch.int64)}, f"{folder}/qwen.in.safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("merepl")
    parser.add_argument("folder")
    parser.add_argument("--layers", type=int, default=42)
    parser.add_argument("--text-layers", type=int, default=24)
    parser.add_argument("--qwen-layers", type=int, default=36)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--skip-torch", action="store_true")
    options = parser.parse_args()
    video = f"{options.folder}/cogvideox-{options.layers}-{options.text_layers}"
    language = f"{options.folder}/qwen-{options.qwen_layers}"
    os.makedirs(options.folder, exist_ok=True)
    make = [sys.executable, f"{HERE}/checkpoint.py"]
    if not os.path.exists(f"{video}/clip.y4m"):
        subprocess.run(make + [
            "cogvideox", video, "--layers", str(options.layers), "--text-layers",
            str(options.text_layers), "--tokenizer", options.tokenizer], check=True)
    if not os.path.exists(f"{language}/model.safetensors.index.json"):
        subprocess.run(make + ["qwen", language, "--layers", str(options.qwen_layers)], check=True)
    inputs(options.folder)
    threads = ["--threads", str(options.threads), "--precision", "fast"]

    def forward(model, name):
        return measured([
            options.merepl, "forward", model, "--in", f"{options.folder}/{name}.in.safetensors",
            "--out", f"{options.folder}/{name}.out.safetensors"] + threads)[0]

    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    show = lambda name, value: print(f"{name}: {json.dumps(value)}", flush=True)  # noqa: E731
    # The first pass brings the files into memory.
    forward(f"{video}/transformer", "transformer")
    show("merepl, forward pass, process", forward(f"{video}/transformer", "transformer"))
    show("merepl, extraction", measured([
        options.merepl, "extract", f"{video}/clip.y4m", "--text", SENTENCE, "--model", video,
        "--frames", "17", "--size", "256x256", "--steps", str(options.steps), "--output",
        f"{options.folder}/prior.safetensors"] + threads)[0])
    forward(language, "qwen")
    show("merepl, prefill of 512 tokens, process", forward(language, "qwen"))
    if not options.skip_torch:
        torch = ["--threads", str(options.threads)]
        for script, folder, extra in [
            ("inversion.py", video, ["--whole", "--steps", str(options.steps)]),
            ("prefill.py", language, []),
        ]:
            _, output = measured([sys.executable, f"{HERE}/{script}", folder] + torch + extra)
            print(f"PyTorch: {output.strip()}", flush=True)
    print(f"load after: {os.getloadavg()[0]:.1f}")


main()

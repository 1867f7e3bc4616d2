"""The workloads of `ModelBenchmarks` in PyTorch, as its users would write them.

Same configurations, weights, inputs and batch sizes, one batch a step, in float32 without
compilation; the optimiser is the fused AdamW. Results are compared with merepl's before anything
is timed. Run: python reference.py INPUTS REPORT, with the folder of `ModelBenchmarks --export` and
its JSON report. Needs torch, diffusers, transformers and safetensors; prints one JSON object.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import time

import diffusers
import torch
import transformers

from torch_workloads.extraction import Extraction
from torch_workloads.vdm import DiffusionTraining
from torch_workloads.vlm import LanguageTraining

DATA = pathlib.Path(__file__).parent.parent / "data"


def say(text):
    print(f"PyTorch: {text} ...", file=sys.stderr, flush=True)


def seconds(body, repeats, warmup=2):
    """Times of each repeat, fastest first."""
    for _ in range(warmup):
        body()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return sorted(times)


def measurement(workload, unit, threads, times, convert, variant=None):
    return {"workload": workload, "unit": unit, "threads": threads,
            "median": convert(statistics.median(times)), "best": convert(times[0]),
            "repeats": len(times)} | ({"variant": variant} if variant else {})


# Continuity and saliency count entries above a threshold, which rounding can move an entry over.
COUNTED = ("extraction continuity", "extraction saliency")


def check(values, wanted):
    """Stops unless the numbers are merepl's; written so that NaN fails."""
    for name, found in values.items():
        limit = max(abs(x) for x in wanted[name]) * (1e-2 if name in COUNTED else 1e-5)
        for mine, theirs in zip(found, wanted[name], strict=True):
            if not abs(mine - theirs) <= limit:
                sys.exit(f"reference.py: {name} is {found}, merepl has {wanted[name]}")


# The shapes of merepl's LinearWorkload: rows, width, outputs.
LAYERS = [(192, 128, 128), (192, 128, 512), (192, 512, 128)]


def products(repeats):
    """PyTorch's products x w^T of the linear layers and of a large square, on one thread."""
    torch.set_num_threads(1)

    def fastest(rows, width, outputs):
        x, w = torch.randn(rows, width), torch.randn(outputs, width)
        out = torch.empty(rows, outputs)
        inner = max(1, int(3e8 / (2 * rows * width * outputs)))

        def body():
            for _ in range(inner):
                torch.mm(x, w.T, out=out)
        return [t / inner for t in seconds(body, repeats)]

    def rate(variant, shapes):
        times = [fastest(*shape) for shape in shapes]
        operations = sum(2 * rows * width * outputs for rows, width, outputs in shapes)
        return {"workload": "products by library", "variant": f"PyTorch, {variant}",
                "unit": "GFLOP/s", "threads": 1, "repeats": repeats,
                "median": operations / sum(map(statistics.median, times)) / 1e9,
                "best": operations / sum(t[0] for t in times) / 1e9}
    return [rate("768 x 768 x 768", [(768, 768, 768)]), rate("linear layers", LAYERS)]


def training(name, kinds, inputs, repeats, wanted):
    """Milliseconds a sample; `kinds` are ways of doing the step, by name."""
    measured, values = [], {}
    for variant, make in kinds.items():
        say(f"{name} {variant or ''}".strip())
        found = make(inputs).values()
        check(found, wanted)
        values |= found
        for threads in (1, 2):
            torch.set_num_threads(threads)
            work = make(inputs)
            batch = work.batch
            measured.append(measurement(
                name, "ms/sample", threads, seconds(work.step, repeats),
                lambda t: t * 1000 / batch, variant))
    return measured, values


def start_process(inputs):
    global own_work
    torch.set_num_threads(1)
    own_work = Extraction(DATA, inputs)


def extract_one(clip):
    own_work.clips(1, first=clip)


def two_processes(inputs, clips, repeats):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, start_process, (inputs,)) as pool:
        return seconds(lambda: pool.map(extract_one, range(clips), chunksize=1), repeats)


def extraction(inputs, repeats, wanted):
    """Milliseconds for one clip, and clips a second one by one and as one batch."""
    say("extraction")
    work = Extraction(DATA, inputs)
    clips = len(work.latents)
    values = work.values()
    check(values, wanted)
    measured = [measurement(
        "extraction, 8 clips", "clips/s", 2, two_processes(inputs, clips, max(2, repeats // 2)),
        lambda t: clips / t, "two processes of one thread")]
    for threads in (1, 2):
        torch.set_num_threads(threads)
        one = seconds(lambda: work.clips(1), repeats)
        measured.append(
            measurement("extraction, one clip", "ms/clip", threads, one, lambda t: t * 1000))
        measured.append(measurement(
            "extraction, 8 clips", "clips/s", threads, one, lambda t: 1 / t, "one by one"))
        measured.append(measurement(
            "extraction, 8 clips", "clips/s", threads,
            seconds(lambda: work.clips(clips), max(2, repeats // 2), warmup=1),
            lambda t: clips / t, "as one batch"))
    return measured, values


def peak_memory():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024


def print_memory(side):
    """Peak memory that extraction from frames of `side` pixels adds to this process."""
    torch.set_num_threads(1)
    work = Extraction(DATA)
    cell = work.model.transformer.config
    latents = torch.randn(1, 5, cell.in_channels, side // 2, side // 2)
    ids = torch.randint(4, 70, (1, 12))
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # then the peak counts from the start
    before = peak_memory()
    maps = work.priors(latents, ids, ids[:, -1:])["text to vision"]
    print(json.dumps({"tokens": maps.shape[-1], "bytes": peak_memory() - before}))


def memory():
    """One new process for each size."""
    measured = []
    for side in (24, 48, 96):
        say(f"memory of extraction, frames of {side} pixels")
        output = subprocess.run(
            [sys.executable, __file__, "--extraction-memory", str(side)], check=True,
            stdout=subprocess.PIPE, text=True).stdout
        result = json.loads(output)
        measured.append(measurement(
            f"extraction memory, {result['tokens']} vision tokens", "bytes", 1, [0.0],
            lambda _: float(result["bytes"])))
    return measured


def load():
    """Seconds of all processors, of this process with its children, and of the clock."""
    ticks = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    own = os.times()
    return ((sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), sum(own[:4]),
            time.monotonic())


def other_load(start):
    """Processors that other programs kept busy since then, on average."""
    busy, own, clock = (now - then for now, then in zip(load(), start))
    return max(0.0, busy - own) / clock


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("inputs", nargs="?", type=pathlib.Path)
    parser.add_argument("report", nargs="?", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="few repeats")
    parser.add_argument("--extraction-memory", type=int, metavar="SIDE")
    options = parser.parse_args()
    if options.extraction_memory:
        return print_memory(options.extraction_memory)
    if not options.report:
        parser.error("needs INPUTS and REPORT")
    wanted = json.loads(options.report.read_text())["values"]
    repeats = 3 if options.quick else 8
    start = load()
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    parts = [
        (products(2 * repeats), {}),
        training("VDM training step", {None: lambda i: DiffusionTraining(DATA, i)},
                 options.inputs, repeats, wanted),
        training("VLM training step", {
            "as published": lambda i: LanguageTraining(DATA, i, tuned=False),
            "windows in one call": lambda i: LanguageTraining(DATA, i, tuned=True),
        }, options.inputs, repeats, wanted),
        extraction(options.inputs, repeats, wanted),
        (memory(), {}),
    ]
    print(json.dumps({
        "program": "PyTorch",
        "versions": {"torch": torch.__version__, "diffusers": diffusers.__version__,
                     "transformers": transformers.__version__},
        "processor": processor(), "processors": os.cpu_count(), "otherLoad": other_load(start),
        "measurements": [m for measured, _ in parts for m in measured],
        "values": {k: v for _, values in parts for k, v in values.items()},
    }, indent=1))


if __name__ == "__main__":
    main()

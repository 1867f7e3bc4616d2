"""Compares `merepl preprocess` with the image and video processors of transformers.

Draws limits, patches and tiles, and pictures and videos of many sizes, lengths and rates; pictures
also as PNG files of all kinds, with and without transparency, which Pillow opens; with
--videos also real files, which ffmpeg decodes for the library. Grids, numbers of tokens, the frames
that are taken and seconds of a step have to be equal, pixel values within 1e-5 (normalised values
reach about 2.7; the levels before them are the same integers). Prints what disagrees; ends with
status 1 where anything does.
Run: python Tests/Reference/fuzz_processors.py --merepl .build/release/merepl --count 50 --seed 1
Made with torch 2.15.0, torchvision 0.29.2 and transformers 5.24.0.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from safetensors.torch import load_file

TOLERANCE = 1e-5
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def draw_size(draw, largest):
    """Height and width: tiny, odd, tall, wide or large ones."""
    kind = draw.choice(["tiny", "odd", "tall", "wide", "large", "square"])
    few, some = draw.randint(2, 30), draw.randint(31, largest)
    if kind == "tiny":
        return draw.randint(1, 12), draw.randint(2, 12)
    if kind == "odd":
        return draw.randint(13, 260), draw.randint(13, 260)
    if kind == "square":
        return some, some
    if kind == "large":
        return some, draw.randint(31, largest)
    return (some, few) if kind == "tall" else (few, some)


def draw_frames(draw, count, height, width):
    """Noise, smooth shapes or a checker of extreme values, where kernels overshoot."""
    noise = np.random.default_rng(draw.randrange(2**32))
    kind = draw.choice(["noise", "smooth", "extreme"])
    if kind == "noise":
        return noise.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    if kind == "extreme":
        return noise.choice(np.array([0, 255], np.uint8), (count, height, width, 3))
    grid = np.add.outer(np.arange(count) * 9.0, np.add.outer(
        np.arange(height) * 1.7, np.arange(width) * 0.9))[..., None] * np.array([1, 1.3, 0.6])
    return ((np.sin(grid / 20) * 0.5 + 0.5) * 255).astype(np.uint8)


def draw_file(draw, size, path):
    """Writes a PNG file and says of what kind it is."""
    frames = draw_frames(draw, 1, *size)[0]
    alpha = draw_frames(draw, 1, *size)[0, ..., 0]
    image = Image.fromarray(frames)
    kind = draw.choice(["RGB", "L", "RGBA", "RGBA", "LA", "LA", "P", "P, a colour transparent",
                        "P, alpha for each colour", "RGB, a colour transparent",
                        "L, a level transparent", "1", "I;16"])
    options = {}
    mode = kind.split(",")[0]
    if mode == "I;16":
        image = Image.fromarray(frames[..., 0].astype(np.uint16) * draw.choice([1, 2, 257]))
    elif mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(Image.fromarray(alpha))
    elif mode == "P":
        image = image.quantize(draw.choice([2, 16, 200]))
    elif mode != "RGB":
        image = image.convert(mode)
    if "alpha" in kind:
        options = dict(transparency=bytes(alpha.ravel()[:len(image.getcolors())]))
    elif "transparent" in kind:
        place = draw.randrange(size[1]), draw.randrange(size[0])
        options = dict(transparency=image.getpixel(place))
    image.save(path, **options)
    return kind


def draw_model(draw, cases):
    if draw.random() < 0.6:
        patch, merge, temporal = draw.choice([(14, 2, 2), (14, 2, 2), (4, 2, 2), (5, 3, 2), (8, 1, 3)])
        area = (patch * merge) ** 2
        least = draw.choice([4, 4, 1, 20]) * area
        most = draw.choice([1280, 60, 200]) * area
        config = cases.configuration(cases.QWEN, patch=patch, merge=merge, temporal=temporal)
        shared = dict(patch_size=patch, merge_size=merge, temporal_patch_size=temporal,
                      size=dict(shortest_edge=least, longest_edge=most))
        pictures, videos = shared, dict(shared, min_frames=draw.choice([4, 4, 1, 3]),
                                        max_frames=draw.choice([768, 10]))
        return cases.QWEN, config, pictures, videos
    patch = draw.choice([14, 4])
    side = patch * 2 * draw.choice([2, 5, 16 if patch == 14 else 8])
    config = cases.configuration(cases.INTERN, patch=patch, side=side)
    fewest = draw.choice([1, 1, 2])
    shared = dict(size=dict(height=side, width=side), image_mean=MEAN, image_std=DEVIATION)
    return (cases.INTERN, config,
            dict(shared, min_patches=fewest, max_patches=draw.choice([12, 6, fewest])), shared)


def draw_sampling(draw, total):
    kind = draw.choice(["fps", "num_frames", "all"])
    if kind == "fps":
        return {"fps": draw.choice([2, 1, 0.5, 3.7, 10])}
    return {"num_frames": draw.randint(1, total)} if kind == "num_frames" else {}


def preprocess(merepl, folder, *options):
    out = folder / "out.safetensors"
    command = [merepl, "preprocess", str(folder), "--out", str(out), "--json", "--quiet", *options]
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode:
        return finished.returncode, finished.stderr.strip(), None
    return 0, json.loads(finished.stdout), load_file(out)


class Report:
    def __init__(self):
        self.worst, self.counts, self.problems = {}, {}, 0

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def finish(self):
        """Prints what was found and ends the program, with 1 where something disagrees."""
        for what, count in sorted(self.counts.items()):
            print(f"{what}: {count}")
        for kind, error in sorted(self.worst.items()):
            print(f"{kind}: pixel values within {error:.2e}")
        print(f"{self.problems} disagreements")
        sys.exit(1 if self.problems else 0)

    def problem(self, label, text):
        self.problems += 1
        print(f"{label}: {text}", flush=True)

    def equal(self, label, what, found, wanted):
        if found != wanted:
            self.problem(label, f"{what} {found}, expected {wanted}")

    def close(self, label, kind, found, wanted):
        wanted = wanted.reshape(found.shape) if found.numel() == wanted.numel() else wanted
        if found.shape != wanted.shape:
            return self.problem(label, f"shape {list(found.shape)}, expected {list(wanted.shape)}")
        error = float((found - wanted).abs().max())
        self.worst[kind] = max(self.worst.get(kind, 0.0), error)
        if not error <= TOLERANCE:
            share = float(((found - wanted).abs() > TOLERANCE).float().mean())
            self.problem(label, f"pixel values differ by {error:.2e}, {share:.1%} of them")


def compare(report, label, cases, kind, wanted, answer, is_video, merge):
    """`wanted` is what the library gave, or the error it raised."""
    status, found, tensors = answer
    if isinstance(wanted, Exception):
        report.count("refused by both")
        if status not in (1, 5):
            report.problem(label, f"status {status}, but the library says: {wanted}")
        return
    if status:
        return report.problem(label, f"status {status}: {found}")
    media = found["videos" if is_video else "images"][0]
    grid = wanted[1]
    report.count(f"{kind[:7]} {'videos' if is_video else 'pictures'}")
    report.equal(label, "grid", media["grid"], grid)
    if kind == cases.QWEN:
        report.equal(label, "tokens", media["tokens"], grid[0] * grid[1] * grid[2] // merge**2)
        key = "video_grid_thw" if is_video else "image_grid_thw"
        report.equal(label, key, tensors[key].tolist(), [grid])
    values = tensors["pixel_values_videos" if is_video and kind == cases.QWEN else "pixel_values"]
    if is_video:
        report.equal(label, "frames", media["frames"], wanted[2])
        if wanted[3] is not None:
            report.equal(label, "seconds", media["seconds_per_step"], wanted[3])
            report.equal(label, "second_per_grid_ts", tensors["second_per_grid_ts"].tolist(),
                         torch.tensor([wanted[3]], dtype=torch.float32).tolist())
    report.close(label, f"{kind[:7]} {'videos' if is_video else 'pictures'}", values, wanted[0])


def attempt(call, *arguments):
    """What the library gives; errors that say that it cannot count as an answer."""
    try:
        return call(*arguments)
    except (ValueError, ZeroDivisionError, IndexError) as error:
        return error


def write_model(folder, config, pictures, videos):
    for name, content in [("config", config), ("preprocessor_config", pictures),
                          ("video_preprocessor_config", videos)]:
        (folder / f"{name}.json").write_text(json.dumps(content))


def check(merepl, number, folder, report, cases):
    draw = random.Random(f"processors {number}")
    kind, config, pictures, videos = draw_model(draw, cases)
    write_model(folder, config, pictures, videos)
    merge = pictures.get("merge_size", 2)
    size = draw_size(draw, draw.choice([300, 300, 1800]))
    frames = draw_frames(draw, 1, *size)
    save_file({"frames": frames}, folder / "picture.safetensors")
    label = f"case {number}, {kind[:7]} picture {size}, {pictures.get('size')}"
    compare(report, label, cases, kind, attempt(cases.picture, kind, pictures, frames),
            preprocess(merepl, folder, "--image", str(folder / "picture.safetensors")), False, merge)
    size = draw_size(draw, 200)
    frames = draw_frames(draw, draw.choice([1, 2, 3, 5, 8, 17, 40, 97]), *size)
    rate = draw.choice([30.0, 25.0, 29.97002997002997, 12.5, 1.0, 0.7])
    sampling = draw_sampling(draw, len(frames))
    save_file({"frames": frames, "fps": np.array(rate)}, folder / "video.safetensors")
    label = f"case {number}, {kind[:7]} video {frames.shape} at {rate}, {sampling}, {videos}"
    compare(report, label, cases, kind,
            attempt(cases.video, kind, videos, frames, rate, sampling),
            preprocess(merepl, folder, "--video", str(folder / "video.safetensors"),
                       *options(sampling)), True, merge)
    size = draw_size(draw, 300)
    written = draw_file(draw, size, folder / "picture.png")
    label = f"case {number}, {kind[:7]} PNG {written} {size}, {pictures.get('size')}"
    report.count(f"PNG {written}")
    compare(report, label, cases, kind,
            attempt(cases.picture, kind, pictures, Image.open(folder / "picture.png")),
            preprocess(merepl, folder, "--image", str(folder / "picture.png")), False, merge)


def options(sampling):
    if not sampling:
        return ["--all-frames"]
    (name, value), = sampling.items()
    return [f"--{name.replace('_', '-')}", str(value)]


def decoded(path):
    """Frames [frames, height, width, 3] and rate of a file, by ffmpeg."""
    probe = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
         "stream=avg_frame_rate,width,height", "-of", "json", str(path)], capture_output=True,
        text=True).stdout or "{}")
    # With several threads ffmpeg fills the gaps of damaged files otherwise.
    run = subprocess.run(
        ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-vsync", "0", "-f", "image2pipe", "-c:v", "ppm",
         "-pix_fmt", "rgb24", "-"], capture_output=True)
    frames, data = [], run.stdout
    while data.startswith(b"P6"):
        header, at = [], 2
        while len(header) < 3:
            end = at + 1
            while not data[end:end + 1].isspace():
                end += 1
            header.append(int(data[at + 1:end]))
            at = end
        width, height, _ = header
        size = width * height * 3
        frames.append(np.frombuffer(data[at + 1:at + 1 + size], np.uint8).reshape(height, width, 3))
        data = data[at + 1 + size:]
    # Of several streams ffmpeg takes the one with the most pixels.
    stream = max(probe.get("streams") or [{}],
                 key=lambda stream: stream.get("width", 0) * stream.get("height", 0))
    above, below = map(int, stream.get("avg_frame_rate", "0/0").split("/"))
    return np.stack(frames), (above / below if above and below else None)


def check_file(merepl, path, folder, report, cases):
    draw = random.Random(path.name)
    try:
        frames, rate = decoded(path)
    except ValueError:
        return print(f"{path.name}: ffmpeg gives no frames of one size; left out")
    for kind, patch, side in [(cases.QWEN, 14, None), (cases.INTERN, 14, 140)]:
        config = cases.configuration(kind, patch=patch, side=side)
        sizes = (dict(patch_size=14, merge_size=2, temporal_patch_size=2,
                      size=dict(shortest_edge=4 * 784, longest_edge=200 * 784))
                 if kind == cases.QWEN else
                 dict(size=dict(height=side, width=side), image_mean=MEAN, image_std=DEVIATION))
        write_model(folder, config, sizes, sizes)
        sampling = draw.choice([{"fps": 2}, {"num_frames": min(6, len(frames))}])
        answer = preprocess(merepl, folder, "--video", str(path), *options(sampling))
        own = answer[1]["videos"][0]["fps"] if answer[0] == 0 else 1.0
        wanted = attempt(cases.video, kind, sizes, frames, rate or own, sampling)
        compare(report, f"{path.name}, {kind[:7]}, {frames.shape} at {rate}, {sampling}", cases,
                kind, wanted, answer, True, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merepl", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--videos", type=pathlib.Path, help="a folder of real videos")
    arguments = parser.parse_args()
    try:
        import torchvision  # noqa: F401
    except ImportError:
        print("left out: the video processors of transformers need torchvision")
        return
    import processor_cases as cases
    torch.set_num_threads(1)
    report = Report()
    for number in range(arguments.seed, arguments.seed + arguments.count):
        with tempfile.TemporaryDirectory() as folder:
            check(arguments.merepl, number, pathlib.Path(folder), report, cases)
    for path in sorted(arguments.videos.iterdir()) if arguments.videos else []:
        if path.is_file() and path.suffix != ".md":
            with tempfile.TemporaryDirectory() as folder:
                check_file(arguments.merepl, path, pathlib.Path(folder), report, cases)
    report.finish()


if __name__ == "__main__":
    main()

"""Good files to begin with, made from the fixtures of the tests and from nothing."""

import base64
import json
import pathlib
import shutil
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLASSES = {
    "t5": "T5EncoderModel", "transformer": "CogVideoXTransformer3DModel",
    "vae": "AutoencoderKLCogVideoX", "qwen": "Qwen2_5_VLForConditionalGeneration",
    "internvl": "InternVLForConditionalGeneration"}
FIXTURES = ["t5-plain", "t5-gated", "transformer-sines", "transformer-rotary", "transformer-learned",
            "transformer-odd", "vae-flat", "vae-time-4", "qwen-text", "qwen-padded",
            "qwen-two-videos", "qwen-longrope", "internvl-full", "internvl-tiles", "internvl-yarn",
            "internvl-original"]


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    start = 8 + length
    return {name: (entry["dtype"], entry["shape"],
                   data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]])
            for name, entry in header.items()}


def header_of(tensors):
    header, offset = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    return header


def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def pack(tensors):
    return safetensors(header_of(tensors), b"".join(data for _, _, data in tensors.values()))


class Model:
    """A tiny model of one class: configuration, weights, inputs."""

    def __init__(self, name):
        folder = next(folder for folder in ("VideoDiffusionTests", "VisionLanguageTests")
                      if (ROOT / f"Tests/{folder}/Fixtures/{name}.json").exists())
        base = ROOT / f"Tests/{folder}/Fixtures/{name}"
        self.configuration = json.loads(base.with_suffix(".json").read_text())["config"]
        kind = name.split("-")[0]
        key = "_class_name" if kind in ("transformer", "vae") else "architectures"
        class_name = CLASSES[kind]
        if self.configuration.get("model_type") == "internvl_chat":
            class_name = "InternVLChatModel"
        self.configuration[key] = class_name if key == "_class_name" else [class_name]
        tensors = read_safetensors(base.with_suffix(".safetensors"))
        self.weights = {key[7:]: entry for key, entry in tensors.items()
                        if key.startswith("weight.")}
        self.inputs = {key[3:]: entry for key, entry in tensors.items()
                       if key.startswith("in.") and key != "in.z"}

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(self.configuration))
        (folder / "model.safetensors").write_bytes(pack(self.weights))
        (folder.parent / "in.safetensors").write_bytes(pack(self.inputs))


def png(width, height):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + bytes((x * 7 + y * 3 + c * 90) % 256 for x in range(width)
                                  for c in range(3)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def ppm(width, height):
    return f"P6 {width} {height} 255\n".encode() + bytes(
        (x * 5 + y) % 256 for y in range(height) for x in range(3 * width))


def y4m(width, height, frames):
    plane = width * height
    body = b"".join(b"FRAME\n" + bytes((i * 3 + frame * 11) % 256 for i in range(plane))
                    + bytes([128]) * (plane // 2) for frame in range(frames))
    return f"YUV4MPEG2 W{width} H{height} F8:1 Ip A1:1 C420jpeg\n".encode() + body


def gif(width, height, frames):
    """Of one colour a frame, without compression to speak of."""
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    for frame in range(frames):
        codes = "".join(f"{code:03b}"[::-1] for pixel in range(width * height)
                        for code in ([4] if pixel % 2 == 0 else []) + [(pixel + frame) % 2]) + "101"
        bits = bytes(int(codes[i:i + 8][::-1], 2) for i in range(0, len(codes), 8))
        blocks = b"".join(bytes([len(bits[i:i + 255])]) + bits[i:i + 255]
                          for i in range(0, len(bits), 255))
        data += (b"\x21\xf9\x04\0\x0a\0\0\0," + struct.pack("<HHHHB", 0, 0, width, height, 0)
                 + b"\x02" + blocks + b"\0")
    return data + b";"


def project(folder, checkpoints=False):
    """What merepl needs around it: the world, configurations, the paper's numbers."""
    for name in ["scenes", "models", "paper"] + (["checkpoints"] if checkpoints else []):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)


def tokenizers():
    """The files of small tokenizers of all kinds, by name."""
    cases = json.loads((ROOT / "Tests/TokenizersTests/Fixtures/small.json").read_text())
    mini = ROOT / "data/checkpoints/cogvideox-mini/tokenizer"
    own = {file.name: file.read_bytes() for file in sorted(mini.iterdir())}
    return [{name: base64.b64decode(text) for name, text in case["files"].items()}
            for case in cases] + [own]

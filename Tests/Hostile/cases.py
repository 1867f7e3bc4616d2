"""The kinds of hostile cases. Each makes files in a folder and gives the commands to run there.

A command is `(arguments, standard input or None)`; paths are relative to the folder.
"""

import gzip
import io
import json
import tarfile

import mutate
import scripts
import seeds

MODELS = {}
SMALL = """me 1
param n: int = 2 in 1..9
seed 3
let clips = dataset("sft-25k", count: n)
let energy = specific_energy(oracle(clips))
table "Scores" key "split" {
  row "all": energy
  row "half": [energy / 2, energy]
}
claim "energy is small" within(energy, 0.5, tolerance: 0.5)
print "{n} clips: {energy}"
"""


def model(name):
    if name not in MODELS:
        MODELS[name] = seeds.Model(name)
    return MODELS[name]


def forward(draw, *more):
    options = draw.choice([[], [], ["--attentions"], ["--gradients"], ["--attentions", "--gradients"]])
    return (["forward", "model", "--in", "in.safetensors", "--out", "out.safetensors",
             *options, *more], None)


def configuration(draw, folder):
    """config.json of every class with absurd values."""
    chosen = model(draw.choice(seeds.FIXTURES))
    chosen.write(folder / "model")
    (folder / "model/config.json").write_bytes(
        mutate.document(draw, chosen.configuration, ["rope_scaling", "layer_types", "pad_token_id",
                                                     "sliding_window", "head_dim", "ofs_embed_dim"]))
    commands = [forward(draw)]
    if "text_config" in chosen.configuration and draw.random() < 0.3:
        (folder / "p.png").write_bytes(seeds.png(20, 12))
        commands.append((["preprocess", "model", "--image", "p.png", "--out", "i.safetensors"], None))
    return commands


def weights(draw, folder):
    """safetensors files, of weights or of inputs, with a broken header, shape or body."""
    chosen = model(draw.choice(seeds.FIXTURES))
    chosen.write(folder / "model")
    is_input = draw.random() < 0.6
    tensors = chosen.inputs if is_input else chosen.weights
    header, body = seeds.header_of(tensors), b"".join(data for _, _, data in tensors.values())
    kind = draw.random()
    if kind < 0.35:
        data = seeds.safetensors(mutate.document(draw, header), body)
    elif kind < 0.6:
        data = mutate.binary(draw, seeds.pack(tensors))
    elif kind < 0.8:
        name = draw.choice(list(header))
        shape = draw.choice([[2**63 - 1, 0, 2**63 - 1], [0], [], [1] * 3000, [2**32, 2**32],
                             [0, 2**62], [2**63 - 1], [1, 0, 5]])
        header[name]["shape"] = shape
        if 0 in shape:
            header[name]["data_offsets"] = [header[name]["data_offsets"][0]] * 2
        data = seeds.safetensors(header, body)
    else:
        # Well formed, but of other types and wild numbers.
        changed = {}
        for name, (dtype, shape, content) in tensors.items():
            if draw.random() < 0.5:
                width = {"F32": 4, "I64": 8}.get(dtype, 1)
                content = b"".join(draw.choice([
                    b"\xff" * width, b"\0" * width, b"\x7f" * width, draw.randbytes(width)])
                    for _ in range(len(content) // width))
            changed[name] = (dtype, shape, content)
        data = seeds.pack(changed)
    target = "in.safetensors" if is_input else "model/model.safetensors"
    (folder / target).write_bytes(data)
    return [forward(draw)]


def shards(draw, folder):
    """An index of shards that lies."""
    chosen = model(draw.choice(seeds.FIXTURES))
    chosen.write(folder / "model")
    (folder / "model/model.safetensors").rename(folder / "model/a.safetensors")
    index = {"weight_map": {name: "a.safetensors" for name in chosen.weights}}
    (folder / "model/model.safetensors.index.json").write_bytes(mutate.document(draw, index))
    return [forward(draw)]


def tokenizer(draw, folder):
    """Files of a tokenizer, or the lines it is given."""
    files = dict(draw.choice(seeds.tokenizers()))
    (folder / "model").mkdir()
    chosen = draw.choice(sorted(files))
    for name, data in files.items():
        if name == chosen and draw.random() < 0.85:
            if name.endswith(".json") and draw.random() < 0.75:
                data = mutate.document(draw, json.loads(data), ["extra_ids", "added_tokens"])
            else:
                data = mutate.binary(draw, data)
        (folder / "model" / name).write_bytes(data)
    lines = draw.choice([
        b"a red square moves\n\n", "e\u0301 \U0001f600 <s></s>\n".encode() * 30, b"a" * 300_000,
        b" " * 100_000 + b"\n", b"ab" * 40_000 + b"\n", draw.randbytes(300)])
    ids = " ".join(draw.choice(["0", "3", "7", "99", "2147483648", "9223372036854775807", "-1"])
                   for _ in range(draw.choice([1, 20, 2000]))).encode() + b"\n"
    return [(["tokenize", "model"], lines), (["tokenize", "model", "--decode"], ids)]


def processor(draw, folder):
    """preprocessor_config.json and pictures."""
    chosen = model(draw.choice(["qwen-padded", "internvl-full", "internvl-tiles"]))
    chosen.write(folder / "model")
    settings = {
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "min_pixels": 64,
        "max_pixels": 4096, "patch_size": 4, "merge_size": 2, "temporal_patch_size": 2,
        "size": {"height": 16, "width": 16}, "min_patches": 1, "max_patches": 6, "min_frames": 2,
        "max_frames": 8}
    for key in draw.sample(sorted(settings), draw.randint(0, 6)):
        del settings[key]
    data = json.dumps(settings).encode()
    picture = draw.choice([seeds.png, seeds.ppm])(draw.choice([1, 24, 50]), draw.choice([1, 16, 40]))
    if draw.random() < 0.6:
        data = mutate.document(draw, settings, ["do_resize", "crop_to_patches", "longest_edge"])
    else:
        picture = mutate.binary(draw, picture)
    name = "p.png" if picture.startswith(b"\x89PNG") else "p.ppm"
    (folder / name).write_bytes(picture)
    (folder / "model/preprocessor_config.json").write_bytes(data)
    if draw.random() < 0.6:
        return [(["preprocess", "model", "--image", name, "--out", "i.safetensors"], None)]
    video = seeds.y4m(24, 16, 6)
    (folder / "v.y4m").write_bytes(video if draw.random() < 0.5 else mutate.binary(draw, video))
    return [(["preprocess", "model", "--video", "v.y4m", "--out", "i.safetensors"], None)]


def video(draw, folder):
    """Videos that are cut, flipped or of absurd sizes, through `extract`."""
    seeds.project(folder, checkpoints=True)
    data = draw.choice([seeds.y4m(24, 24, 5), seeds.y4m(32, 16, 9), seeds.gif(24, 24, 5)])
    kind = draw.random()
    if kind < 0.6:
        data = mutate.binary(draw, data)
    elif kind < 0.8:
        data = mutate.numbers(draw, data[:60]) + data[60:]
    name = "v.gif" if data.startswith(b"GIF") else "v.y4m"
    (folder / name).write_bytes(data)
    more = draw.choice([[], [], ["--size", draw.choice([
        "24x24", "0x0", "99999999x16", "4096x4096", "-24x24", "9223372036854775807x24"])],
        ["--frames", draw.choice(["1", "5", "100001", "9223372036854775805", "-3"])],
        ["--overlay", "o.mp4"]])
    return [(["extract", name, "--text", "the red square", "-o", "x.safetensors", "--steps", "1",
              *more], None)]


def script(draw, folder):
    """Scripts grown from the grammar, run with the limits for strangers or with one's own."""
    seeds.project(folder)
    text = scripts.Grower(draw).script()
    if draw.random() < 0.35:
        text = scripts.shuffled(draw, text)
    (folder / "a.me").write_text(text)
    limits = draw.choice([["--untrusted"], ["--untrusted"], []])
    return [(["check", "a.me"], None), (["run", "a.me", *limits], None)]


def text(draw, folder):
    """Broken texts of good scripts: check, fmt, plan."""
    seeds.project(folder)
    root = seeds.ROOT
    good = sorted([*root.glob("experiments/*.me"), *root.glob("Tests/ScriptTests/Golden/**/*.me"),
                   *root.glob("Tests/ScriptTests/Hostile/*.me")])
    data = draw.choice(good).read_bytes()
    if draw.random() < 0.5:
        data = scripts.shuffled(draw, data.decode("utf-8", "replace")).encode()
    else:
        data = mutate.text(draw, data)
    if draw.random() < 0.1:
        data += draw.choice([b"\x80", b"&", b"|!", b"(", b"}", b"((]", b"\""]) * 60_000
    (folder / "a.me").write_bytes(data)
    more = draw.choice([["fmt"], ["plan"], ["why"], ["status"]])
    return [(["check", "a.me"], None), (more + ["a.me"], None)]


def world(draw, folder):
    """A stranger's world.json and word lists."""
    seeds.project(folder)
    path = folder / "data/scenes/world.json"
    if draw.random() < 0.85:
        path.write_bytes(mutate.document(draw, json.loads(path.read_text())))
    else:
        words = folder / "data/scenes/words.txt"
        words.write_bytes(mutate.text(draw, words.read_bytes()))
    (folder / "a.me").write_text(SMALL)
    return [(["run", "a.me", "--untrusted"], None)]


def finished(folder):
    """A small experiment that has run: its lock and its store."""
    seeds.project(folder)
    (folder / "a.me").write_text(SMALL)
    return (["run", "a.me", "--quiet"], None)


def lock(draw, folder):
    """Locks that lie or are no locks."""
    first = finished(folder)

    def change():
        path = folder / "a.lock"
        if path.exists():
            path.write_bytes(mutate.text(draw, path.read_bytes()))
    return [first, change, (draw.choice([["verify"], ["status"], ["verify", "--sample", "50%"]])
                            + ["a.me"], None)]


def store(draw, folder):
    """A store whose journal, entries or records were changed."""
    first = finished(folder)

    def change():
        files = [file for file in sorted((folder / ".merepl").rglob("*")) if file.is_file()]
        for file in draw.sample(files, min(len(files), draw.choice([1, 2, 5]))):
            data = file.read_bytes()
            try:
                data = mutate.document(draw, json.loads(data))
            except ValueError:
                data = mutate.text(draw, data)
            file.write_bytes(data)
    more = draw.choice([["run", "a.me"], ["plan", "a.me"], ["runs"], ["gc"], ["why", "a.me"],
                        ["gc", "--older-than", "0d"]])
    return [first, change, (more, None), (["run", "a.me"], None)]


def bundle(draw, folder):
    """Archives with paths that lead out, links, broken gzip, a script that is none."""
    seeds.project(folder)
    files = {"a.me": SMALL.encode(), "a.lock": b"", "data/scenes/world.json": b"{}",
             "manifest.json": b"{}"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for _ in range(draw.randint(1, 8)):
            name = draw.choice([*files, "../out.txt", "/tmp/hostile-out", "a/../../x", "x" * 300,
                                "bundle.json", ".merepl/journal", "a\nb", "\x1b[2J"])
            entry = tarfile.TarInfo(name)
            kind = draw.random()
            if kind < 0.2:
                entry.type = draw.choice([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE,
                                          tarfile.CHRTYPE, tarfile.DIRTYPE])
                entry.linkname = draw.choice(["/etc/passwd", "..", "a.me", "../beside/keep.txt"])
                archive.addfile(entry)
            else:
                content = files.get(name, b"x" * 10)
                if draw.random() < 0.5:
                    content = mutate.text(draw, content)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    data = buffer.getvalue()
    if draw.random() < 0.3:
        data = mutate.binary(draw, data)
    data = gzip.compress(data, mtime=0)
    if draw.random() < 0.3:
        data = mutate.binary(draw, data)
    (folder / "b.tar.gz").write_bytes(data)
    return [(["unbundle", "b.tar.gz", "-o", "got"], None)]


def own_bundle(draw, folder):
    """A bundle of merepl's own, changed inside."""
    first = finished(folder)

    def change():
        path = folder / "b.tar.gz"
        if not path.exists():
            return
        data = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(mutate.binary(draw, data), mtime=0))
    return [first, (["bundle", "a.me", "-o", "b.tar.gz"], None), change,
            (["unbundle", "b.tar.gz", "-o", "got"], None)]


def server(draw, folder):
    """Messages to the language server."""
    seeds.project(folder)
    uri = "file:///a.me"
    source = draw.choice([SMALL, scripts.Grower(draw).script()])
    if draw.random() < 0.4:
        source = scripts.shuffled(draw, source)
    if draw.random() < 0.1:
        source += draw.choice(["&|", "(", "}", "\u00e9!"]) * 40_000
    place = {"textDocument": {"uri": uri}, "position": {
        "line": draw.choice([0, 3, 10**9]), "character": draw.choice([0, 5, 2**31])}}
    messages = [
        {"id": 0, "method": "initialize", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "me", "version": 1, "text": source}}},
        {"id": 1, "method": "textDocument/hover", "params": place},
        {"id": 2, "method": "textDocument/completion", "params": place},
        {"id": 3, "method": "textDocument/definition", "params": place},
        {"id": 4, "method": "textDocument/formatting", "params": place},
        {"id": 5, "method": "textDocument/documentSymbol", "params": place},
        {"method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": 2}, "contentChanges": [
                {"range": {"start": place["position"], "end": {"line": 1, "character": 2}},
                 "text": draw.choice(["", "x", "let", "(" * 500])}] * draw.choice([1, 3, 200])}},
        {"id": 9, "method": "shutdown"}, {"method": "exit"}]
    stream = b""
    for message in messages:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8", "surrogatepass")
        if draw.random() < 0.25:
            body = mutate.document(draw, {"jsonrpc": "2.0", **message})
        length = len(body) if draw.random() < 0.97 else draw.choice([0, -1, 10**12, len(body) + 3])
        stream += f"Content-Length: {length}\r\n\r\n".encode() + body
    if draw.random() < 0.15:
        stream = mutate.binary(draw, stream)
    return [(["lsp"], stream)]


KINDS = {
    "configuration": (configuration, 22), "weights": (weights, 14), "shards": (shards, 3),
    "tokenizer": (tokenizer, 10), "processor": (processor, 8), "video": (video, 5),
    "script": (script, 12), "text": (text, 10), "world": (world, 4), "lock": (lock, 3),
    "store": (store, 3), "bundle": (bundle, 5), "own-bundle": (own_bundle, 2), "server": (server, 5)}

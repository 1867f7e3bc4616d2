"""Compares conversations of `merepl preprocess --text` with apply_chat_template of transformers.

Each case makes a small tokenizer (every fourth takes the real vocabulary, where the folder of
shared data has it), the processors of Qwen2.5-VL or InternVL and a folder in one of the layouts of
published checkpoints. Random texts in many languages, some with control tokens, follow nothing, or
pictures and videos. Token ids have to be equal, and pixel values within 1e-5; what the library
refuses has to be refused. Prints what disagrees; ends with status 1 where anything does.
Run: python Tests/Reference/fuzz_conversations.py --merepl .build/release/merepl --count 50 --seed 1
Made with torch 2.15.0, torchvision 0.29.2, tokenizers 0.23.3 and transformers 5.24.0.
"""

import argparse
import json
import pathlib
import random
import tempfile

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Regex, normalizers, pre_tokenizers

import fuzz_processors
import fuzz_tokenizers
import random_texts

# The chat templates of the published checkpoints (Qwen2.5-VL-*-Instruct, InternVL3-*-hf).
QWEN_TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}"
    "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}"
    "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
INTERN_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'}}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}"
    "{{ '<IMG_CONTEXT>\n' }}{% elif content['type'] == 'video' %}{{ '<video>\n' }}"
    "{% elif content['type'] == 'text' %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{{'<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{'<|im_start|>assistant\n' }}{% endif %}")

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>",
           "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>",
           "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
PLAIN = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
         "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"]
INTERN_SPECIAL = ["<img>", "</img>", "<IMG_CONTEXT>", "<quad>", "</quad>", "<ref>", "</ref>",
                  "<box>", "</box>", "<video>"]
# Written into some texts; placeholders are among them, but seldom.
NAMES = [*SPECIAL[:-2], *PLAIN, "<img>", "</img>", "<ref>", "<|im_end|", "Frame1: ", "<image>",
         "<|im_start|>system\n", "user\n", "assistant\n"]
PLACEHOLDERS = ["<|image_pad|>", "<|video_pad|>", "<IMG_CONTEXT>", "<video>"]


def make_tokenizer(draw, kind, cases, shared):
    """A tokenizer of transformers with the added tokens of the published checkpoints."""
    from tokenizers import AddedToken
    from transformers import Qwen2Tokenizer

    real = shared / "tokenizers/qwen2"
    if real.exists() and draw.random() < 0.25:
        vocabulary = json.loads((real / "vocab.json").read_text())
        merges = [tuple(line.split(" ")) for line in (real / "merges.txt").read_text().split("\n")
                  if line and not line.startswith("#version")]
    else:
        steps = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(fuzz_tokenizers.QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        model = json.loads(fuzz_tokenizers.train_bpe(
            draw, True, steps, normalizers.NFC()).to_str())["model"]
        vocabulary, merges = model["vocab"], [tuple(pair) for pair in model["merges"]]
    own = {} if kind == cases.QWEN else dict(
        start_image_token="<img>", end_image_token="</img>", context_image_token="<IMG_CONTEXT>",
        video_token="<video>")
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=merges, extra_special_tokens=own)
    for names, special in [(SPECIAL, True), (PLAIN, False), (INTERN_SPECIAL if own else [], True)]:
        tokenizer.add_tokens([AddedToken(name, normalized=False, special=special)
                              for name in names], special_tokens=special)
    tokenizer.eos_token = "<|im_end|>"
    return tokenizer


def make_processor(draw, kind, pictures, videos, cases, shared):
    from transformers import InternVLProcessor, Qwen2_5_VLProcessor

    tokenizer = make_tokenizer(draw, kind, cases, shared)
    if kind == cases.QWEN:
        return Qwen2_5_VLProcessor(
            cases.Qwen2VLImageProcessor(**pictures), tokenizer,
            cases.Qwen2VLVideoProcessor(**videos), chat_template=QWEN_TEMPLATE)
    return InternVLProcessor(
        cases.GotOcr2ImageProcessor(**pictures), tokenizer, cases.InternVLVideoProcessor(**videos),
        chat_template=INTERN_TEMPLATE)


def write_folder(draw, folder, kind, processor, config, pictures, videos, cases):
    """The model's folder: as the library saves it now, or with vocab.json as it did before."""
    tokenizer = processor.tokenizer
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in [*SPECIAL, "<IMG_CONTEXT>"]}
    if kind == cases.QWEN:
        config.update(
            vocab_size=len(tokenizer), image_token_id=ids["<|image_pad|>"],
            video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"],
            vision_end_token_id=ids["<|vision_end|>"])
    else:
        config["image_token_id"] = ids["<IMG_CONTEXT>"]
        config["text_config"]["vocab_size"] = len(tokenizer)
        patches = config["vision_config"]["image_size"] // config["vision_config"]["patch_size"]
        processor.image_seq_length = patches ** 2 // 4
    if draw.random() < 0.5:
        processor.save_pretrained(folder)
        (folder / "config.json").write_text(json.dumps(config))
        return "as saved"
    fuzz_processors.write_model(folder, config, pictures, videos)
    tokenizer.backend_tokenizer.model.save(str(folder))
    decoder = {str(index): dict(
        content=token.content, lstrip=token.lstrip, normalized=token.normalized,
        rstrip=token.rstrip, single_word=token.single_word, special=token.special)
        for index, token in tokenizer.added_tokens_decoder.items()}
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": decoder}))
    return "vocab.json"


def draw_text(draw):
    text = random_texts.text(draw, NAMES).replace("\0", " ")
    return text + draw.choice(PLACEHOLDERS) if draw.random() < 0.05 else text


def draw_media(draw, folder, kind, cases):
    """Pictures and videos, each with its file, and how frames are chosen."""
    media = {"image": [], "video": []}
    for number in range(draw.choice([0, 0, 1, 1, 2])):
        frames = fuzz_processors.draw_frames(draw, 1, *fuzz_processors.draw_size(draw, 160))
        save_file({"frames": frames}, folder / f"picture{number}.safetensors")
        media["image"].append((folder / f"picture{number}.safetensors", frames, None))
    # InternVL's processor joins videos of one length only.
    count = draw.choice([4, 5, 8, 17])
    rate = draw.choice([30.0, 25.0, 12.5, 4.0])
    for number in range(draw.choice([0, 1, 1, 2])):
        if kind == cases.QWEN:
            count, rate = draw.choice([4, 5, 8, 17]), draw.choice([30.0, 25.0, 12.5, 4.0])
        frames = fuzz_processors.draw_frames(draw, count, *fuzz_processors.draw_size(draw, 120))
        save_file({"frames": frames, "fps": np.array(rate)}, folder / f"video{number}.safetensors")
        media["video"].append((folder / f"video{number}.safetensors", frames, rate))
    sampling = [{"num_frames": draw.randint(2, 4)}, {"fps": draw.choice([10, 4])}, {}]
    return media, draw.choice(sampling)


def expected(processor, cases, media, text, sampling):
    """What the library makes of one turn of a user: pictures, videos, a text."""
    from transformers.video_utils import VideoMetadata

    content = [{"type": "image", "image": cases.channels_first(frames)[0]}
               for _, frames, _ in media["image"]]
    content += [{"type": "video", "video": cases.channels_first(frames)}
                for _, frames, _ in media["video"]]
    videos = dict(
        video_metadata=[[VideoMetadata(total_num_frames=len(frames), fps=rate)
                         for _, frames, rate in media["video"]]],
        do_sample_frames=bool(sampling), **sampling) if media["video"] else {}
    return processor.apply_chat_template(
        [{"role": "user", "content": content + [{"type": "text", "text": text}]}],
        tokenize=True, return_dict=True, add_generation_prompt=True,
        processor_kwargs=dict(return_tensors="pt", videos_kwargs=videos))


def compare(report, label, wanted, answer, media):
    status, found, tensors = answer
    if isinstance(wanted, Exception):
        if status == 1:
            return report.count("refused by both")
        return report.problem(label, f"status {status}, but the library says: {wanted}")
    if status:
        return report.problem(label, f"status {status}: {found}")
    names = [name for name in ("image", "video") if media[name]]
    report.count(" and ".join(["text", *names]))
    report.equal(label, "ids", tensors["input_ids"].tolist(), wanted["input_ids"].tolist())
    for name in ("pixel_values", "pixel_values_videos"):
        if name in wanted:
            report.close(label, name, tensors[name], wanted[name])


def check(merepl, number, folder, report, cases, shared):
    draw = random.Random(f"conversations {number}")
    kind, config, pictures, videos = fuzz_processors.draw_model(draw, cases)
    processor = make_processor(draw, kind, pictures, videos, cases, shared)
    layout = write_folder(draw, folder, kind, processor, config, pictures, videos, cases)
    for _ in range(6):
        media, sampling = draw_media(draw, folder, kind, cases)
        text = draw_text(draw)
        files = [f"--{name}={path}" for name in media for path, _, _ in media[name]]
        label = f"case {number}, {kind[:7]}, {layout}, {len(files)} files, {sampling}, {text!r}"
        wanted = fuzz_processors.attempt(expected, processor, cases, media, text, sampling)
        answer = fuzz_processors.preprocess(
            merepl, folder, *files, "--text", text, *fuzz_processors.options(sampling))
        compare(report, label, wanted, answer, media)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merepl", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shared", default="../shared", help="the folder with real vocabularies")
    arguments = parser.parse_args()
    try:
        import torchvision  # noqa: F401
    except ImportError:
        print("left out: the video processors of transformers need torchvision")
        return
    import processor_cases as cases
    torch.set_num_threads(1)
    report = fuzz_processors.Report()
    shared = pathlib.Path(arguments.shared).resolve() / "data"
    for number in range(arguments.seed, arguments.seed + arguments.count):
        with tempfile.TemporaryDirectory() as folder:
            check(arguments.merepl, number, pathlib.Path(folder), report, cases, shared)
    report.finish()


if __name__ == "__main__":
    main()

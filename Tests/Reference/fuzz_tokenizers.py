"""Compares `merepl tokenize` with the tokenizers and sentencepiece libraries on random texts.

Each case makes a small random tokenizer (byte-level BPE or unigram, with added tokens of all
kinds), saves it in one of the Hugging Face layouts, and compares ids, spans and decoded text on
random multilingual texts, among them astral characters with marks, long runs of marks, characters
that normalisation deletes, repeated ones and runs of white space. Every eighth case takes a real vocabulary, where the folder of shared
data has them.
Run: python Tests/Reference/fuzz_tokenizers.py --merepl PATH --count N --seed S
(needs tokenizers 0.23 and sentencepiece 0.2). Ends with status 1 on any disagreement.
"""

import argparse
import base64
import io
import json
import pathlib
import random
import subprocess
import tempfile

import sentencepiece
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
    trainers)

import random_texts

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+")
NAMES = ["<|im_start|>", "<|im_end|>", "<|im|>", "<x>", "<x", "[MASK]", "é", "e\u0301", "½",
         "the", "th", "\u4eca\u5929", "</a>", "▁", "Ġ", "_w_", "🤗", "<｜sep｜>", "  ", "\n\n",
         "\t", "\u00a0"]


class Case:
    """One tokenizer: its folder, the reference's functions, and texts to try."""

    def __init__(self, name, folder, encode, decode, size, spans=None):
        self.name, self.folder, self.size = name, folder, size
        self.encode, self.decode, self.spans = encode, decode, spans


def of_library(name, folder, tokenizer, is_complete=True):
    def spans(text):
        # The library counts on after bytes that it left out, and after changes of characters.
        return tokenizer.encode(text).offsets if is_complete and not tokenizer.normalizer else []
    return Case(
        name, folder, lambda text: tokenizer.encode(text).ids,
        lambda ids, skip: tokenizer.decode(ids, skip_special_tokens=skip),
        tokenizer.get_vocab_size(), spans)


def added_tokens(draw, tokenizer):
    """Adds a few tokens with random properties."""
    forms = set()
    for name in draw.sample(NAMES, draw.randint(0, 6)):
        special = draw.random() < 0.5
        form = tokenizer.normalizer.normalize_str(name) if tokenizer.normalizer else name
        # Of tokens with one form, and of empty ones, the library takes any.
        if form in forms or not form:
            continue
        forms.add(form)
        token = AddedToken(
            name, single_word=draw.random() < 0.2, lstrip=draw.random() < 0.25,
            rstrip=draw.random() < 0.25, normalized=draw.random() < 0.4, special=special)
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])


def corpus(draw, characters=None):
    """Texts to train on, with no more than so many different characters."""
    texts = [random_texts.text(draw) for _ in range(60)]
    if characters:
        known = set()
        for character in "".join(texts):
            if len(known) < characters:
                known.add(character)
        texts = ["".join(c for c in text if c in known) for text in texts]
    return texts


def byte_level_steps(draw):
    if draw.random() < 0.6:
        return pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=draw.random() < 0.2, use_regex=False)])
    return pre_tokenizers.ByteLevel(
        add_prefix_space=draw.random() < 0.5, use_regex=draw.random() < 0.8)


def train_bpe(draw, is_complete, steps, normalizer, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = steps
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet() if is_complete else []
    tokenizer.train_from_iterator(corpus(draw), trainers.BpeTrainer(
        vocab_size=draw.randint(280, 600), show_progress=False, initial_alphabet=alphabet,
        special_tokens=["<unk>"] if "unk_token" in options else []))
    return tokenizer


def bpe_in_one_file(draw, folder, shared):
    options = {}
    if draw.random() < 0.2:
        options = dict(unk_token="<unk>", fuse_unk=draw.random() < 0.5)
    is_complete = draw.random() < 0.7
    tokenizer = train_bpe(
        draw, is_complete, byte_level_steps(draw),
        normalizers.NFC() if draw.random() < 0.7 else None, **options)
    if draw.random() < 0.2:
        tokenizer.model.ignore_merges = True
    if draw.random() < 0.1:
        tokenizer.decoder = None
    added_tokens(draw, tokenizer)
    if draw.random() < 0.3:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    return of_library("bpe, tokenizer.json", folder, tokenizer, is_complete)


def bpe_in_two_files(draw, folder, shared):
    tokenizer = train_bpe(draw, draw.random() < 0.7, pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), normalizers.NFC())
    tokenizer.model.save(str(folder))
    if draw.random() < 0.4:
        merges = folder / "merges.txt"
        merges.write_bytes(merges.read_bytes().replace(b"\n", b"\r\n"))
    if draw.random() < 0.5:
        added_tokens(draw, tokenizer)
        decoder = {str(index): dict(
            content=token.content, single_word=token.single_word, lstrip=token.lstrip,
            rstrip=token.rstrip, normalized=token.normalized, special=token.special)
            for index, token in tokenizer.get_added_tokens_decoder().items()}
        (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": decoder}))
    else:
        # Two keys of one object that differ in composition alone are refused.
        names = draw.sample([name for name in NAMES if name != "e\u0301"], 4)
        special, plain = names[:2], names[2:]
        tokenizer.add_special_tokens([AddedToken(n, normalized=False, special=True) for n in special])
        tokenizer.add_tokens([AddedToken(n, normalized=True) for n in plain])
        vocabulary = tokenizer.get_vocab()
        (folder / "added_tokens.json").write_text(json.dumps({n: vocabulary[n] for n in names}))
        (folder / "special_tokens_map.json").write_text(json.dumps(
            {"additional_special_tokens": [{"content": special[0]}, special[1]]}))
    return of_library("bpe, vocab.json", folder, tokenizer)


def unigram_model(draw):
    """Characters and stretches of random texts with random scores. The library's trainer would not
    give the same model twice: it adds up in another order each time."""
    texts = ["▁" + text.replace(" ", "▁") for text in corpus(draw, 100)]
    pieces = dict.fromkeys("".join(texts))
    for _ in range(draw.randint(50, 500)):
        text = draw.choice([text for text in texts if len(text) > 1])
        start = draw.randrange(len(text) - 1)
        pieces[text[start:start + draw.randint(2, 8)]] = None
    special = ["<pad>", "</s>", "<unk>"]
    scored = [(piece, -draw.uniform(2, 12)) for piece in pieces if piece not in special]
    return models.Unigram([(name, 0.0) for name in special] + scored, unk_id=2), special


def unigram_in_one_file(draw, folder, shared):
    tokenizer = Tokenizer(models.Unigram())
    steps = []
    charsmap = shared_charsmap(shared)
    if charsmap and draw.random() < 0.6:
        steps.append(normalizers.Precompiled(charsmap))
    if draw.random() < 0.2:
        steps.append(normalizers.Strip(left=draw.random() < 0.5, right=draw.random() < 0.7))
    if draw.random() < 0.3:
        steps.append(normalizers.Replace(Regex(" {2,}"), draw.choice(["▁", " "])))
    if draw.random() < 0.2:
        steps.append(normalizers.NFC())
    if draw.random() < 0.1:
        steps.append(normalizers.Replace("th", "▁z"))
    if steps:
        tokenizer.normalizer = normalizers.Sequence(steps)
    scheme = draw.choice(["always", "never", "first"])
    metaspace = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=draw.random() < 0.8)
    tokenizer.pre_tokenizer = metaspace if draw.random() < 0.4 else pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), metaspace])
    if draw.random() < 0.9:
        tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)
    tokenizer.model, special = unigram_model(draw)
    tokenizer.add_special_tokens(special)
    added_tokens(draw, tokenizer)
    if draw.random() < 0.7:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    tokenizer.save(str(folder / "tokenizer.json"))
    # Read again, as scores change in their last bits by that.
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return of_library("unigram, tokenizer.json", folder, tokenizer)


def unigram_of_sentencepiece(draw, folder, shared):
    texts = [text.replace("\0", " ") for text in corpus(draw, 100)
             for text in text.split("\n")]
    model, spells_bytes = io.BytesIO(), draw.random() < 0.2
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, model_type="unigram",
        vocab_size=draw.randint(200, 400) + 256 * spells_bytes, hard_vocab_limit=False, pad_id=0, eos_id=1, unk_id=2,
        bos_id=-1, normalization_rule_name=draw.choice(["nmt_nfkc", "nmt_nfkc", "identity", "nfkc"]),
        add_dummy_prefix=draw.random() < 0.9, remove_extra_whitespaces=draw.random() < 0.7,
        byte_fallback=spells_bytes, minloglevel=3,
        user_defined_symbols=draw.sample(["<sep>", "th", "🤗"], draw.randint(0, 2)))
    (folder / "spiece.model").write_bytes(model.getvalue())
    return of_sentencepiece("unigram, spiece.model", folder, model.getvalue())


def of_sentencepiece(name, folder, model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    # Texts without special tokens; decoding is that of tokenizers, where special tokens stay.
    return Case(
        name, folder, lambda text: None if "</s>" in text or "<unk>" in text or "<extra_id" in text
        or "<pad>" in text else processor.encode(text) + [processor.eos_id()],
        None, processor.get_piece_size())


def real_vocabulary(draw, folder, shared):
    qwen, t5 = shared / "tokenizers/qwen2", shared / "tokenizers/t5"
    kind = draw.randrange(4)
    if kind == 0:
        return of_library("T5, tokenizer.json", t5, Tokenizer.from_file(str(t5 / "tokenizer.json")))
    if kind == 1:
        (folder / "spiece.model").symlink_to(t5 / "spiece.model")
        return of_sentencepiece("T5, spiece.model", folder, (t5 / "spiece.model").read_bytes())
    tokenizer = Tokenizer(models.BPE.from_file(str(qwen / "vocab.json"), str(qwen / "merges.txt")))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    if kind == 2:
        tokenizer.add_special_tokens([
            AddedToken(name, normalized=False, special=True)
            for name in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
        return of_library("Qwen2, vocab.json", qwen, tokenizer)
    added_tokens(draw, tokenizer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return of_library("Qwen2, tokenizer.json", folder, tokenizer)


def shared_charsmap(shared):
    file = shared / "tokenizers/t5/tokenizer.json"
    if not file.exists():
        return None
    steps = json.loads(file.read_text())["normalizer"]["normalizers"]
    return base64.b64decode(steps[0]["precompiled_charsmap"])


def run(merepl, folder, lines, *options):
    done = subprocess.run(
        [merepl, "tokenize", str(folder), "--json", "--json-input", *options],
        input="".join(json.dumps(line) + "\n" for line in lines).encode(), capture_output=True)
    if done.returncode:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.decode()}")
    return [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]


def in_characters(text, spans):
    """Spans in bytes, widened to whole characters."""
    places, count = [], 0
    for character in text:
        places += [count] * len(character.encode())
        count += 1
    places.append(count)
    return [(places[a], places[b - 1] + 1 if b > a else places[a]) for a, b in spans]


def compare(merepl, draw, case):
    """Yields what differs, in words."""
    texts = [random_texts.text(draw, NAMES) for _ in range(60)] + ["", " ", "\n", "a"]
    texts += [random_texts.lone_surrogates(draw) for _ in range(4)]
    texts += [random_texts.hard(draw) for _ in range(60)]
    decoded_input = []
    for text, found in zip(texts, run(merepl, case.folder, texts)):
        whole = json.loads(json.dumps(text)).encode("utf-16", "surrogatepass").decode(
            "utf-16", "replace")
        try:
            expected = case.encode(whole)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            expected = None  # the library itself breaks down on some added tokens
        if expected is None:
            continue
        if found["ids"] != expected:
            yield f"ids of {text!r}: {found['ids']}, expected {expected}"
        elif case.spans and "spans" in found and (offsets := case.spans(whole)):
            spans = in_characters(whole, found["spans"])
            # What was added to the text covers nothing here and its neighbour there.
            if any(a != b and a[0] != a[1] for a, b in zip(spans, offsets, strict=True)):
                yield f"spans of {text!r}: {spans}, expected {offsets}"
        decoded_input.append(expected)
    if not case.decode:
        return
    for _ in range(40):
        decoded_input.append([draw.randrange(case.size + 5) for _ in range(draw.randint(0, 12))])
    for skip in (False, True):
        options = ["--decode"] + (["--no-special-tokens"] if skip else [])
        for ids, found in zip(decoded_input, run(merepl, case.folder, decoded_input, *options)):
            if (expected := case.decode(ids, skip)) != found:
                yield f"text of {ids}, skipping special tokens {skip}: {found!r}, expected {expected!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--merepl", required=True, help="the built program")
    parser.add_argument("--count", type=int, default=40, help="cases to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shared", default="../shared", help="the folder with real vocabularies")
    options = parser.parse_args()
    shared = pathlib.Path(options.shared).resolve() / "data"
    kinds = [bpe_in_one_file, bpe_in_two_files, unigram_in_one_file, unigram_of_sentencepiece]
    failures = 0
    for number in range(options.count):
        draw = random.Random(f"{options.seed}/{number}")
        make = kinds[number % len(kinds)]
        if number % 8 == 7 and shared.exists():
            make = real_vocabulary
        with tempfile.TemporaryDirectory() as folder:
            try:
                case = make(draw, pathlib.Path(folder), shared)
                differences = list(compare(options.merepl, draw, case))
            except RuntimeError as error:
                differences = [str(error)]
        for difference in differences[:5]:
            print(f"case {number} ({make.__name__}): {difference}")
        failures += bool(differences)
    print(f"tokenizers: {options.count - failures} of {options.count} cases agree")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()

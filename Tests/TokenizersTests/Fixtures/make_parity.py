"""Makes parity.json: token ids of random multilingual texts by the reference library.

usage: make_parity.py SHARED [CASES_PER_TOKENIZER] > parity.json

SHARED holds data/tokenizers/qwen2 (vocab.json, merges.txt) and data/tokenizers/t5
(tokenizer.json, spiece.model). Needs the Python packages tokenizers and sentencepiece; their versions go into the
file.
"""
import json
import random
import sys
import unicodedata

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

shared = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 150
draw = random.Random(2606)

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

SAMPLES = """
The quick brown fox doesn't jump; it's the DOG'S turn, we'll see -- isn't it?
def f(x):\n\treturn x ** 2  # comment\r\n\r\n    print(f"{x!r}")
Der Größenmaßstäbe-Überprüfer läuft à l'heure où l'été naît, çà et là.
Привет, мир! Ёлка и съёмка. Γειά σου Κόσμε. שלום עולם מה שלומך
مرحبا بالعالم كيف حالك اليوم؟ हिन्दी में नमस्ते दुनिया। ภาษาไทยไม่มีช่องว่าง
今天天气很好，我们去公园玩吧。日本語のテキストと한국어 텍스트가 섞여 있다.
🤗 👩‍👩‍👧‍👦 🇩🇪🇫🇷 ✅ e\u0301 a\u0308\u0323 o\u0323\u0308 \u1112\u1161\u11ab \uac00\u11a8 ½ ﬁ ① Ⅳ ㌔ ｆｕｌｌ Å \u212b
3.14159 1,000,000 x86_64 2024-01-01T00:00:00Z https://a.b/c?d=e&f=%20 a@b.co v1.2.3-rc.4
\u00a0\u2003\u3000\u200b\u2028\u2029\u0085\u000b\u000c \u0000\u0001\u007f \ufeff\u00ad\u180e
<|im_start|>user\nhello<|im_end|>\n <|im_start|> <|endoftext|><|im_end|
"""
PARTS = [part for part in SAMPLES.split("\n") if part]
ASSIGNED = [
    chr(c)
    for c in list(range(0x20, 0x3000)) + list(range(0x3000, 0x1F000, 7)) + list(range(0x1F000, 0x1FB00))
    if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")
]


def text():
    kind = draw.random()
    pieces = []
    for _ in range(draw.randint(1, 12)):
        sample = draw.choice(PARTS)
        if kind < 0.4:
            pieces += draw.choice(sample.split(" "))
            pieces += draw.choice([" ", "  ", "\n", "", "   ", "\t", " \n "])
        elif kind < 0.7:
            start = draw.randrange(len(sample))
            pieces += sample[start : start + draw.randint(1, 12)]
        elif kind < 0.9:
            pieces += draw.choices(ASSIGNED, k=draw.randint(1, 4)) + draw.choices(" a1'.\n", k=2)
        else:
            base = draw.choice("aeiouAEOyYкиあか가")
            marks = "\u0300\u0301\u0302\u0303\u0308\u0323\u0328\u3099\u309a\u11a8\u0306"
            pieces += base + "".join(draw.choices(marks, k=draw.randint(0, 4)))
    return "".join(pieces)


def qwen2():
    folder = f"{shared}/data/tokenizers/qwen2"
    tokenizer = Tokenizer(models.BPE.from_file(f"{folder}/vocab.json", f"{folder}/merges.txt"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.add_special_tokens([
        AddedToken(name, normalized=False, special=True)
        for name in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    ])
    return lambda s: tokenizer.encode(s).ids


def t5():
    tokenizer = Tokenizer.from_file(f"{shared}/data/tokenizers/t5/tokenizer.json")
    return lambda s: tokenizer.encode(s).ids


def spiece():
    model = sentencepiece.SentencePieceProcessor(
        model_file=f"{shared}/data/tokenizers/t5/spiece.model")
    return lambda s: model.encode(s)


texts = [text() for _ in range(count)]
result = {
    "generator": "make_parity.py, seed 2606",
    "versions": f"tokenizers {tokenizers.__version__}, "
    f"sentencepiece {sentencepiece.__version__}, unicode {unicodedata.unidata_version}",
    "texts": texts,
}
for name, encode in (("qwen2", qwen2()), ("t5", t5()), ("spiece", spiece())):
    result[name] = [encode(s) for s in texts]
json.dump(result, sys.stdout, ensure_ascii=True, separators=(",", ":"))
print()

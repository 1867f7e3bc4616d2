"""Random multilingual texts for comparing tokenizers."""

import unicodedata

SAMPLES = """
The quick brown fox doesn't jump; it's the DOG'S turn, we'll see -- isn't it? THEY'RE 'Re 'LL
def f(x):\n\treturn x ** 2  # comment\r\n\r\n    print(f"{x!r}")
Der Größenmaßstäbe-Überprüfer läuft à l'heure où l'été naît, çà et là.
Привет, мир! Ёлка и съёмка. Γειά σου Κόσμε. שלום עולם מה שלומך
مرحبا بالعالم كيف حالك اليوم؟ हिन्दी में नमस्ते दुनिया। ภาษาไทยไม่มีช่องว่าง
今天天气很好，我们去公园玩吧。日本語のテキストと한국어 텍스트가 섞여 있다.
🤗 👩‍👩‍👧‍👦 🇩🇪🇫🇷 ✅ e\u0301 a\u0308\u0323 o\u0323\u0308 \u1112\u1161\u11ab \uac00\u11a8 ½ ﬁ ① Ⅳ ㌔ ｆｕｌｌ Å \u212b
3.14159 1,000,000 x86_64 2024-01-01T00:00:00Z https://a.b/c?d=e&f=%20 a@b.co v1.2.3-rc.4
\u00a0\u2003\u3000\u200b\u2028\u2029\u0085\u000b\u000c \u0000\u0001\u007f \ufeff\u00ad\u180e
<|im_start|>user hello<|im_end|> <|im_start|> <|endoftext|><|im_end| </s><pad> <extra_id_0>
"""
PARTS = [part for part in SAMPLES.split("\n") if part]
SPACES = [" ", "  ", "\n", "", "   ", "\t", " \n ", "\r\n", "\u00a0", "\u3000", "\n\n"]
MARKS = "\u0300\u0301\u0302\u0303\u0308\u0323\u0328\u3099\u309a\u11a8\u0306\u0345\u0f71\u0f72\u093c"
ASSIGNED = [
    chr(code) for code in [*range(0x3000), *range(0x3000, 0x2F800, 5), *range(0x2F800, 0x2FA20)]
    if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
EMOJI = [chr(code) for code in range(0x1F300, 0x1F700)] + ["\u200d", "\ufe0f", "\U0001f3fd"]


def text(draw, names=()):
    """A text of one of several kinds; `names` are tokens to write into some."""
    kind = draw.randrange(8)
    pieces = []
    for _ in range(draw.randint(1, 12)):
        sample = draw.choice(PARTS)
        if kind < 2:
            pieces += [draw.choice(sample.split(" ")), draw.choice(SPACES)]
        elif kind == 2:
            start = draw.randrange(len(sample))
            pieces += sample[start:start + draw.randint(1, 12)]
        elif kind == 3:
            pieces += draw.choices(ASSIGNED, k=draw.randint(1, 4)) + draw.choices(" a1'.\n", k=2)
        elif kind == 4:
            base = draw.choice("aeiouAEOyYкиあか가\u1112\u1161\u0915")
            pieces += base + "".join(draw.choices(MARKS, k=draw.randint(0, 4)))
        elif kind == 5:
            pieces += draw.choices(EMOJI, k=draw.randint(1, 5)) + [draw.choice(["", " ", "x"])]
        elif kind == 6 and names:
            pieces += [draw.choice(names), draw.choice(SPACES + ["a", "_", "1", "\u0301"])]
        else:
            pieces.append(draw.choice("a 1\n.é今\u0301'") * draw.randint(1, 9))
    return "".join(pieces)


DELETED = "\u0001\u0002\u000b\u001f\u007f\u0008"


def hard(draw):
    """A text of few characters at which normalisations and ties go wrong easily."""
    kind = draw.randrange(5)
    word = draw.choice(["x", "VIII", "the", "th", "a b", "今天", "é", ""])
    if kind == 0:
        starters = [chr(draw.choice([0x10000, 0x20000, 0x30000, 0xE0000, 0xF0000]) + draw.choice(
            [draw.randrange(0x3000), draw.randrange(0xD000), ord(draw.choice("aeiouAOU\u0915"))]))
            for _ in range(draw.randint(1, 4))]
        return "".join(s + "".join(draw.choices(MARKS, k=draw.randint(0, 3))) for s in starters)
    if kind == 1:
        marks = "".join(draw.choices(MARKS + "\u0334\u0344\u0f73\u1161", k=draw.randint(2, 4)))
        return draw.choice("aeoq \u1100") + marks * draw.randint(1, 300)
    if kind == 2:
        deleted = draw.choices(DELETED + "\u200b\u00ad ", k=draw.randint(1, 3))
        return draw.choice(["", "", "</s>", " "]) + "".join(deleted) + word + draw.choice(DELETED)
    if kind == 3:
        unit = draw.choice(list("-_=.~*#gha0! ") + ["ha", "la", "no ", "-_", "\u2581", "ab"])
        return draw.choice(["", "x", " "]) + unit * draw.randint(4, 70)
    return draw.choice(["", "a", "</s>"]) + "".join(
        draw.choices(["\t", "\u00a0", "  ", "\n", " "], k=draw.randint(1, 6))) + word


def lone_surrogates(draw):
    """A text with halves of surrogate pairs, which only JSON's escapes can write."""
    pieces = [draw.choice(["a", " ", "\ud83d", "\ude00", "\ud83e\udd17", "é", "\udfff"])
              for _ in range(draw.randint(1, 8))]
    return "".join(pieces)

"""Ways to break a file: bits, cuts, repeats, absurd numbers, nesting, long strings.

Every function takes the random source of its case first, so that a case follows from its seed.
"""

import json
import re

ABSURD = [
    "0", "-1", "1", "2", "3", "7", "255", "256", "65535", "1000000", "1000000000", "2147483647",
    "2147483648", "4294967296", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "18446744073709551615", "1e308", "-1e308", "1e999", "1e-320", "0.5",
    "-0.0", "3.0", "NaN", "null", "true", "\"x\"", "[]", "{}", "[1, 2, 3]", "99999999999999999999"]

NUMBER = re.compile(rb"(?<![\w.\"])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
TEXTS = ["", "\0", "\x1b]0;x\x07", "../../outside", "/etc/passwd", "{", "}", "\"", "\\", "'", "`",
         "a" * 5000, "\u202e", "\ufffe", "\U0001f600" * 50, "e\u0301" * 300, "--", "-", "$(id)", "%s%n"]


def flip(draw, data):
    """Some bits, few or many."""
    if not data:
        return data
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 8, 64])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut(draw, data):
    """A beginning, or a text without its middle."""
    if len(data) < 2:
        return b""
    start, end = sorted(draw.randrange(len(data)) for _ in range(2))
    return data[:start] if draw.random() < 0.5 else data[:start] + data[end:]


def repeat(draw, data):
    """A part again and again."""
    if not data:
        return data
    start = draw.randrange(len(data))
    end = min(len(data), start + draw.choice([1, 4, 40, 400]))
    times = draw.choice([2, 10, 1000, 20000])
    return data[:end] + (data[start:end] * times)[:2_000_000] + data[end:]


def insert(draw, data):
    """Bytes that are no text, or a text that means something elsewhere."""
    place = draw.randrange(len(data) + 1)
    new = draw.choice([
        draw.randbytes(draw.choice([1, 8, 300])), b"\xff" * 40, b"\0" * 100,
        draw.choice(TEXTS).encode("utf-8", "surrogatepass"), b"[" * 3000, b"{" * 3000, b"(" * 3000])
    return data[:place] + new + data[place:]


def numbers(draw, data):
    """Absurd numbers in place of some that are there."""
    places = list(NUMBER.finditer(data))
    if not places:
        return insert(draw, data)
    for match in sorted(draw.sample(places, min(len(places), draw.choice([1, 1, 2, 3]))),
                        key=lambda found: -found.start()):
        data = data[:match.start()] + draw.choice(ABSURD).encode() + data[match.end():]
    return data


def text(draw, data):
    """What may befall any file."""
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        data = draw.choice([flip, cut, repeat, insert, numbers, numbers])(draw, data)
    return data


def binary(draw, data):
    for _ in range(draw.choice([1, 1, 2])):
        data = draw.choice([flip, flip, cut, repeat, insert])(draw, data)
    return data


def parse(word):
    """A JSON value from the list of absurd ones; what JSON does not have stays a marker."""
    try:
        return json.loads(word, parse_constant=lambda name: Raw(name),
                          parse_float=lambda number: Raw(number), parse_int=lambda number: Raw(number))
    except ValueError:
        return Raw(word)


class Raw:
    """A word that goes into the JSON text as it is."""

    def __init__(self, word):
        self.word = word


def leaves(value, path=()):
    """The places of all values that hold no others, and of containers."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], path + (key,))
    elif isinstance(value, list):
        for index in range(min(len(value), 50)):
            yield from leaves(value[index], path + (index,))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def write(value):
    """JSON text in which raw words stand as they are."""
    words = []

    def default(raw):
        words.append(raw.word)
        return f"\1{len(words) - 1}\1"

    found = json.dumps(value, default=default)
    return re.sub(r'"\\u0001(\d+)\\u0001"', lambda match: words[int(match[1])], found)


def document(draw, value, keys=()):
    """A JSON document with one to three values changed, or broken as a text.

    `keys` are names that may be added."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        path = draw.choice(list(leaves(value)))
        kind = draw.random()
        if kind < 0.7:
            new = parse(draw.choice(ABSURD))
        elif kind < 0.8:
            new = draw.choice(TEXTS)
        elif kind < 0.87:
            new = [parse(draw.choice(ABSURD))] * draw.choice([0, 1, 3, 2000])
        elif kind < 0.93 and keys:
            path, new = (), {**(value if isinstance(value, dict) else {}),
                             draw.choice(keys): parse(draw.choice(ABSURD))}
        else:
            new = {"a": {}}
            for _ in range(draw.choice([2, 40, 400])):
                new = {"a": new}
        try:
            value = replaced(value, path, new)
        except (TypeError, KeyError, IndexError):
            pass
    data = write(value).encode("utf-8", "surrogatepass")
    return text(draw, data) if draw.random() < 0.15 else data

"""Writes Tests/TokenizersTests/Fixtures/small.json: small random tokenizers in every layout, and
what the tokenizers and sentencepiece libraries make of random texts.
Run: python Tests/Reference/small_tokenizers.py   (needs tokenizers 0.23 and sentencepiece 0.2)
"""

import base64
import json
import pathlib
import random
import tempfile

import fuzz_tokenizers
import random_texts

FIXTURE = pathlib.Path(__file__).parent.parent / "TokenizersTests" / "Fixtures" / "small.json"


def case(make, number):
    draw = random.Random(f"small {make.__name__} {number}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made = make(draw, folder, pathlib.Path("nowhere"))
        texts = [random_texts.text(draw, fuzz_tokenizers.NAMES) for _ in range(30)] + ["", " "]
        pairs = [(text, made.encode(text)) for text in texts]
        pairs = [(text, ids) for text, ids in pairs if ids is not None]
        files = {path.name: base64.b64encode(path.read_bytes()).decode()
                 for path in sorted(folder.iterdir())}
    result = {"name": made.name, "files": files, "texts": [text for text, _ in pairs],
              "ids": [ids for _, ids in pairs]}
    if made.decode:
        result["decoded"] = [made.decode(ids, False) for _, ids in pairs]
        result["without_special"] = [made.decode(ids, True) for _, ids in pairs]
    return result


def main():
    makers = [fuzz_tokenizers.bpe_in_one_file] * 3 + [fuzz_tokenizers.bpe_in_two_files] * 2 + [
        fuzz_tokenizers.unigram_in_one_file] * 3 + [fuzz_tokenizers.unigram_of_sentencepiece] * 2
    cases = [case(make, number) for number, make in enumerate(makers)]
    FIXTURE.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

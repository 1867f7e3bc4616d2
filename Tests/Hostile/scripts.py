"""Scripts: grown from the grammar with names that exist, or good ones with tokens moved about."""

import re

COMMANDS = {
    "len": ["list"], "range": ["int"], "map": ["list", "fn"], "filter": ["list", "fn"],
    "fold": ["list", "fn2", "from"], "zip": ["list", "list"], "sort": ["list"], "reverse": ["list"],
    "unique": ["list"], "slice": ["list", "slice"], "keys": ["record"], "values": ["record"],
    "merge": ["record", "record"], "sum": ["list"], "mean": ["list"], "deviation": ["list"],
    "median": ["list"], "min": ["list"], "max": ["list"], "abs": ["any"], "sqrt": ["any"],
    "round": ["any"], "floor": ["any"], "ceil": ["any"], "string": ["any"], "format": ["any"],
    "join": ["list"], "split": ["text"], "tensor": ["list"], "rank": ["tensor"], "print": ["any"],
    "column": ["list", "name"], "better": ["list", "list"]}
INTEGERS = ["0", "1", "2", "3", "-1", "7", "100", "1000", "100000", "1000000", "4611686018427387904",
            "9223372036854775807", "-9223372036854775807"]
FLOATS = ["0.5", "1.0", "-2.5", "1e308", "-1e308", "1e-308", "0.0", "3.14159"]
WORDS = ["a", "b", "left", "row", "x y", "\\n", "\\u{1b}[2J", "\\u{202e}", "é", "{1 + 1}", "{s}{s}",
         "'", "'' x", "]]>", "\\u{fffe}", "\\u{301}", "中", "\\\\", "`ls`", '\\"q', "50 %"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"]


class Grower:
    def __init__(self, draw):
        self.draw = draw
        self.names = ["s", "xs", "n"]

    def script(self):
        lines = ["me 1", 'let s = "ab cd"', "let xs = [3, 1, 2]", "let n = 5"]
        for _ in range(self.draw.randint(1, 14)):
            lines.append(self.statement(0))
        return "\n".join(lines) + "\n"

    def statement(self, depth):
        draw = self.draw
        kind = draw.random()
        if kind < 0.4:
            name = f"v{len(self.names)}"
            text = f"let {name} = {self.value(0)}"
            self.names.append(name)
            return text
        if kind < 0.6:
            return f"print {self.value(0)}" if draw.random() < 0.5 else f"print({self.value(0)})"
        if kind < 0.75 and depth < 3:
            return f"for i in {self.sequence()} {{\n{self.statement(depth + 1)}\n}}"
        if kind < 0.85 and depth < 3:
            return f"if {self.value(1)} {{ {self.statement(depth + 1)} }}"
        if kind < 0.9 and depth == 0:
            rows = "\n".join(f'row "r{i}{draw.choice(WORDS)}": {self.value(2)}'
                             for i in range(draw.randint(0, 4)))
            return f'table "T{draw.randrange(99)}" {{\n{rows}\n}}'
        if kind < 0.93 and depth == 0:
            return self.figure()
        if kind < 0.96 and depth == 0:
            return f'claim "c{draw.randrange(99)}" {self.value(1)}'
        return f"let _u{draw.randrange(10**6)} = {self.value(0)}"

    def figure(self):
        draw = self.draw
        name, word, number = f"F{draw.randrange(999)}", draw.choice(WORDS), self.number
        if draw.random() < 0.5:
            return (f'figure "{name}" bars({{g: {{a: {number()}, b: [{number()}, {number()}]}}}}, '
                    f'y_label: "{word}", from: {draw.choice(FLOATS)})')
        return (f'figure "{name}" line([{number()}, {number()}], curves: {{c: [{number()}, {number()}]}}, '
                f'x_label: "{word}", y_label: "{draw.choice(WORDS)}")')

    def number(self):
        return self.draw.choice(INTEGERS + FLOATS)

    def sequence(self):
        draw = self.draw
        if draw.random() < 0.6:
            return f"{draw.choice(INTEGERS)}..{draw.choice(INTEGERS)}"
        return self.value(1)

    def value(self, depth):
        draw = self.draw
        if depth > 4 or draw.random() < 0.25:
            return draw.choice([draw.choice(INTEGERS), draw.choice(FLOATS),
                                f'"{draw.choice(WORDS)}"', draw.choice(self.names), "true", "none"])
        kind = draw.random()
        if kind < 0.2:
            return f"({self.value(depth + 1)} {draw.choice(OPERATORS)} {self.value(depth + 1)})"
        if kind < 0.3:
            return "[" + ", ".join(self.value(depth + 1) for _ in range(draw.randint(0, 4))) + "]"
        if kind < 0.36:
            return "{" + ", ".join(f"k{i}: {self.value(depth + 1)}"
                                   for i in range(draw.randint(1, 3))) + "}"
        if kind < 0.44:
            return f"({draw.choice(INTEGERS)}..{draw.choice(INTEGERS)})"
        if kind < 0.5:
            return f"{draw.choice(self.names)}[{self.value(depth + 2)}]"
        if kind < 0.56:
            return '"' + "".join(f"{{{draw.choice(self.names)}}}" * draw.choice([1, 3, 300])
                                 for _ in range(draw.randint(1, 3))) + '"'
        name = draw.choice(list(COMMANDS))
        return f"{name}({', '.join(self.argument(kind, depth) for kind in COMMANDS[name])})"

    def argument(self, kind, depth):
        draw = self.draw
        if draw.random() < 0.08:
            kind = "any"
        if kind == "int":
            return draw.choice(INTEGERS)
        if kind == "list":
            return draw.choice([
                "xs", f"({draw.choice(INTEGERS)}..{draw.choice(INTEGERS)})",
                f"range({draw.choice(INTEGERS)}, from: {draw.choice(INTEGERS)}, "
                f"step: {draw.choice(INTEGERS)})",
                f"split({self.argument('text', depth + 1)})", "[[1, 2], [3, 4]]",
                f"map(1..{draw.choice(['3', '40', '3000'])}, fn(x) {{ {self.value(depth + 2)} }})"])
        if kind == "fn":
            return draw.choice([f"fn(x) {{ {self.value(depth + 2)} }}", "len", "string", "print",
                                "fn(x) { x }", "fn(x) { [x, x] }"])
        if kind == "fn2":
            return draw.choice(["fn(a, b) { [a, b] }", "fn(a, b) { a + b }", 'fn(a, b) { "{a}{a}" }',
                                "merge", "fn(a, b) { tensor([1, 2]) * 2 }"])
        if kind == "from":
            return f"from: {self.value(depth + 2)}"
        if kind == "slice":
            return f"from: {draw.choice(INTEGERS)}, to: {draw.choice(INTEGERS)}"
        if kind == "record":
            return draw.choice(["{a: 1, b: [2]}", "{a: {b: {c: xs}}}", '{"long key": s}'])
        if kind == "text":
            return draw.choice(['"a,b,,c"', "s", 'join(1..3000)', 'string(range(20000))',
                                'join(map(1..2000, fn(x) { s }), separator: "")'])
        if kind == "tensor":
            return draw.choice(["tensor([[1, 2], [3, 4]], axes: [\"a\", \"b\"])", "tensor(1..1000)",
                                "tensor(map(1..300, fn(x) { 1..300 }))", "tensor([[], []])"])
        if kind == "name":
            return 'name: "a"'
        return self.value(depth + 1)


TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|[^\w\s]|\n|[ \t]+')


def shuffled(draw, text):
    """A script with some tokens dropped, doubled, swapped or replaced."""
    tokens = TOKEN.findall(text)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        if len(tokens) < 3:
            break
        place = draw.randrange(len(tokens))
        kind = draw.random()
        if kind < 0.25:
            del tokens[place]
        elif kind < 0.45:
            tokens.insert(place, draw.choice(tokens))
        elif kind < 0.6:
            other = draw.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif kind < 0.8:
            tokens[place] = draw.choice(INTEGERS + FLOATS + OPERATORS + ["(", ")", "[", "]", "{", "}",
                                                                        "..", "|>", ",", ":", "="])
        else:
            tokens[place] = tokens[place] * draw.choice([2, 50, 3000])
    return "".join(tokens)

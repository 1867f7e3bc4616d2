"""A picture of a session at the prompt, as SVG.

    python3 Scripts/screenshot.py PROGRAM OUT.svg --columns 100 --rows 30 < inputs

Types the lines of standard input at the prompt, in a terminal that tmux provides, and draws what
the terminal shows then. Needs tmux and nothing but Python's standard library. An input that begins
with `!` is a key of tmux, for instance `!Tab`; `!wait TEXT` waits until the screen shows the text.
"""

import argparse
import html
import os
import re
import subprocess
import sys
import tempfile
import time

WIDTH, HEIGHT, SIZE = 8, 18, 13.3
GROUND, INK = "#16181d", "#dcdfe4"
BASIC = ["#1d1f21", "#d8544f", "#6fae5a", "#d9a441", "#5b93d6", "#b57bc4", "#4fb3b3", "#dcdfe4",
         "#7c828d", "#f0716c", "#8fd07a", "#f2c063", "#7fb2ee", "#d29ae0", "#70cfcf", "#ffffff"]


def palette(index):
    if index < 16:
        return BASIC[index]
    if index >= 232:
        level = 8 + 10 * (index - 232)
        return f"#{level:02x}{level:02x}{level:02x}"
    levels = [0, 95, 135, 175, 215, 255]
    index -= 16
    return "#%02x%02x%02x" % (levels[index // 36], levels[index // 6 % 6], levels[index % 6])


class Pen:
    """Colours and weight of what comes next."""

    def __init__(self):
        self.front, self.back, self.bold, self.faint, self.reverse = None, None, False, False, False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.faint = True
            elif code == 7:
                self.reverse = True
            elif code in (22, 27, 39, 49):
                if code == 22:
                    self.bold = self.faint = False
                elif code == 27:
                    self.reverse = False
                elif code == 39:
                    self.front = None
                else:
                    self.back = None
            elif code in (38, 48):
                if codes[0] == 5:
                    color = palette(codes[1])
                    codes = codes[2:]
                else:
                    color = "#%02x%02x%02x" % tuple(codes[1:4])
                    codes = codes[4:]
                if code == 38:
                    self.front = color
                else:
                    self.back = color
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.front = BASIC[code - 30 if code < 90 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.back = BASIC[code - 40 if code < 100 else code - 92]


def cells(line, pen):
    """Every character of a line with its colours."""
    result = []
    for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
        if part.startswith("\x1b["):
            pen.apply(part[2:-1].replace(":", ";"))
            continue
        for character in part:
            front, back = pen.front or INK, pen.back
            if pen.reverse:
                front, back = back or GROUND, front
            result.append((character, front, back, pen.bold, pen.faint))
    return result


BLOCKS = {"▀": [(0, 0, 1, .5)], "▄": [(0, .5, 1, .5)], "█": [(0, 0, 1, 1)]}
for eighth, character in enumerate("▏▎▍▌▋▊▉"):
    BLOCKS[character] = [(0, 0, (eighth + 1) / 8, 1)]
SHADES = {"░": .25, "▒": .5, "▓": .75}


def rectangle(x, y, width, height, color, opacity=1.0):
    extra = "" if opacity == 1 else f' fill-opacity="{opacity:g}"'
    return f'<path fill="{color}"{extra} d="M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"/>'


def drawn(lines, title):
    columns = max([len(re.sub(r"\x1b\[[0-9;:]*m", "", line)) for line in lines] + [40])
    width, top = columns * WIDTH + 24, 34
    height = top + len(lines) * HEIGHT + 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}" font-family="DejaVu Sans Mono, Menlo, Consolas, '
           f'monospace" font-size="{SIZE}">', f"<title>{html.escape(title)}</title>",
           f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>']
    for place, color in enumerate(("#e5655e", "#e0b050", "#6fae5a")):
        out.append(f'<circle cx="{20 + 18 * place}" cy="17" r="5.5" fill="{color}"/>')
    out.append(f'<text x="{width / 2:.0f}" y="22" fill="#8a9099" text-anchor="middle">'
               f"{html.escape(title)}</text>")
    pen = Pen()
    for row, line in enumerate(lines):
        y, run = top + row * HEIGHT, None
        shapes, texts = [], []
        found = cells(line, pen)
        for column, (character, front, back, bold, faint) in enumerate(found):
            x = 12 + column * WIDTH
            if back:
                shapes.append(rectangle(x, y, WIDTH, HEIGHT, back))
            if character in BLOCKS:
                for left, upper, wide, high in BLOCKS[character]:
                    shapes.append(rectangle(
                        x + left * WIDTH, y + upper * HEIGHT, wide * WIDTH, high * HEIGHT, front))
            elif character in SHADES:
                shapes.append(rectangle(x, y, WIDTH, HEIGHT, front, SHADES[character]))
            elif character != " ":
                style = (front, bold, faint)
                if run and run[0] == style and run[2] + len(run[3]) == column:
                    run[3] += character
                else:
                    run = [style, x, column, character]
                    texts.append(run)
        # Without antialiasing, or seams show between neighbours.
        out += ['<g shape-rendering="crispEdges">'] + shapes + ["</g>"] if shapes else []
        for (front, bold, faint), x, _, text in texts:
            weight = ' font-weight="bold"' if bold else ""
            opacity = ' fill-opacity="0.6"' if faint else ""
            out.append(f'<text x="{x:g}" y="{y + 13.5:g}" fill="{front}"{weight}{opacity} '
                       f'textLength="{len(text) * WIDTH:g}" lengthAdjust="spacingAndGlyphs" '
                       f'xml:space="preserve">{html.escape(text)}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


class Tmux:
    def __init__(self, program, columns, rows):
        self.folder = tempfile.TemporaryDirectory()
        self.base = ["tmux", "-L", f"screenshot-{os.getpid()}", "-f", "/dev/null"]
        environment = ["env", f"XDG_STATE_HOME={self.folder.name}", "COLORTERM=truecolor",
                       "LC_ALL=C.UTF-8", "INPUTRC=/dev/null"]
        self.call("new-session", "-d", "-x", str(columns), "-y", str(rows), *environment,
                  *program.split())

    def call(self, *words):
        environment = dict(os.environ, LC_ALL="C.UTF-8")
        return subprocess.run(self.base + list(words), check=True, capture_output=True,
                              text=True, env=environment).stdout

    def screen(self):
        lines = self.call("capture-pane", "-e", "-p").split("\n")
        while lines and not re.sub(r"\x1b\[[0-9;:]*m", "", lines[-1]).strip():
            lines.pop()
        return lines

    def wait(self, done, limit=120):
        end = time.time() + limit
        while time.time() < end:
            plain = [re.sub(r"\x1b\[[0-9;:]*m", "", line) for line in self.screen()]
            if done(plain):
                return
            time.sleep(0.1)
        raise SystemExit("the screen shows\n" + "\n".join(plain))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("out")
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--title", default="merepl")
    parser.add_argument("--skip", type=int, default=0, help="lines to leave out at the top")
    options = parser.parse_args()
    tmux = Tmux(options.program, options.columns, options.rows)
    try:
        tmux.wait(lambda lines: lines and lines[-1].startswith("me>"))
        for line in sys.stdin.read().splitlines():
            if line.startswith("!wait "):
                tmux.wait(lambda lines: any(line[6:] in shown for shown in lines))
            elif line.startswith("!"):
                tmux.call("send-keys", line[1:])
                time.sleep(0.5)
            else:
                # Without Enter where the line ends in a backslash.
                stays = line.endswith("\\")
                tmux.call("send-keys", "-l", re.sub(";$", r"\\;", line.rstrip("\\")))
                time.sleep(0.2)
                if not stays:
                    tmux.call("send-keys", "Enter")
                    time.sleep(0.3)
                    tmux.wait(lambda lines: lines and lines[-1].rstrip() == "me>")
        lines = tmux.screen()[options.skip:]
    finally:
        tmux.call("kill-server")
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(drawn(lines, options.title))


if __name__ == "__main__":
    main()

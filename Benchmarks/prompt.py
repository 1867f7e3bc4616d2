"""How long the prompt takes to appear, and Tab to answer, in a real terminal.

    python3 Benchmarks/prompt.py PROGRAM [--repeats N]

Needs nothing but Python's standard library. Prints a table for docs/performance.md: medians and
the fastest of the repeats, in milliseconds. The first start, which reads the files into memory, is
not counted.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time


class Session:
    """The program at the other end of a pseudo-terminal of 100 columns."""

    def __init__(self, program, state):
        self.master, device = pty.openpty()
        fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        environment = dict(os.environ, XDG_STATE_HOME=state, TERM="xterm-256color")
        for name in ("OPENBLAS_CORETYPE", "NO_COLOR", "INPUTRC"):
            environment.pop(name, None)
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [program], stdin=device, stdout=device, stderr=device, env=environment,
            start_new_session=True)
        os.close(device)
        self.screen = b""

    def wait_for(self, text, limit=60.0):
        """Seconds until the terminal shows `text`."""
        start = time.perf_counter()
        while text not in self.screen:
            if time.perf_counter() - start > limit:
                raise TimeoutError(f"{text!r} did not come; the screen has {self.screen!r}")
            if select.select([self.master], [], [], 0.5)[0]:
                self.screen += os.read(self.master, 65536)
        self.screen = self.screen.split(text, 1)[1]
        return time.perf_counter() - start

    def type(self, text):
        os.write(self.master, text.encode())

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def starts(program, state, repeats):
    times = []
    for _ in range(repeats + 1):
        session = Session(program, state)
        session.wait_for(b"me> ")
        times.append(time.perf_counter() - session.begun)
        session.close()
    return times[1:]


# What is typed before Tab, what Tab must answer, and how to take it back.
COMPLETIONS = [
    ("a command", "localisat\t", b"localisation"),
    ("an argument", "extract(vdm, guid\t", b"guidance: "),
    ("an allowed value", "extract(vdm, text: \"capt\t", b"caption"),
    ("a path", "include \"experiments/tab\t", b"table5."),
    ("a field", "clips.na\t", b"clips.name"),
    ("a word of the clip's sentence", "show priors token: \"the \t\t", b"circle"),
]


def completions(program, state, repeats):
    session = Session(program, state)
    session.wait_for(b"me> ")
    for line in (
        "let vdm = model(\"cogvideox-1.5-5b\");",
        "let clips = dataset(\"sft-25k\", count: 4);",
        "let priors = extract(vdm, data: clips, steps: 2);",
    ):
        session.type(line + "\r")
        session.wait_for(b"me> ")
    result = []
    for name, typed, answer in COMPLETIONS:
        times = []
        for _ in range(repeats + 1):
            keys, tab = typed.rstrip("\t"), typed[len(typed.rstrip("\t")):]
            session.type(keys)
            session.wait_for(keys[-1:].encode())
            time.sleep(0.05)
            session.screen = b""
            session.type(tab)
            times.append(session.wait_for(answer[-3:]))
            session.type("\x15")  # Ctrl-U clears the line.
            time.sleep(0.05)
            session.screen = b""
        result.append((name, times[1:]))
    session.close()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as state:
        rows = [("first prompt", starts(program, state, options.repeats))]
        rows += [(f"Tab: {name}", times)
                 for name, times in completions(program, state, options.repeats)]
    print("| what | median, ms | fastest, ms |\n| --- | --- | --- |")
    for name, times in rows:
        print(f"| {name} | {1e3 * statistics.median(times):.1f} | {1e3 * min(times):.1f} |")


if __name__ == "__main__":
    main()

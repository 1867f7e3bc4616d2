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
            start_new_session=True,
            # The terminal is the one that controls the program, as for a user.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(device)
        self.screen = b""

    def wait_for(self, text, limit=60.0):
        """Reads until the terminal shows `text`."""
        start = time.perf_counter()
        while text not in self.screen:
            if time.perf_counter() - start > limit:
                raise TimeoutError(f"{text!r} did not come; the screen has {self.screen!r}")
            if select.select([self.master], [], [], 0.5)[0]:
                self.screen += os.read(self.master, 65536)
        self.screen = self.screen.split(text, 1)[1]

    def settle(self):
        """Reads on until nothing has come for 50 ms, and forgets it."""
        while select.select([self.master], [], [], 0.05)[0]:
            os.read(self.master, 65536)
        self.screen = b""

    def type(self, text):
        os.write(self.master, text.encode())

    def processor_time(self):
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def starts(program, state, repeats):
    """Time to the first prompt, and the processor time that the program spent up to there."""
    times, work = [], []
    for _ in range(repeats + 1):
        session = Session(program, state)
        session.wait_for(b"me> ")
        times.append(time.perf_counter() - session.begun)
        work.append(session.processor_time())
        session.close()
    return times[1:], work[1:]


# What is typed, and what appears behind it.
COMPLETIONS = [
    ("a command", "localisat\t", b"ion"),
    ("an argument", "extract(vdm, guid\t", b"ance: "),
    ("an allowed value", "extract(vdm, text: \"capt\t", b"ion\""),
    ("a path", "include \"experiments/tab\t", b"le5."),
    ("a field", "clips.na\t", b"me"),
    ("a word of the clip's sentence", "show priors token: \"squ\t", b"are\""),
    ("the list of heads", "show priors head: \t\t", b"7"),
    ("the list of all names", "\t\t", b"zip"),
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
            session.settle()
            start = time.perf_counter()
            session.type(tab)
            session.wait_for(answer)
            times.append(time.perf_counter() - start)
            session.type("\x15")  # Ctrl-U clears the line.
            session.settle()
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
        times, work = starts(program, state, options.repeats)
        rows = [("first prompt", times), ("first prompt, processor time", work)]
        rows += [(f"Tab: {name}", times)
                 for name, times in completions(program, state, options.repeats)]
    print("| what | median, ms | fastest, ms |\n| --- | --- | --- |")
    for name, times in rows:
        print(f"| {name} | {1e3 * statistics.median(times):.1f} | {1e3 * min(times):.1f} |")


if __name__ == "__main__":
    main()

"""Feeds random hostile inputs to merepl and checks that it ends as it promises.

No signal ends it, no run goes on above its limit of time, the exit status is one of the documented
ones, and no file outside of the case's own folder is made or changed.

    hostile.py --merepl .build/release/merepl --seed 1 --count 2000
    hostile.py --merepl ... --seed 1 --replay 137      one case again, with what it wrote

A case follows from the seed and its number alone. Needs nothing but Python's library.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import cases

STATUSES = {0, 1, 2, 3, 4, 5, 10, 64, 130, 143}
MEMORY = 8 << 30


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def digest(folder, leaving_out):
    """Names and contents of everything below a folder but one part of it."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path == leaving_out or leaving_out in path.parents:
            continue
        found.update(os.fsencode(path))
        if path.is_symlink():
            found.update(os.fsencode(os.readlink(path)))
        elif path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def kind_of(draw, wanted):
    kinds = {name: entry for name, entry in cases.KINDS.items() if not wanted or name in wanted}
    return draw.choices(list(kinds), [weight for _, weight in kinds.values()])[0]


def run(merepl, arguments, given, folder, seconds):
    """Ends with `(status or None for a hang, output, errors)`."""
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"), "MEREPL_MEMORY": "2G", "MEREPL_THREADS": "1",
        "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [merepl, *arguments], cwd=folder, env=environment, preexec_fn=limit, start_new_session=True,
        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(given, timeout=seconds)
        return process.returncode, output, errors
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        return None, output, errors


def fault(status, seconds):
    if status is None:
        return f"hangs: more than {seconds} s"
    if status < 0:
        return f"dies by {signal.Signals(-status).name}"
    if status not in STATUSES:
        return f"exit status {status} is not documented"
    return None


def try_case(options, number):
    """Runs one case; gives what is wrong with it, or nothing."""
    draw = random.Random(f"{options.seed}/{number}")
    kind = kind_of(draw, options.kinds)
    top = pathlib.Path(tempfile.mkdtemp(prefix="merepl-hostile-", dir=options.scratch))
    folder = top / "case"
    started = time.monotonic()
    try:
        for name in ["case/home", "case/tmp", "beside"]:
            (top / name).mkdir(parents=True)
        (top / "beside/keep.txt").write_text("not to be changed\n")
        before = digest(top, folder)
        found = []
        for step in cases.KINDS[kind][0](draw, folder):
            if callable(step):
                step()
                continue
            arguments, given = step
            status, output, errors = run(options.merepl, arguments, given, folder, options.seconds)
            wrong = fault(status, options.seconds)
            if wrong is None and digest(top, folder) != before:
                wrong = "a file outside of the case's folder was made or changed"
            if options.replay is not None:
                print(f"$ merepl {' '.join(arguments)}\n-> {status}")
                sys.stdout.write(output[-3000:].decode("utf-8", "backslashreplace"))
                sys.stdout.write(errors[-3000:].decode("utf-8", "backslashreplace"))
            if wrong:
                found.append({
                    "seed": options.seed, "case": number, "kind": kind, "fault": wrong,
                    "arguments": arguments,
                    "errors": errors[-2000:].decode("utf-8", "backslashreplace")})
                break
        if found:
            keep(options, number, folder, found[0])
        return kind, time.monotonic() - started, found[0] if found else None
    finally:
        shutil.rmtree(top, ignore_errors=True)


def keep(options, number, folder, found):
    """Leaves the files of a failed case where they can be looked at."""
    target = pathlib.Path(options.keep) / f"{options.seed}-{number}"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("checkpoints"),
                    ignore_dangling_symlinks=True, copy_function=shutil.copy)
    (target / "failure.json").write_text(json.dumps(found, indent=1))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--merepl", required=True, help="the program")
    parser.add_argument("--seed", type=int, default=None, help="default: from the clock, printed")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=90, help="limit for one run of the program")
    parser.add_argument("--keep", default=".build/hostile", help="where failures go")
    parser.add_argument("--kinds", nargs="*", choices=list(cases.KINDS), help="only these")
    parser.add_argument("--replay", type=int, help="the number of one case to run again")
    options = parser.parse_args()
    options.merepl = os.path.abspath(options.merepl)
    if options.seed is None:
        options.seed = int(time.time())
    return options


def main():
    options = parse()
    numbers = [options.replay] if options.replay is not None else range(options.count)
    print(f"seed {options.seed}, {len(numbers)} cases", flush=True)
    pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="merepl-hostile-") as scratch:
        options.scratch = scratch
        failures, times, started = [], {}, time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            waiting = {pool.submit(try_case, options, number): number for number in numbers}
            for done, future in enumerate(concurrent.futures.as_completed(waiting), 1):
                kind, seconds, failure = future.result()
                times.setdefault(kind, []).append(seconds)
                if failure:
                    failures.append(failure)
                    print(f"case {failure['case']} ({kind}): {failure['fault']}: "
                          f"merepl {' '.join(failure['arguments'])}", flush=True)
                if done % 200 == 0:
                    print(f"{done} of {len(numbers)}, {time.monotonic() - started:.0f} s", flush=True)
    report = pathlib.Path(options.keep) / f"failures-{options.seed}.json"
    report.write_text(json.dumps(sorted(failures, key=lambda found: found["case"]), indent=1))
    for kind, seconds in sorted(times.items()):
        print(f"{kind}: {len(seconds)} cases, {sum(seconds) / len(seconds):.2f} s each, "
              f"{max(seconds):.1f} s at most")
    print(f"{len(failures)} of {len(numbers)} cases failed; see {report}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

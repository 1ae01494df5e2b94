#!/usr/bin/env python3
"""Compiles every kernel for every architecture and holds the result to kernels/budgets.json.

    scripts/kernels-budget.py             compares, prints a table, fails where a budget is exceeded
    scripts/kernels-budget.py --update    writes what was measured as the new budget
    scripts/kernels-budget.py 80 90       only these architectures

Counted are the registers and spilled bytes of each entry point, as ptxas reports them, and the wide
multiplications (IMAD.WIDE, IMAD.HI and IMAD) of the operations in kernels/tests/budget/probes.cu, in
the machine code. Kernels are compiled in both ways in which they reach a device: by nvcc from their
source, and by ptxas from the PTX that ships.

It needs no GPU and no installed toolkit: nvcc and nvdisasm come from PyPI, at pinned versions, into
virtual environments under build/cuda (or the folder that HALO2_OFFLOAD_CUDA_TOOLS names) the first
time. What has been compiled is kept there too and is compiled again only if its sources change.
"""

import argparse
import collections
import concurrent.futures
import gzip
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNELS = ROOT / "kernels"
BUDGETS = KERNELS / "budgets.json"
PROBES = KERNELS / "tests" / "budget" / "probes.cu"
ARCHITECTURES = ["80", "86", "89", "90", "100", "120"]

COMPILER = [
    "nvidia-cuda-nvcc==13.0.88",
    "nvidia-cuda-crt==13.0.88",
    "nvidia-nvvm==13.0.88",
    "nvidia-cuda-runtime==13.0.96",
]
# Not published for 13.0; reads its machine code.
DISASSEMBLER = ["nvidia-cuda-nvdisasm==13.5.37"]


class Failure(Exception):
    """What went wrong, for the user."""


def run(command, **options):
    """The stdout and stderr of a command that must succeed."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


class Tools:
    """nvcc, ptxas and nvdisasm, and the folder of what they have made."""

    def __init__(self):
        folder = os.environ.get("HALO2_OFFLOAD_CUDA_TOOLS")
        self.folder = pathlib.Path(folder) if folder else ROOT / "build" / "cuda"
        compiler = self.install("compiler", COMPILER)
        self.nvcc = compiler / "nvcc"
        self.ptxas = compiler / "ptxas"
        self.nvdisasm = self.install("disassembler", DISASSEMBLER) / "nvdisasm"
        self.made = self.folder / "made"
        self.made.mkdir(exist_ok=True)

    def install(self, name, packages):
        """The bin folder of packages in a virtual environment of their own."""
        home = self.folder / name
        complete = home / "complete"
        wanted = "\n".join(packages)
        if not complete.exists() or complete.read_text() != wanted:
            print(f"installing {', '.join(packages)} into {home}", file=sys.stderr)
            venv.create(home, clear=True, with_pip=True)
            run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *packages])
            complete.write_text(wanted)
        bins = sorted(home.glob("lib/python*/site-packages/nvidia/cu13/bin"))
        if not bins:
            raise Failure(f"{home} has no nvidia/cu13/bin: remove it and run this again")
        return bins[0]

    def keep(self, key, make):
        """The machine code made by `make(folder)`, and what it said, made once for a key."""
        digest = hashlib.sha256("\n".join([*COMPILER, *key]).encode()).hexdigest()
        cubin = self.made / f"{digest}.cubin"
        said = self.made / f"{digest}.log"
        if not said.exists():
            # Put in place when it is complete: another run may be making the same.
            with tempfile.TemporaryDirectory(dir=self.made) as folder:
                folder = pathlib.Path(folder)
                (folder / "said").write_text(make(folder))
                (folder / "cubin").rename(cubin)
                (folder / "said").rename(said)
        return cubin, said.read_text()

    def from_source(self, source, headers, architecture):
        """The machine code that nvcc makes of a source."""

        def make(folder):
            command = [self.nvcc, "-std=c++17", "-O3", f"-arch=sm_{architecture}", "-cubin"]
            command += [f"-I{KERNELS / 'include'}", source, "-o", folder / "cubin", "-Xptxas", "-v"]
            return "".join(run(command))

        key = ["source", str(source.relative_to(ROOT)), headers, source.read_text(), architecture]
        return self.keep(key, make)

    def from_ptx(self, packed, architecture):
        """The machine code that ptxas, and so the driver, makes of a shipped module."""
        text = gzip.decompress(packed.read_bytes()).decode()

        def make(folder):
            ptx = folder / "ptx"
            ptx.write_text(text)
            return "".join(run([self.ptxas, "-O3", "-v", f"-arch=sm_{architecture}", ptx, "-o", folder / "cubin"]))

        return self.keep(["ptx", text, architecture], make)


def resources(said):
    """Registers and spilled bytes of each entry point, from what `ptxas -v` says."""
    entries = {}
    entry = None
    for line in said.splitlines():
        if match := re.search(r"Compiling entry function '(\w+)'", line):
            entry = match[1]
        elif match := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", line):
            entries[entry] = {"spill_bytes": int(match[1]) + int(match[2])}
        elif match := re.search(r"Used (\d+) registers", line):
            entries[entry]["registers"] = int(match[1])
    return entries


def multiplications(nvdisasm, cubin):
    """How many wide multiplications the machine code of each entry point has."""
    counts = {}
    entry = None
    for line in run([nvdisasm, "-c", cubin])[0].splitlines():
        if match := re.match(r"\.text\.(\w+):", line):
            entry = match[1]
            counts[entry] = 0
        elif match := re.match(r"\s+/\*[0-9a-f]+\*/\s+(?:@!?\w+\s+)?IMAD(\.[A-Z0-9.]+)? (.*);", line):
            # IMAD also moves, adds and shifts: with a suffix that says so, or with the factor 1 or 0.
            suffix = match[1] or ""
            factors = [operand.strip() for operand in match[2].split(",") if not re.match(r"\s*!?U?P", operand)][1:3]
            if not re.match(r"\.(MOV|IADD|SHL)", suffix) and not {"0x1", "RZ"} & set(factors):
                counts[entry] += 1
    return counts


def measure(tools, architectures):
    """What all kernels take: {"kernels": entry -> way -> architecture, "multiplications": ...}."""
    headers = "".join(
        f"{path.relative_to(KERNELS)}\n{path.read_text()}" for path in sorted(KERNELS.glob("*/**/*.cuh"))
    )
    kernels = collections.defaultdict(lambda: collections.defaultdict(dict))
    probes = collections.defaultdict(dict)

    def source(path, architecture):
        return "nvcc", architecture, *tools.from_source(path, headers, architecture)

    def ptx(path, architecture):
        return "ptx", architecture, *tools.from_ptx(path, architecture)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        work = []
        for architecture in architectures:
            probed = pool.submit(source, PROBES, architecture)
            # The longest first.
            sources = sorted(KERNELS.glob("*/*.cu"), key=lambda path: -path.stat().st_size)
            work += [pool.submit(source, path, architecture) for path in sources]
            work += [pool.submit(ptx, path, architecture) for path in sorted(KERNELS.glob("ptx/*.ptx.gz"))]
            for entry, count in multiplications(tools.nvdisasm, probed.result()[2]).items():
                probes[entry][architecture] = count
        for future in concurrent.futures.as_completed(work):
            way, architecture, _, said = future.result()
            for entry, used in resources(said).items():
                kernels[entry][way][architecture] = used
    return {"kernels": kernels, "multiplications": probes}


def compare(measured, budgets, architectures):
    """What exceeds its budget, one line each."""
    may_spill = budgets["may_spill"]
    wrong = []
    for probe, counts in sorted(measured["multiplications"].items()):
        kind = "squaring" if probe.endswith("squaring") else "multiplication"
        most = budgets["limits"][kind] if probe.endswith(kind) else None
        for architecture, count in counts.items():
            committed = budgets["multiplications"].get(probe, {}).get(architecture)
            if most is not None and count > most:
                wrong.append(f"{probe}, sm_{architecture}: {count} wide multiplications; {most} are the limit")
            if committed is None or count > committed:
                wrong.append(f"{probe}, sm_{architecture}: {count} wide multiplications; the budget is {committed}")
    for entry, ways in sorted(measured["kernels"].items()):
        for way, by_architecture in ways.items():
            for architecture, used in by_architecture.items():
                where = f"{entry}, {way}, sm_{architecture}"
                if used["spill_bytes"] > may_spill.get(entry, {}).get(way, 0):
                    wrong.append(f"{where}: spills {used['spill_bytes']} bytes")
                committed = budgets["registers"].get(entry, {}).get(way, {}).get(architecture)
                if committed is None or used["registers"] > committed:
                    wrong.append(f"{where}: {used['registers']} registers; the budget is {committed}")
    for entry in sorted(budgets["registers"].keys() - measured["kernels"].keys()):
        wrong.append(f"{entry} has a budget but is no entry point")
    return wrong


def table(measured, architectures):
    """What was measured, for reading."""
    lines = ["wide multiplications".ljust(40) + "".join(f"sm_{a}".rjust(8) for a in architectures)]
    for probe, counts in sorted(measured["multiplications"].items()):
        lines.append(probe.ljust(40) + "".join(str(counts[a]).rjust(8) for a in architectures))
    lines += ["", "registers (+ spilled bytes)".ljust(40) + "".join(f"sm_{a}".rjust(8) for a in architectures)]
    for entry, ways in sorted(measured["kernels"].items()):
        for way, used in sorted(ways.items()):
            cells = [
                str(used[a]["registers"]) + (f"+{used[a]['spill_bytes']}" if used[a]["spill_bytes"] else "")
                for a in architectures
                if a in used
            ]
            lines.append(f"{entry} ({way})".ljust(40) + "".join(cell.rjust(8) for cell in cells))
    return "\n".join(lines)


def updated(measured, budgets):
    """The budgets with what was measured in the place of what is committed."""
    registers = {
        entry: {
            way: {architecture: used["registers"] for architecture, used in sorted(by.items(), key=order)}
            for way, by in sorted(ways.items())
        }
        for entry, ways in sorted(measured["kernels"].items())
    }
    probes = {
        probe: dict(sorted(counts.items(), key=order))
        for probe, counts in sorted(measured["multiplications"].items())
    }
    return {**budgets, "multiplications": probes, "registers": registers}


def order(item):
    return int(item[0])


def written(budgets):
    """JSON with one line for each leaf object."""
    text = json.dumps(budgets, indent=2)
    return re.sub(r"\{[^{}]*\}", lambda match: re.sub(r"\s+", " ", match[0]), text) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write what was measured to kernels/budgets.json")
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", help=f"of {' '.join(ARCHITECTURES)}")
    options = parser.parse_args()
    architectures = options.architectures or ARCHITECTURES
    if unknown := set(architectures) - set(ARCHITECTURES):
        parser.error(f"no such architecture: {' '.join(sorted(unknown))}")
    if options.update and options.architectures:
        parser.error("--update is for all architectures at once")

    budgets = json.loads(BUDGETS.read_text())
    measured = measure(Tools(), architectures)
    print(table(measured, architectures))
    if options.update:
        budgets = updated(measured, budgets)
        BUDGETS.write_text(written(budgets))
    wrong = compare(measured, budgets, architectures)
    for line in wrong:
        print(f"over budget: {line}", file=sys.stderr)
    if wrong:
        print("If that is meant, run scripts/kernels-budget.py --update and commit kernels/budgets.json.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))

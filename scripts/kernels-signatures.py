#!/usr/bin/env python3
"""Writes what Rust has to know of the kernels: kernels/src/signatures.rs.

    scripts/kernels-signatures.py SOURCES OUT

scripts/kernels.sh calls it. Entry points are read from what clang's preprocessor makes of each
kernels/<folder>/<file>.cu, so that those that macros generate are found as well; constants are the
`constexpr u32` and the enumerators of the file and of the headers of its folder. SOURCES is the list of hashes that begins
with their own: OUT carries it, and a test finds out by it when OUT is older than the sources.
"""

import ast
import os
import pathlib
import re
import subprocess
import sys

KERNELS = pathlib.Path(__file__).resolve().parent.parent / "kernels"
CLANG = os.environ.get("CLANG", "clang-19")
FLAGS = "-x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_70 -std=c++17 -Iinclude -E".split()

ENTRY = re.compile(
    r'extern "C" __attribute__\(\(global\)\) void '
    r"__attribute__\(\(launch_bounds\((?P<bounds>[^()]*)\)\)\)\s*(?P<name>\w+)\((?P<parameters>[^()]*)\)"
)
CONSTANTS = re.compile(r"^constexpr u32 ([^;]*);", re.MULTILINE)
ENUMERATION = re.compile(r"^enum \w+ : u32 \{([^}]*)\};", re.MULTILINE)
ALIAS = re.compile(r"^using (\w+) = ([^;]*);", re.MULTILINE)
# Fields are known to Rust by what they are for: which ones they are is said in one place there.
FIELDS = {"Fr": "ScalarField", "Fq": "BaseField"}
KEYWORDS = {"in", "type", "match", "ref", "move", "loop", "fn"}


def fail(source, why):
    sys.exit(f"kernels/{source}: {why}")


def preprocessed(source):
    """The text of a source and of its folder's headers, and that of kernels/include, without markers."""
    done = subprocess.run([CLANG, *FLAGS, source], cwd=KERNELS, capture_output=True, text=True)
    if done.returncode != 0:
        fail(source, done.stderr)
    own, shared, into = [], [], None
    for line in done.stdout.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            path = os.path.normpath(marker[1])
            is_own = path.startswith(source.split("/")[0] + "/")
            into = own if is_own else shared
        elif into is not None:
            into.append(line)
    return "\n".join(own), "\n".join(shared)


def value(source, expression, known):
    """The value of a constant expression of u32s."""
    text = re.sub(r"\bu(?:32|64)\{(\w+)\}", r"\1", expression)
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)u\b", r"\1", text).replace("/", "//")
    tree = ast.parse(text.strip(), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if not names <= known.keys():
        fail(source, f"`{expression.strip()}` takes {names - known.keys()}, which is no `constexpr u32` of a file")
    return eval(compile(tree, source, "eval"), {"__builtins__": {}}, dict(known)) & 0xFFFFFFFF


def constants(source, text, known):
    found = {}
    for declaration in CONSTANTS.findall(text):
        for one in declaration.split(","):
            name, expression = one.split("=", 1)
            found[name.strip()] = value(source, expression, {**known, **found})
    for enumerators in ENUMERATION.findall(text):
        for number, name in enumerate(enumerators.split(",")):
            found[name.strip()] = number
    return found


def parameter(source, text, aliases):
    """A parameter as Rust declares it: `*const T`, `*mut T` or a type by value, and its name."""
    found = re.fullmatch(r"(const )?\s*(\w+)(?:<.*>)?\s*(\*?)\s*(\w+)", " ".join(text.split()))
    if found is None:
        fail(source, f"the parameter `{text}` is of no form that is known here")
    const, of, pointer, name = found.groups()
    of = re.sub(r"<.*>", "", aliases.get(of, of))
    of = FIELDS.get(of, of)
    if pointer:
        of = f"*{'const' if const else 'mut'} {of}"
    return f"{'r#' if name in KEYWORDS else ''}{name}: {of}"


def split(parameters):
    """Parts between commas that are in no angle brackets."""
    parts, depth = [""], 0
    for c in parameters:
        depth += (c == "<") - (c == ">")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [part for part in parts if part.strip()]


def module(source):
    own, shared = preprocessed(source)
    known = constants(source, shared, {})
    sizes = constants(source, own, known)
    # Names of vectors of words are Rust's to map: `Step` and `Entry` stay, `Element` becomes the field.
    aliases = {name: of for name, of in ALIAS.findall(own) if of.split("<")[0] not in ("Quad",)}
    entries = []
    for found in ENTRY.finditer(own):
        threads = value(source, found["bounds"].split(",")[0], {**known, **sizes})
        parameters = [parameter(source, text, aliases) for text in split(found["parameters"])]
        entries.append((found["name"], threads, parameters))
    return source.removesuffix(".cu").replace("/", "_"), sizes, entries


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


HEAD = """\
// Written by scripts/kernels.sh from the sources: change those, and run it.
//! What the kernels' sources say of launches: constants, blocks and parameters.

/// The hash of the sources that this was written from, the first of `ptx/SOURCES`.
pub const SOURCES: &str = "{hash}";

/// Module, entry point and largest block of every kernel.
pub const ENTRY_POINTS: &[(&str, &str, u32)] = &[
{entries}];
"""

MACRO = """\
/// The entry points of a module, handed to a macro: `signatures!(module, callback!)` is
/// `callback {{ module; Type "entry" threads (parameter: type, ...); ... }}`. Pointers are `*const T` and
/// `*mut T`; types are named as the kernels name them, fields `ScalarField` and `BaseField`.
#[macro_export]
macro_rules! signatures {{
{arms}}}
"""


def main(sources, out):
    hash_of_all = pathlib.Path(sources).read_text().split()[0]
    modules = [module(str(path.relative_to(KERNELS))) for path in sorted(KERNELS.glob("*/*.cu"))]
    modules.sort()
    entries = "".join(
        f'    ("{name}", "{entry}", {threads}),\n' for name, _, found in modules for entry, threads, _ in found
    )
    text = HEAD.format(hash=hash_of_all, entries=entries)
    for name, sizes, _ in modules:
        if sizes:
            lines = "".join(f"    pub const {constant}: u32 = {number};\n" for constant, number in sizes.items())
            text += f"\n/// The constants of `{name}`.\npub mod {name} {{\n{lines}}}\n"
    arms = ""
    for name, _, found in modules:
        if not found:
            continue
        lines = "".join(
            f'        {camel(entry)} "{entry}" {threads} (\n'
            + "".join(f"            {parameter},\n" for parameter in parameters)
            + "        );\n"
            for entry, threads, parameters in found
        )
        arms += f"    ({name}, $($callback:tt)*) => {{ $($callback)* {{\n        {name};\n{lines}    }} }};\n"
    text += "\n" + MACRO.format(arms=arms)
    pathlib.Path(out).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

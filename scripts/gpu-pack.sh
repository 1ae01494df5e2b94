#!/usr/bin/env bash
# Packs what a machine with a GPU needs and cannot make for itself, where it has no Rust: the command
# line, the CUDA benches, the check of the ICICLE packages, gpu-run.sh, and the peers' benches if there are any.
#
#   scripts/gpu-pack.sh FOLDER [PEERS]
#
# FOLDER is made, or filled. PEERS is a folder of programs to measure beside (sppark-bench,
# halo2-bench-gpu, halo2-bench-cpu), each of which writes JSON lines to stdout. Native kernels are packed
# where nvcc is found (kernels/README.md); without it the driver compiles the PTX.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
folder=$1
peers=${2:-}
mkdir -p "$folder"

# The paths of what cargo built, by name: `--message-format json` says where each one is.
built() {
    grep '"reason":"compiler-artifact"' | sed -n 's/.*"name":"\([^"]*\)".*"executable":"\([^"]*\)".*/\1 \2/p'
}

cargo build --release --locked --bin halo2-offload --message-format json | built |
    while read -r name path; do install -m 755 "$path" "$folder/$name"; done
cargo bench --locked -p halo2-offload-cuda --no-run --message-format json | built |
    while read -r name path; do
        case $name in ceilings | lookup | msm | ntt | poly | transfer) install -m 755 "$path" "$folder/bench-$name" ;; esac
    done
cargo build --release --locked -p icicle-bn254 --example sizes --message-format json | built |
    while read -r name path; do install -m 755 "$path" "$folder/icicle-$name"; done
install -m 755 scripts/gpu-run.sh "$folder/gpu-run.sh"
git rev-parse HEAD >"$folder/revision" 2>/dev/null || echo unknown >"$folder/revision"
if [ -n "$peers" ]; then
    for peer in sppark-bench halo2-bench-gpu halo2-bench-cpu; do
        [ -e "$peers/$peer" ] && install -m 755 "$peers/$peer" "$folder/$peer"
    done
fi
# Debug information is for the machine that has the sources.
strip "$folder"/halo2-offload "$folder"/bench-* "$folder"/icicle-* 2>/dev/null || true
ls -l "$folder" >&2

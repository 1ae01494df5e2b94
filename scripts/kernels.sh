#!/usr/bin/env bash
# Compiles kernels/*/*.cu to the PTX that ships: kernels/ptx/<folder>_<file>.ptx.gz, and
# kernels/ptx/SOURCES, the hashes of what it was made from, and kernels/src/signatures.rs, what Rust knows of
# their launches.
#
#   scripts/kernels.sh           writes kernels/ptx and kernels/src/signatures.rs
#   scripts/kernels.sh --check   makes everything again elsewhere and says whether it is the same
#
# Debian's clang-19 does it, without any file of NVIDIA's; CLANG names another one. The target is
# sm_70 and PTX 6.0, which every driver from CUDA 12 on loads for every device since Volta.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../kernels"

clang=${CLANG:-clang-19}
check=false
case "${1-}" in
    "") ;;
    --check) check=true ;;
    *) echo "usage: scripts/kernels.sh [--check]" >&2; exit 2 ;;
esac
if ! command -v "$clang" >/dev/null; then
    echo "$clang is missing: apt-get install clang-19, or name another clang 19 in CLANG" >&2
    exit 1
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

compile() {
    local name=$1 source=$2
    if ! "$clang" -x cuda --cuda-device-only -nocudainc -nocudalib \
        --cuda-gpu-arch=sm_70 -Xclang -target-feature -Xclang +ptx60 \
        -std=c++17 -O3 -fno-strict-aliasing -Wall -Wextra -ferror-limit=3 -Iinclude -S "$source" -o "$made/$name.ptx"; then
        echo "kernels/$source does not compile" >&2
        return 1
    fi
    gzip -9 -n "$made/$name.ptx"
}

# One line a source, and above them the hash of these lines.
sources() {
    local list
    list=$(find . -path ./tests -prune -o \( -name '*.cu' -o -name '*.cuh' \) -printf '%P\n' | sort | xargs sha256sum)
    echo "$(sha256sum <<<"$list" | cut -d' ' -f1)  all of the below"
    echo "$list"
}

# Before compiling, so that a file that changes meanwhile is found out.
sources >"$made/SOURCES"

failed=false
running=0
for source in */*.cu; do
    if ((running >= $(nproc))); then
        wait -n || failed=true
        running=$((running - 1))
    fi
    name=${source%.cu}
    compile "${name//\//_}" "$source" &
    running=$((running + 1))
done
while ((running > 0)); do
    wait -n || failed=true
    running=$((running - 1))
done
if $failed; then exit 1; fi
CLANG=$clang ../scripts/kernels-signatures.py "$made/SOURCES" "$made/signatures.rs"

if $check; then
    same=true
    if ! diff -u ptx/SOURCES "$made/SOURCES" >&2; then same=false; fi
    if ! diff -u src/signatures.rs "$made/signatures.rs" >&2; then same=false; fi
    for file in "$made"/*.ptx.gz ptx/*.ptx.gz; do
        name=$(basename "$file")
        if ! cmp -s <(gzip -dc "$made/$name" 2>&1) <(gzip -dc "ptx/$name" 2>&1); then
            echo "kernels/ptx/$name is not what its source compiles to" >&2
            same=false
        fi
    done
    if ! $same; then
        echo "Run scripts/kernels.sh and commit kernels/ptx and kernels/src/signatures.rs." >&2
        exit 1
    fi
    echo "kernels/ptx is what the sources compile to: $(ls ptx/*.ptx.gz | wc -l) modules"
    exit
fi

mkdir -p ptx
for old in ptx/*.ptx.gz; do
    if [ -e "$old" ] && ! [ -e "$made/$(basename "$old")" ]; then rm "$old"; fi
done
for file in "$made"/*.ptx.gz "$made/SOURCES"; do
    # What has not changed keeps its time stamp, so that nothing is built again for it.
    if ! cmp -s "$file" "ptx/$(basename "$file")"; then mv "$file" ptx/; fi
done
if ! cmp -s "$made/signatures.rs" src/signatures.rs; then mv "$made/signatures.rs" src/; fi
ls -l ptx | awk '$9 ~ /gz$/ { print $9, $5 " bytes" }'
echo "A new kernel also has a row in the index of kernels/README.md, its registers in kernels/budgets.json"
echo "(scripts/kernels-budget.py --update), and one launcher in crates/cuda/src:"
echo "  cargo test --release --locked --test shipped --test index    says what is missing"

#!/usr/bin/env bash
# Measures on a machine with a GPU: what scripts/gpu-pack.sh packed, from the folder that this lies in.
#
#   ./gpu-run.sh OUT [quick]
#
# In this order, each into OUT as JSON or JSON lines, with what it said on stderr beside it:
#   doctor      what the machine has
#   selftest    every operation against the CPU; if it fails, nothing is timed
#   checked     whole proofs in which every operation is compared with the CPU's
#   sanitizer   compute-sanitizer over the small self test and a small proof, where there is one
#   ceilings    what the device can do at best
#   benches     transfer, ntt, msm, poly, lookup (criterion's folders; estimates.jsonl has the medians)
#   icicle      the ICICLE packages: sizes up to 2^22, each result checked, and on stderr each call
#   peers       the same on others' code, where it was packed
#   ladder      whole proofs: stock, cpu, msm, msm+ntt, resident, icicle, each in a process of its own
# `quick` stops after the self test, and measures small sizes. Nothing of the device's settings is
# changed. LIMIT is the seconds that one step may take (default 240).
set -uo pipefail

if [ $# -lt 1 ]; then
    sed -n '2,18s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
quick=${2:-}
cd "$(dirname "$0")" || exit 2
limit=${LIMIT:-240}
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:/usr/local/nvidia/lib64:/usr/local/nvidia/lib:/usr/local/cuda/lib64
failed=0

# step NAME COMMAND...: stdout to NAME.json, stderr to NAME.err.
step() {
    local name=$1 start=$SECONDS rc
    shift
    timeout "$limit" "$@" >"$out/$name.json" 2>"$out/$name.err"
    rc=$?
    echo "$name: exit code $rc, $((SECONDS - start)) s" | tee -a "$out/steps.txt" >&2
    return $rc
}

cp revision "$out/revision" 2>/dev/null
date -u +%FT%TZ >"$out/date"
nvidia-smi -q >"$out/nvidia-smi.txt" 2>&1

step doctor ./halo2-offload doctor --json || failed=1
if ! step selftest ./halo2-offload selftest --device cuda --json; then
    echo "the self test failed: nothing is timed" | tee -a "$out/steps.txt" >&2
    exit 1
fi
for name in plonk lookup; do
    step "checked-$name" ./halo2-offload prove --workload "$name" -k 12 --device cuda --checked \
        --out "$out/checked-$name" --json || failed=1
done
sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
if [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck initcheck synccheck; do
        step "sanitizer-$tool" "$sanitizer" --tool "$tool" --error-exitcode 1 \
            ./halo2-offload selftest --device cuda --small --json || failed=1
        step "sanitizer-$tool-proof" "$sanitizer" --tool "$tool" --error-exitcode 1 \
            ./halo2-offload prove --workload lookup -k 8 --device cuda --out "$out/proof-$tool" --json || failed=1
    done
else
    echo "sanitizer: there is no compute-sanitizer here" | tee -a "$out/steps.txt" >&2
fi

step ceilings ./bench-ceilings || failed=1
if [ "$quick" = quick ]; then
    ntt_k=14,18 msm_k=14,18 icicle_k=14 ladder_k=14
else
    ntt_k=10,12,14,16,18,20,21,22,23,24,25,26 msm_k=10,12,14,16,18,20,22,24 icicle_k=22 ladder_k=18
fi
export CRITERION_HOME=$out/criterion
step transfer ./bench-transfer --bench || failed=1
NTT_K=$ntt_k NTT_CPU=0 step ntt ./bench-ntt --bench || failed=1
MSM_K=$msm_k MSM_CPU=0 step msm ./bench-msm --bench || failed=1
POLY_K=$msm_k POLY_CPU=0 step poly ./bench-poly --bench || failed=1
LOOKUP_K=$msm_k LOOKUP_CPU=0 step lookup ./bench-lookup --bench || failed=1
# One line a benchmark: its id and criterion's estimates, nanoseconds.
find "$CRITERION_HOME" -path '*/new/estimates.json' 2>/dev/null | sort | while read -r estimates; do
    id=$(sed -n 's/.*"full_id":"\([^"]*\)".*/\1/p' "$(dirname "$estimates")/benchmark.json")
    printf '{"id":"%s","estimates":%s}\n' "$id" "$(cat "$estimates")"
done >"$out/estimates.jsonl"

HALO2_OFFLOAD_DEVICE=cuda HALO2_OFFLOAD_CALLS=1 step icicle ./icicle-sizes "$icicle_k" || failed=1

if [ -x ./sppark-bench ]; then
    step sppark ./sppark-bench --check 16 --msm "${msm_k##*16,}" --ntt "${ntt_k##*18,}" --runs 7 || failed=1
fi
for name in plonk lookup; do
    step "ladder-$name" ./halo2-offload measure --workload "$name" -k "$ladder_k" --device cuda \
        --rungs all,icicle --runs 3 --json || failed=1
done
if [ -x ./halo2-bench-gpu ] && [ "$quick" != quick ]; then
    step halo2-axiom-gpu ./halo2-bench-gpu --backend gpu --k 18 --advice 32 --lookups 4 --runs 3 || failed=1
fi
exit $failed

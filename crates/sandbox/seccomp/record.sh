#!/bin/sh
# Records which system calls real runtimes make, for the allow-list in ../src/confine/seccomp.rs.
#
# Usage: record.sh OUTPUT [PYTHON...]     needs strace, node and a C compiler
#
# Runs the workloads beside this script under strace: they use files, processes, threads, sockets,
# timers, signals, databases and TLS as functions do. Calls that are filtered by their arguments
# are left out: the allow-list names them apart.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
output=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for python in "${@:-python3}"; do
    strace -f -qq -o "python-$(basename "$python").log" "$python" "$here/workload.py" </dev/null >/dev/null 2>&1 || true
done
strace -f -qq -o node.log node --expose-gc "$here/workload.cjs" </dev/null >/dev/null 2>&1 || true
cc -static -o static "$here/workload.c" -lpthread
strace -f -qq -o static.log ./static >/dev/null
cat ./*.log |
    sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p; s/^[0-9]+ +<\.\.\. ([a-z_0-9]+) resumed.*/\1/p' |
    grep -vxE 'clone|clone3|socket|ioctl' | LC_ALL=C sort -u >"$output"

#!/bin/sh
# Compiles the kernel half: build.sh OUTPUT_DIR. Called by the Maven build; clang 14 or newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
# compile SOURCE OBJECT [OPTION...]
compile() {
  source=$1 object=$2
  shift 2
  # -g keeps BTF (map types, and the structs Java checks its layouts against); strip drops only DWARF.
  # The include path of the host's architecture holds asm/types.h, which -target bpf does not find alone.
  clang -O2 -g -Wall -Wextra -Werror -target bpf -mcpu=v3 "$@" \
    -I"/usr/include/$(uname -m)-linux-gnu" -I"$here" -c "$source" -o "$object.new"
  llvm-strip -g "$object.new"
  mv "$object.new" "$object"
}
for source in "$here"/*.bpf.c; do
  name=$(basename "${source%.bpf.c}")
  compile "$source" "$out/$name.o"
  # For kernels whose connection tracking may be asked: conntrack.h.
  compile "$source" "$out/${name}_conntrack.o" -DCONNTRACK
done

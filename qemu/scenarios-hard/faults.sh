# For qemu/faults. Every system call fails with every errno: see
# qemu/inject.c. Words of the kernel's command line: part=I/N, inject=FLAGS
# with commas for spaces.
. /scenarios/lib.sh
name=faults

# shellcheck disable=SC2046,SC2154 # words; the kernel hands them over
inject -p "${part:-0/1}" $(echo "${inject:-}" | tr , ' ') /bin/bustd ||
    fail some-case
finish

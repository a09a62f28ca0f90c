# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the tests in sh share: sourced, run from the project's root.
# Each test closes with "N passed, N failed" on a line by itself.

passed=0
failed=0

ok()
{
	passed=$((passed + 1))
	[ -z "${VERBOSE:-}" ] || echo "ok: $*"
}

not_ok()
{
	failed=$((failed + 1))
	echo "FAILED: $*"
}

# check DESCRIPTION COMMAND...: passes where the command does
check()
{
	check_what=$1
	shift
	if "$@"; then ok "$check_what"; else not_ok "$check_what"; fi
}

not()
{
	if "$@"; then return 1; fi
}

# need COMMAND PACKAGE: ends the test where a tool is missing
need()
{
	command -v "$1" >/dev/null 2>&1 && return 0
	echo "$0: needs $1 (Debian package $2)" >&2
	exit 1
}

# has COMMAND PACKAGE: says so, and goes on, where a tool is missing
has()
{
	command -v "$1" >/dev/null 2>&1 && return 0
	echo "skipped: $1 isn't installed (Debian package $2)"
	return 1
}

finish()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

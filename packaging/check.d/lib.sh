# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034 # used where this is sourced
# What the tests of packaging/ share: sourced, run from the project's root.
# Each closes with "N passed, N failed, N skipped" on a line by itself.
# shellcheck source=test/lib.sh
. test/lib.sh

top=$PWD
pk=$top/packaging
work=$top/build/packaging
root=$work/root		# a Debian, see packaging/sandbox
skipped=0
mkdir -p "$work"

# skip WHAT: why, or what to install
skip()
{
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}

# try WHAT COMMAND...: shows the command's output where it fails
try()
{
	what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		ok "$what"
	else
		not_ok "$what"
		tail -n 25 "$work/out" | sed 's/^/    | /'
		return 1
	fi
}

# same WHAT EXPECTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		printf '%s\n' "$2" >"$work/expected"
		printf '%s\n' "$3" | diff -u "$work/expected" - |
			sed -n '4,40s/^/    | /p'
	fi
}

# In the Debian of packaging/sandbox, in its /mnt, which is $work.
sandbox()
{
	"$pk/sandbox" run "$@"
}

have()
{
	command -v "$1" >/dev/null
}

# A copy of the source as a release has it.
copy_source()
{
	rm -rf "$1"
	mkdir -p "$1"
	tar -c --exclude=./build --exclude=./.git --exclude=./bustd \
	    --exclude=./mem-eater --exclude=./record --exclude=./.flags . |
		tar -x -C "$1"
}

version()
{
	sed -n 's/^VERSION *= *//p' Makefile
}

# files_in FOLDER: their modes and paths
files_in()
{
	(cd "$1" && find . ! -type d -printf '%m %P\n' | LC_ALL=C sort -k 2)
}

# What a recipe finds: the source, unpacked, and no package yet.
recipe_src()
{
	copy_source "$work/recipe/bustd-$(version)"
	rm -rf "$work/recipe/pkg"
}

# kconfig NAME MENU SYMBOL...: a kconfig reads the file MENU, with these set
kconfig()
{
	name=$1
	mkdir -p "$work/kconfig"
	cp "$2" "$work/kconfig/$name"
	shift 2
	for s; do
		echo "CONFIG_$s=y"
	done >"$work/kconfig/config"
	try "kconfig reads the menu of $name" sandbox sh -c "
		cd kconfig && KCONFIG_CONFIG=config \
		kconfig-conf --olddefconfig $name 2>err >&2
		cat err; ! grep -i -e warning -e error err" || return 0
	want=$(sed -n 's/^config //p' "$work/kconfig/$name" |
		grep -v -e BR2_STATIC_LIBS | sort)
	got=$(sed -n 's/^\(# \)\{0,1\}CONFIG_\([A-Za-z0-9_]*\)[ =].*/\2/p' \
	    "$work/kconfig/config" | grep -v -e BR2_STATIC_LIBS | sort)
	same "kconfig shows all options of $name" "$want" "$got"
}

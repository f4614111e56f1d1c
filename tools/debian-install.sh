#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs those of the given Debian packages that are missing, as root or by sudo.
set -eu

missing=
for package; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ "$missing" ] || exit 0

command='apt-get install --no-install-recommends'
if ! command -v apt-get >/dev/null; then
	echo "There is no apt-get here to install these packages of Debian:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "Only root can install what is missing: $command$missing" >&2
		exit 1
	fi
	sudo='sudo'
fi
echo "Installing by ${sudo:+sudo }apt-get:$missing"
log=$(mktemp)
trap 'rm "$log"' EXIT
# shellcheck disable=SC2086 # one word a package
if ! { $sudo apt-get update -qq -o Acquire::Retries=1 && $sudo env DEBIAN_FRONTEND=noninteractive $command -qq --yes $missing; } >"$log" 2>&1; then
	# Of many lines, the one that tells most.
	reason=$(grep -m 1 -e 'Temporary failure resolving' -e 'Could not connect' "$log" || grep '^E:' "$log" || cat "$log")
	echo "${sudo:+sudo }$command$missing: $(echo "$reason" | tail -n 1 | sed 's/^[EW]: *//; s/^ *//')" >&2
	exit 1
fi

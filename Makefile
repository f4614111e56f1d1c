# SPDX-License-Identifier: Apache-2.0

# Every version; some stand in a go.mod, which has to name them anyway.
TINYGO_VERSION  = $(shell sed -n 's|.*tinygo-org/tinygo v\([0-9.]*\).*|\1|p' tools/tinygo/go.mod)
GATEWAY_VERSION = $(shell sed -n 's|.*envoyproxy/gateway v\([0-9.]*\).*|\1|p' tools/gateway/go.mod)
ENVOY_VERSION  = 1.40.0
STATICCHECK    = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# TinyGo of the same 0.x and any Envoy on PATH win over installing.
TINYGO ?= $(or $(shell tinygo version 2>/dev/null | grep -q '^tinygo version $(basename $(TINYGO_VERSION))\.' && command -v tinygo),\
	.tools/tinygo-$(TINYGO_VERSION)/bin/tinygo)
ENVOY  ?= $(or $(shell command -v envoy 2>/dev/null),.tools/envoy-$(ENVOY_VERSION)/envoy)
GATEWAY = .tools/envoy-gateway-$(GATEWAY_VERSION)/envoy-gateway
ISTIO   = .tools/istio-$(shell cat tools/istio/go.mod tools/istio/main.go | cksum | cut -d ' ' -f 1)/istio
# In the recipes, since a prerequisite would ask for TinyGo and Envoy even for "make help".
install = $(if $(filter .tools/%,$(1)),@MAKEFLAGS= $(MAKE) --silent $(1))

PLUGIN  = build/plugin.wasm
IMAGE   = build/image.tar
REGISTRY = build/registry
TARGET  = tools/tinygo/target.json
SOURCES = main.go $(filter-out %_test.go,$(wildcard filter/*.go)) go.mod go.sum
MODULES = $(dir $(wildcard go.mod */go.mod))

.PHONY: help build image release run test e2e-istio e2e-gateway fuzz lint clean distclean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

build: $(PLUGIN) ## compile the plugin to build/plugin.wasm

$(PLUGIN): $(SOURCES) $(TARGET) tools/tinygo/go.mod Makefile
	$(call install,$(TINYGO))
	@mkdir -p $(@D)
	$(TINYGO) build -o $@ -target $(TARGET) -no-debug -opt=2 .

image: $(IMAGE) ## put the plugin into an image for hosts that pull it, build/image.tar

$(IMAGE): $(PLUGIN) tools/image/main.go tools/go.mod
	cd tools && go run ./image $(abspath $(PLUGIN) $@)

release: $(IMAGE) ## write plugin, image, checksum, SBOM and pinned manifests to dist/
	$(call install,$(TINYGO))
	cd tools && go run ./release .. $(call absolute,$(TINYGO))

run: $(PLUGIN) ## start Envoy with the plugin: envoy.yaml, port 10000, admin 9901
	$(call install,$(ENVOY))
	$(ENVOY) -c envoy.yaml

# Absolute, since every test runs in the folder of its package.
absolute = $(abspath $(or $(shell command -v $(1) 2>/dev/null),$(1)))
tools = PLUGIN=$(abspath $(PLUGIN)) TINYGO=$(call absolute,$(TINYGO)) ENVOY=$(call absolute,$(ENVOY))
platform = $(tools) IMAGE=$(abspath $(IMAGE)) REGISTRY=$(abspath $(REGISTRY))
# A number of runs: when a time is over, Go now and then calls that a failure. And little time for
# shrinking each interesting input, which would take a minute.
fuzz  = go test ./filter -run '^$$' -fuzz '^$(1)$$' -fuzztime $(FUZZ) -fuzzminimizetime 10x

test: FUZZ ?= 30000x
test: $(PLUGIN) ## run every test, and each fuzz target for FUZZ=30000x inputs
	$(call install,$(ENVOY))
	$(tools) go test ./...
	$(call fuzz,FuzzParse)
	$(call fuzz,FuzzMissing)
	cd e2e && $(tools) go test -count=1 $$(go list ./... | grep -v -e '/istio$$' -e '/gateway$$')
	cd tools && $(tools) go test -count=1 ./...

e2e-istio: $(IMAGE) $(REGISTRY) ## test deploy/istio with Istio itself
	$(call install,$(ENVOY))
	$(call install,$(ISTIO))
	cd e2e && $(platform) ISTIO=$(abspath $(ISTIO)) go test -count=1 ./istio

e2e-gateway: $(IMAGE) $(REGISTRY) ## test deploy/envoy-gateway with Envoy Gateway itself
	$(call install,$(ENVOY))
	$(call install,$(GATEWAY))
	cd e2e && $(platform) GATEWAY=$(abspath $(GATEWAY)) go test -count=1 ./gateway

$(REGISTRY): tools/registry/main.go tools/go.mod
	cd tools && go build -o $(abspath $@) ./registry

fuzz: FUZZ ?= 10000000x
fuzz: ## run each fuzz target for FUZZ=10000000x inputs
	$(call fuzz,FuzzParse)
	$(call fuzz,FuzzMissing)

lint: ## gofmt, go vet, staticcheck and go mod tidy, without a finding
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')) && test -z "$$files" || { echo "want gofmt -w:" $$files; exit 1; }
	@set -e; for module in $(MODULES); do cd $(CURDIR)/$$module; echo "lint $$module"; \
		go vet ./...; go run $(STATICCHECK) ./...; go mod tidy -diff; done

clean: ## remove build/ and dist/
	rm -rf build dist

distclean: clean ## remove .tools/ as well
	rm -rf .tools

.tools/tinygo-%/bin/tinygo:
	@tools/install-tinygo.sh $* .tools/tinygo-$*

.tools/envoy-%/envoy:
	@tools/install-envoy.sh $* $(@D)

.tools/istio-%/istio:
	@echo "Building Istio's discovery, about a minute"
	@cd tools/istio && go vet . && go build -o $(abspath $@) .

.tools/envoy-gateway-%/envoy-gateway:
	@echo "Building Envoy Gateway $*, about five minutes"
	@cd tools/gateway && go build -o $(abspath $@) github.com/envoyproxy/gateway/cmd/envoy-gateway

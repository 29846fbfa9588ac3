# SPDX-License-Identifier: Apache-2.0

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

IMG ?= cloudrecording-operator:dev
CONFIG ?= config/default
KUBECTL ?= kubectl
CONTAINER_TOOL ?= docker
FUZZTIME ?= 30s
TEST_TIMEOUT ?= 20m
REPEAT ?= 1
# The repository of a release's image, without a tag.
REPOSITORY ?= localhost/cloudrecording-operator
# The platforms of a release, such as linux/amd64. Empty selects all.
PLATFORMS ?=
# If it is empty, a release is built only once, without the comparison with a second build.
REPRODUCE ?= 1
# The URL of the source code, for the labels of the image.
SOURCE_URL ?=
# The version of Kubernetes for the tests, such as 1.32. Empty selects the newest.
KUBERNETES ?=
# The commit from which test-upgrade upgrades. The default is the newest tag.
FROM ?= $(shell git describe --tags --abbrev=0 2>/dev/null)
SPEC_PROCESSES ?= 8
# The number of packages that are tested in parallel. Most tests wait, and the slowest packages start first.
PACKAGE_PROCESSES ?= 4
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DATE ?= $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)

# Tools are pinned in separate modules. The Go build cache keeps their binaries.
CONTROLLER_GEN := go tool -modfile=hack/tools/go.mod controller-gen
CRD_REF_DOCS := go tool -modfile=hack/tools/go.mod crd-ref-docs
GOLANGCI_LINT := go tool -modfile=hack/lint/go.mod golangci-lint
GINKGO := go run github.com/onsi/ginkgo/v2/ginkgo
GOVULNCHECK := go tool -modfile=hack/tools/go.mod govulncheck
ASSETS := go run ./hack/controlplane/cmd/controlplane assets --kubernetes="$(KUBERNETES)"
# The same settings as in the tests, so that it is built only once.
KUSTOMIZE := env CGO_ENABLED=0 go tool -modfile=hack/helm/go.mod kustomize
MODULES := . hack/kubectl-crec hack/tools hack/lint hack/helm hack/monitoring/tools hack/controlplane/kubernetes/1.37 hack/controlplane/kubernetes/1.32 hack/objectstore/versitygw hack/release

# The race detector needs a C compiler. Without one, CGO_ENABLED is 0.
RACE ?= $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# The go command prints a line for each module that it downloads. Print a single line instead.
download = go list -deps $(1) 2>&1 >/dev/null | awk '/^go: downloading / { \
  if (!n++) { print "Go modules are being downloaded, once: a few minutes."; fflush() } next } { print }' >&2

##@ General

.PHONY: help
help: ## Show this text.
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make <target> [VARIABLE=value]"; \
	  print "IMG is the operator image. CONFIG is a folder of manifests: config/default." } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Generated files

.PHONY: generate
generate: ## Generate the deepcopy methods of the API types.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...

.PHONY: manifests
manifests: ## Generate the CRDs and the manager's role.
	$(CONTROLLER_GEN) crd:allowDangerousTypes=true paths=./api/... output:crd:stdout | \
	  go run ./hack/rules --output config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=cloudrecording-manager-role paths=./api/... paths=./controllers/... output:rbac:artifacts:config=config/rbac/manager

.PHONY: dashboard
dashboard: ## Generate the Grafana dashboard.
	go -C hack/monitoring/tools run ./dashboard >config/grafana/dashboard.json

.PHONY: fixtures
fixtures: ## Generate an object in each state, for tests of health checks.
	go test ./controllers/internal/decision ./controllers/internal/timetable ./controllers/profilestatus -run '^TestFixtures$$' -update-fixtures

.PHONY: chart
chart: ## Generate the Helm chart from the output of kustomize.
	go run ./hack/chart --kustomize "$(KUSTOMIZE)" --output config/chart

# The reference matches the CRDs, because make manifests reads the same types.
.PHONY: reference
reference: ## Generate the reference of the API.
	$(CRD_REF_DOCS) --log-level=ERROR --max-depth=20 --source-path=api/v1alpha1 --renderer=markdown \
	  --config=hack/reference/config.yaml --templates-dir=hack/reference/templates --output-path=api/REFERENCE.md

.PHONY: verify
verify: ## Check generated files, formatting and go.mod files.
	hack/verify.sh $(MODULES)

##@ Development

.PHONY: fmt
fmt: ## Format the Go code.
	$(GOLANGCI_LINT) fmt

.PHONY: vet
vet: ## Run go vet.
	go vet ./...

.PHONY: lint
lint: ## Run the linters.
	$(GOLANGCI_LINT) run
	cd hack/monitoring/tools && go tool -modfile=../../lint/go.mod golangci-lint run
	cd hack/kubectl-crec && go tool -modfile=../lint/go.mod golangci-lint run
	cd hack/release && go tool -modfile=../lint/go.mod golangci-lint run

.PHONY: vulncheck
vulncheck: ## Check for known vulnerabilities at vuln.go.dev.
	$(GOVULNCHECK) ./...

.PHONY: build
build: ## Build bin/manager.
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/manager .

# kubectl finds a plugin in the PATH. The script for command-line completion must be in the PATH, too.
.PHONY: kubectl-crec
kubectl-crec: ## Build bin/kubectl-crec, a plugin of kubectl.
	CGO_ENABLED=0 go -C hack/kubectl-crec build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o ../../bin/kubectl-crec .
	install -m 0755 hack/kubectl-crec/kubectl_complete-crec bin/

# The specs of the controllers mostly wait, so Ginkgo runs them in several processes with a
# common control plane. Ginkgo does not allow go test -count. REPEAT replaces it.
.PHONY: test
test: ## Run the tests that need no cluster, REPEAT times.
	$(if $(RACE),,@echo "no C compiler found: the tests run without the race detector" >&2)
	go -C hack/monitoring/tools test $(RACE) ./...
	go -C hack/release test $(RACE) ./...
	assets=$$($(ASSETS)); \
	for ((run = 1; run <= $(REPEAT); run++)); do \
	  KUBEBUILDER_ASSETS="$$assets" go test -p $(PACKAGE_PROCESSES) $(RACE) -timeout $(TEST_TIMEOUT) $(if $(filter-out 1,$(REPEAT)),-count=1) $$(go list ./hack/test/... ./... | grep -v '/controllers$$'); \
	  KUBEBUILDER_ASSETS="$$assets" $(GINKGO) run --procs=$(SPEC_PROCESSES) $(RACE) --timeout=$(TEST_TIMEOUT) ./controllers; \
	  KUBEBUILDER_ASSETS="$$assets" go -C hack/kubectl-crec test $(RACE) -timeout $(TEST_TIMEOUT) $(if $(filter-out 1,$(REPEAT)),-count=1) ./...; \
	done

# Both modules are large, so the first build takes several minutes. -count=1 is necessary because
# Go would reuse cached results: it does not detect changes outside a module.
.PHONY: test-gitops
test-gitops: ## Test with the libraries of Argo CD and Flux.
	hack/verify.sh hack/argocd hack/flux
	cd hack/argocd && go tool -modfile=../lint/go.mod golangci-lint run
	cd hack/flux && go tool -modfile=../lint/go.mod golangci-lint run
	go -C hack/argocd test $(RACE) -count=1 ./...
	KUBEBUILDER_ASSETS="$$($(ASSETS))" go -C hack/flux test $(RACE) -count=1 -timeout $(TEST_TIMEOUT) ./...

# This needs Git's history, and builds the operator of FROM.
.PHONY: test-upgrade
test-upgrade: ## Test an upgrade from commit FROM, and the rollback.
	$(if $(FROM),,$(error There is no tag to upgrade from: set FROM to a commit))
	KUBEBUILDER_ASSETS="$$($(ASSETS))" FROM="$(FROM)" go test -tags upgrade ./hack/test/upgrade -count=1 -timeout $(TEST_TIMEOUT) -v

# The packages whose tests link neither the control plane nor the object stores.
.PHONY: test-fast
test-fast: ## Run the tests that need no API server and no bucket.
	go test -short $$(go list -test -f '{{.ImportPath}} {{.Deps}}' ./... | \
	  awk '$$1 ~ /\.test$$/ && !/operator\/hack\/(controlplane|objectstore)[] ]/ { sub(/\.test$$/, "", $$1); print $$1 }')

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME.
	hack/fuzz.sh $(FUZZTIME)

.PHONY: campaign
campaign: ## Test under random faults; CAMPAIGN_FLAGS="--seed 1".
	@$(call download,. ./hack/campaign)
	go run ./hack/campaign $(CAMPAIGN_FLAGS)

.PHONY: bench
bench: ## Run the benchmarks.
	@$(call download,. ./hack/bench)
	go run ./hack/bench

.PHONY: demo
demo: ## Show the operator at work with a simulator; KEEP=1 keeps it.
	@$(call download,. ./hack/demo)
	go run ./hack/demo $(if $(KEEP),--keep)

.PHONY: test-e2e
test-e2e: ## Run end-to-end tests of IMG on the cluster of KUBECONFIG.
	IMG=$(IMG) go test -tags e2e ./hack/test/e2e/... -count=1 -timeout 20m -v

##@ Image and deployment

.PHONY: docker-build
docker-build: ## Build the image IMG.
	$(CONTAINER_TOOL) build --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE) -t $(IMG) .

.PHONY: notices
notices: ## Write the licenses in the image to dist/THIRD_PARTY_NOTICES.
	mkdir -p dist
	go run ./hack/notices >dist/THIRD_PARTY_NOTICES

.PHONY: install
install: ## Install the CRDs into the current cluster.
	$(KUBECTL) apply --server-side -f config/crd/bases

.PHONY: deploy
deploy: build-installer ## Install CONFIG with image IMG into the current cluster.
	$(KUBECTL) apply --server-side -f dist/install.yaml

.PHONY: undeploy
undeploy: ## Remove CONFIG once no recording needs the operator.
	KUBECTL="$(KUBECTL)" MANIFESTS="$(CONFIG)" hack/undeploy.sh

.PHONY: build-installer
build-installer: ## Write the manifests of CONFIG to dist/install.yaml.
	KUBECTL="$(KUBECTL)" hack/installer.sh $(IMG) dist/install.yaml $(CONFIG)

##@ Release

.PHONY: release
release: ## Build release VERSION of the last commit into dist/release.
	rm -rf dist/release
	kustomize=$$(cd hack/helm && CGO_ENABLED=0 go tool -n kustomize); \
	go -C hack/release run . --version "$(VERSION)" --repository "$(REPOSITORY)" --source-url "$(SOURCE_URL)" \
	  --kustomize "$$kustomize" --platforms "$(PLATFORMS)" --reproduce=$(if $(REPRODUCE),true,false) --output "$(CURDIR)/dist/release"

# make demo    the main job, told in a minute
# make test    all tests; installs from packages what they need
# make check   vet, staticcheck, govulncheck, gofmt, the race detector, short fuzzing
# make bench   speed, side by side with peers
# make library the figures in docs/library/, from the scenarios; takes minutes
# make build   bin/srtm

GO ?= go

.PHONY: demo test bench check build fuzz library vulncheck clean

demo: build
	bin/srtm demo

build:
	$(GO) build -trimpath -o bin/srtm ./cmd/srtm

# Tests that play in real time against virtual time have the machine to themselves,
# and so come last.
test:
	scripts/prepare
	$(GO) test ./...
	$(GO) test -tags alone -run VirtualAgreesWithReal ./cmd/srtm

bench: build
	scripts/bench

check:
	$(GO) vet -tags alone ./...
	$(GO) tool staticcheck -tags alone ./...
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not gofmt-ed:"; echo "$$out"; exit 1; }
	scripts/prepare
	$(GO) test -race ./...
	scripts/fuzz 10s
	$(MAKE) vulncheck

# The list of known vulnerabilities comes over the network from vuln.go.dev.
vulncheck:
	$(GO) tool govulncheck ./...

fuzz:
	scripts/fuzz 60s

library: build
	scripts/library
	$(GO) test ./cmd/srtm -run TestLibrary

clean:
	rm -rf bin

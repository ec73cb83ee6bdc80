# make demo    the main job, told in a minute
# make test    all tests; installs from packages what they need
# make check   vet, staticcheck, govulncheck, gofmt, the race detector, short fuzzing
# make bench   speed, side by side with peers
# make build   bin/srtm

GO ?= go

.PHONY: demo test bench check build fuzz vulncheck clean

demo: build
	bin/srtm demo

build:
	$(GO) build -trimpath -o bin/srtm ./cmd/srtm

test:
	scripts/prepare
	$(GO) test ./...

bench: build
	scripts/bench

check:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
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

clean:
	rm -rf bin

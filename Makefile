# The front door. Each target is a script of scripts/, which says what it does and needs.
.PHONY: bench demo serve test

demo: ## Build, make a synthetic day, load it twice, show and search a security
	@scripts/demo.sh

serve: ## Serve the HTTP API on a synthetic day and a private database, until Ctrl-C
	@scripts/serve.sh

test: ## Everything that CI checks, but what needs more than Rust and PostgreSQL
	@scripts/test.sh

bench: ## Measure loads against what the server can take in; see docs/performance.md
	@scripts/bench.sh

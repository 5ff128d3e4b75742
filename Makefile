# Each target runs a script in scripts/, whose first lines say what it does.
.DEFAULT_GOAL := help
.PHONY: help demo serve test python bench bench-sizes package

help: ## List the targets
	@sed -n 's/^\([a-z-]*\): ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## Build, load synthetic days into a private database, show and search securities
	@scripts/demo.sh

serve: ## Build, and serve the HTTP API and the console with a month of synthetic days until Ctrl-C
	@scripts/serve.sh

test: ## Run all checks and tests that need only Rust and PostgreSQL
	@scripts/test.sh

python: ## Build the Python package in python/ and test it with polars, DuckDB and pyarrow
	@scripts/test-python.sh

bench: ## Measure how fast loads, searches, the history and look-ups are; docs/performance.md explains the tables
	@scripts/bench.sh
	@scripts/bench-lookups.sh

bench-sizes: ## Measure loads from 100,000 to 10,000,000 issues, and draw their time
	@scripts/bench-sizes.sh

package: ## Build the Debian package and the Python wheel
	@scripts/package.sh

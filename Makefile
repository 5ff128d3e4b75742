# The front door. Each target is a script of scripts/, which says what it does and needs.
.PHONY: demo test

demo: ## Build, make a synthetic day, load it twice, show and search a security
	@scripts/demo.sh

test: ## Everything that CI checks, but what needs more than Rust and PostgreSQL
	@scripts/test.sh

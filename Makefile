.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: run assets test lint bench faults translations lock clean

BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
INSTALL := $(if $(shell command -v uv),uv pip install --python $(BIN)/python,\
	$(BIN)/python -m pip install --disable-pip-version-check) --quiet
# Extras stay in the lock: without them pip asks for the newest release of a package that another one wants with an extra.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate
# Who may do what, who has a place, and private links: every branch is tested.
WHOLLY_COVERED := eventhub/*/policy.py,eventhub/registrations/services.py,eventhub/registrations/moves.py,eventhub/registrations/access.py,eventhub/registrations/queue.py,eventhub/registrations/decisions.py,eventhub/registrations/pools.py,eventhub/foundation/links.py,eventhub/foundation/permissions.py
VENDOR := eventhub/static/vendor
FONTS := node_modules/@expo-google-fonts
FONT := $(FONTS)/noto-sans-sc
HAS_FONT := $(BIN)/python -m eventhub.foundation.typesetter --has-font
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm

run: .venv/.installed $(VENDOR)/.installed $(CATALOGUES)
	@$(BIN)/eventhub db upgrade
	@$(BIN)/eventhub demo --if-empty
	@exec $(BIN)/eventhub serve

# What a wheel takes along beside our own files.
assets: $(VENDOR)/.installed

test: .venv/.installed-dev $(VENDOR)/.installed $(CATALOGUES)
	$(BIN)/pytest --numprocesses 2 --dist worksteal --cov
	@$(BIN)/coverage report --include=$(WHOLLY_COVERED) --fail-under=100

lint: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/eventhub translations check

bench: .venv/.installed-dev $(CATALOGUES)
	$(BIN)/python -m tests.bench

faults: .venv/.installed-dev $(CATALOGUES)
	$(BIN)/pytest -m faults -o faulthandler_timeout=1200

# No line numbers and no guesses: the difference of a catalogue shows what a translator has to do.
translations: .venv/.installed-dev
	$(BIN)/pybabel -q extract --mapping-file pyproject.toml --add-location file --sort-by-file --no-wrap \
		--keyword _l --keyword lazy_gettext --keyword lazy_ngettext:1,2 --keyword lazy_pgettext:1c,2 \
		--header-comment '# The interface of EventHub.' --output-file translations/messages.pot .
	$(BIN)/pybabel -q update --input-file translations/messages.pot --output-dir translations --locale zh \
		--init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

lock: node_modules/.npm | .venv/.made
	@test -x $(BIN)/uv || $(INSTALL) uv
	$(LOCK) pyproject.toml --extra scale --group dev --output-file requirements-dev.txt
	$(LOCK) pyproject.toml --extra scale --group build --constraint requirements-dev.txt --output-file requirements.txt
	$(LOCK) --group node --output-file requirements-node.txt
	$(NPM) update --package-lock-only

clean:
	rm -rf .venv node_modules $(VENDOR) dist $(CATALOGUES)

.venv/.made:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -m venv .venv && touch $@; exit; \
	done; echo 'EventHub needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3' >&2; exit 1

.venv/.installed: requirements.txt pyproject.toml | .venv/.made
	@echo 'Installing the locked requirements into .venv ...'
	@$(INSTALL) --require-hashes --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo 'Installing what the tests need into .venv ...'
	@$(INSTALL) --require-hashes --requirement requirements-dev.txt
	@touch $@

# Node comes from a wheel only where the machine has no npm.
node_modules/.npm: requirements-node.txt | .venv/.made
	@command -v npm >/dev/null || $(INSTALL) --require-hashes --requirement requirements-node.txt
	@mkdir -p node_modules && touch $@

# Fonts for Chinese, 100 MB, come only where the machine has none: what is to be printed is set in them. The Japanese one
# has rare characters of Chinese names that the other lacks; the third has emoji.
node_modules/.installed: package-lock.json package.json node_modules/.npm .venv/.installed
	@if $(HAS_FONT); then $(NPM) ci --omit=optional; else $(NPM) ci; fi
	@touch node_modules/.npm $@

# The files that pages ask for, out of the packages that bring them.
$(VENDOR)/.installed: node_modules/.installed
	@mkdir -p $(VENDOR)/fonts
	@cp node_modules/@event-calendar/build/dist/event-calendar.min.js \
		node_modules/@event-calendar/build/dist/event-calendar.min.css $(VENDOR)
	@# A file that another one asks for by its bare name would be kept for a year, whatever has become of it.
	@cp node_modules/qr/index.js $(VENDOR)/qr-code.js
	@sed "s|'./index.js'|'./qr-code.js?v=$$(cksum < $(VENDOR)/qr-code.js | cut -d ' ' -f 1)'|" node_modules/qr/decode.js \
		> $(VENDOR)/qr-reader.js
	@if [ -d $(FONT) ]; then cp $(FONT)/400Regular/*.ttf $(FONT)/700Bold/*.ttf $(FONT)/LICENSE_FONT $(VENDOR)/fonts; fi
	@for rare in $(FONTS)/noto-sans-jp $(FONTS)/noto-emoji; do \
		if [ -d $$rare ]; then mkdir -p $(VENDOR)/fonts && cp $$rare/400Regular/*.ttf $$rare/700Bold/*.ttf $(VENDOR)/fonts && \
		cp $$rare/LICENSE_FONT $(VENDOR)/fonts/LICENSE_FONT.$$(basename $$rare); fi; done
	@touch $@

%.mo: %.po .venv/.installed
	@$(BIN)/pybabel -q compile --input-file $< --output-file $@

# `make install` puts the program into PREFIX. It uses the Swift runtime of this machine's toolchain; packages
# (`make package`) carry it with them.
PREFIX ?= /usr/local
DESTDIR ?=
# Not every shell expands a tilde after `=`.
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))

.PHONY: build demo test lint format install uninstall package
build: ; scripts/build -c release --product avatarium
demo: ; scripts/demo
test: ; scripts/test
lint: ; swift format lint --strict -r Sources Tests Shaders Models Benchmarks Package.swift
format: ; swift format -i -r Sources Tests Shaders Models Benchmarks Package.swift
# `sudo make install` takes what its user built: root's PATH has no Swift as a rule, and its objects would be root's.
install: $(if $(SUDO_USER),,build) ; scripts/install .build/release "$(DESTDIR)$(PREFIX)"
uninstall:
	rm -rf "$(DESTDIR)$(PREFIX)/libexec/avatarium" "$(DESTDIR)$(PREFIX)/share/avatarium" "$(DESTDIR)$(PREFIX)/share/doc/avatarium"
	rm -f "$(DESTDIR)$(PREFIX)/bin/avatarium" "$(DESTDIR)$(PREFIX)"/share/man/man1/avatarium*.1 \
	  "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/avatarium" \
	  "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_avatarium" \
	  "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/avatarium.fish"
package: ; scripts/package

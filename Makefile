.PHONY: demo test lint format
demo: ; scripts/demo
test: ; scripts/test
lint: ; swift format lint --strict -r Sources Tests Shaders Models Benchmarks Package.swift
format: ; swift format -i -r Sources Tests Shaders Models Benchmarks Package.swift

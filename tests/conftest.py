"""Fixtures that every room may use."""

pytest_plugins = ["tests.servers.postgres", "tests.servers.clickhouse"]

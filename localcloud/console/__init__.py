"""The console: a page and JSON that show what the local services hold."""

"""Notes as files: PDF, Word and plain text, all from the same sheet."""

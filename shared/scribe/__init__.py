"""The AI scribe: notes, suggestions and summaries that rest on what was said, and a checker of whether they do."""

"""What the Gemini stand-in does instead of thinking: it sorts, quotes and cites, and invents nothing."""

"""Generative AI: structured answers and transcripts from Gemini, the audio gate before them, and what they cost.

Production talks to Vertex AI, which the BAA covers; the Gemini Developer API is not in it and is never used here.
"""

"""Measurements of what the design promises: cold starts, Firestore round trips and billed operations, CPU.

    python -m tools.bench            all of it, and docs/performance.md (20 to 40 minutes)
    python -m tools.bench --quick    fewer runs and documents, nothing written

Everything runs on this machine, on services of its own. What is compared runs in turns, so that a busy machine slows
both sides: ratios mean something where seconds do not.
"""

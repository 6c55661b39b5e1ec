"""Stories told through the whole system by real clients."""

"""The whole cloud on one machine: local services that the real SDKs talk to, and what starts them."""

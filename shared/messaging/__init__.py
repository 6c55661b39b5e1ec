"""Text messages: sent through Twilio by a worker, received by webhook, with opt-outs honoured and numbers verified."""

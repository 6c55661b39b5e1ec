"""The local mail server: it accepts everything, delivers nothing and shows what it was sent."""

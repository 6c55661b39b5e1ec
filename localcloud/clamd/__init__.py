"""A stand-in for clamd, the daemon of ClamAV, on TCP. It knows one piece of malware: the EICAR test file."""

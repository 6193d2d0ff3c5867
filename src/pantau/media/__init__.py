"""The media engine as a library: sources in; live windows, stills and packets out.

No HTTP server, no SQL, no settings file.
"""

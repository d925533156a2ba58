"""What a study was made of and by: revision, host, seeds, digests of inputs, and the crate that
packs the account of it.

Nothing here tells a person, a place or a machine by name: recordings are counted within their
patient, and a host is its kind of processor.
"""

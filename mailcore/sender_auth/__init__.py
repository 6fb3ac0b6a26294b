"""Who really sent a message: DKIM now; SPF, DMARC and ARC beside it later.

Pure: values in, values out. DNS comes in as an argument (`lookups.Txt`), so tests pass a dict,
and the clock comes in as a number.
"""

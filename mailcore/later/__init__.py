"""Later: what is to happen at a time somebody chose. `snooze`, `follow_up`, `sending` write Reminder rows; `clock`
sleeps until the earliest of them is due; `due` does it, once, whoever asks and however often.

State is in the rows. The clock, the bell and the broker may all be lost: then beat finds the rows a moment later.
"""

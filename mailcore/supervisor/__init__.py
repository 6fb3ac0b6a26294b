"""Everything on one machine with one command: what `manage.py up` does.

service      prepare, start, watch, drain
flags        settings as flags, for every command
folder       the data folder: made, proved writable, locked, its secret key
ports        every listening socket, opened before anything else and held while children come and go
first_start  certificate, migrations, static files, first domain and administrator
plan         which processes there are and the command line of each
processes    start, watch, restart with back-off, drain
redis        the embedded one
problems     what operators can mend, as a sentence
diagnosis    what `doctor` looks at
"""

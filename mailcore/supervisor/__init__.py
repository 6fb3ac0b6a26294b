"""Everything on one machine with one command: what `manage.py up` does.

    plan         which processes make up the service, and how each is started
    processes    start, watch, restart with back-off, stop: children die with us, however we die
    folder       the data folder: made, locked, its free space and rights checked
    first_start  secret key, certificate, migrations, first domain, first administrator
    diagnosis    what `doctor` looks at
"""

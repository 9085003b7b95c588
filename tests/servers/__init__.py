"""Real servers for the tests, one set per test process (xdist: every worker has its own), all on 127.0.0.1.

    dovecot    IMAP, IMAPS, LMTP; `user = dovecot.new_user()`, `dovecot.append(user, raw)`, `dovecot.mailbox(user)`
    postfix    delivers desk.test and customer.test to Dovecot; submission with STARTTLS and login
    pymap      the embedded servers of `maild demo`: the poorer IMAP server
    sink       takes every mail and keeps it with its envelope; refuses, hangs up, restarts when told to
    chromium   a headless browser, in which mails are looked at
    mutt       a real mail client on a terminal, driven by keys
    pg_url     a fresh PostgreSQL database for this test; stores.py has such with our tables, ready at once
    commands   `maild` commands without the half second that their start takes
    certs      an authority and a certificate for 127.0.0.1 and localhost

A server that is not installed skips the test; with MAILD_REQUIRE_SERVERS set it fails it. Nothing here outlives
the test process.
"""

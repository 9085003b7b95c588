"""The road: `intake` (store the letter), `route` (a message), `due` (a timer), `send` (the outbox), `explain`
(decide without apply). Each reads on one screen; `office` is what they all need."""

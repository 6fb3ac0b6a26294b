"""Push: browsers are told of new mail while no page of ours is open. RFC 8030, RFC 8291, RFC 8292.

`subscriptions` are rows; a delivery marks them as due in its own transaction; `news` is what there is to tell, `tell`
claims a row, seals the news for that browser (`wire.sealing`) and hands it to the browser's push service, signed
(`wire.vapid`). Nothing is sent from within a delivery. The bell is a hint: the clock and beat find what is due.

We seal and sign ourselves, eighty lines on `cryptography`: the libraries for it would resolve the names of push
services themselves, and so get round the look at their addresses (`mailcore.outside`), and bring two HTTP clients.
"""

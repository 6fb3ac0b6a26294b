"""Search: one query tree (`query`), two grammars (IMAP's and `web_syntax`), one evaluator (`evaluate`). DESIGN §8."""

"""The 36 actions, one entry each, in a file a grandparent; `catalogue` has them all, `action` says what one is, and
`primitives` which motions they are made of."""

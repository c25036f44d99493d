"""Webhooks: what happened here is told to addresses of an administrator's (docs/webhooks.md)."""

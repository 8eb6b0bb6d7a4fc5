"""When somebody is told: rules that raise and clear alerts, and webhooks that say so."""

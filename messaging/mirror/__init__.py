"""The machinery: promised requests, stored webhooks, and the local mirror. It knows no particular resource."""

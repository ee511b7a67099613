"""From a webhook's body to what StackOne says of the account: verified, queued, processed."""

"""What every source that uses the network needs: addresses, dialling, logins, HTTP."""

"""The pages of operators and admins: forms that work without a script, and quicker with one."""

"""What can be wrong with a machine or an installation: each check with its repair in plain words.

Checks are plain functions over what was measured; app/checks measures.  `examining` carries them
out side by side, `findings` is what they say.
"""

from pantau.operations.doctor.findings import Finding, advice, fine, unknown, wrong

__all__ = ["Finding", "advice", "fine", "unknown", "wrong"]

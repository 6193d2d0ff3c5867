"""Where footage is kept: folders on disks, and object stores."""

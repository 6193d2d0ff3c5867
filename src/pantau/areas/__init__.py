"""Places that cameras belong to: kecamatan, kelurahan, RW, RT."""

"""What a media server must do so that the hub can drive it; see `conftest.py` for which one."""

"""Demo cameras: a real RTSP server with generated clips, which is also the farm of the tests."""

"""Other people's HLS under addresses of ours: fetched once for everybody, leading nowhere else."""

"""Which shard a camera lives in."""

from hypothesis import given
from hypothesis import strategies as st

from pantau.mediaserver.placement import Placement


def test_new_shard_opens_when_all_are_full() -> None:
    placement = Placement(shard_size=2)
    shards: set[str] = set()
    for name in "abcde":
        shards.add(placement.place(name, among=shards))
    assert len(shards) == 3
    assert sorted(len(placement.paths(shard)) for shard in shards) == [1, 2, 2]


def test_camera_stays_where_it_is_whatever_comes_and_goes() -> None:
    placement = Placement(shard_size=2)
    first = placement.place("a", among=[])
    placement.place("b", among=[first])
    second = placement.place("c", among=[first])
    placement.forget("b")
    assert placement.place("c", among=[first, second]) == second
    assert placement.place("d", among=[first]) == first


def test_names_of_shards_are_never_used_again() -> None:
    placement = Placement(shard_size=1)
    assert len({placement.new_shard() for _ in range(100)}) == 100


@given(
    st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=60),
    st.integers(min_value=1, max_value=9),
)
def test_no_shard_is_ever_overfull_and_every_camera_has_one(names: list[str], size: int) -> None:
    placement = Placement(shard_size=size)
    shards: set[str] = set()
    for name in names:
        shards.add(placement.place(name, among=shards))
    assert all(len(placement.paths(shard)) <= size for shard in shards)
    assert sorted(path for shard in shards for path in placement.paths(shard)) == sorted(names)
    assert len(shards) == -(-len(names) // size)


def test_cameras_spread_over_the_shards_that_have_room() -> None:
    placement = Placement(shard_size=1_000)
    shards = [placement.new_shard() for _ in range(4)]
    for number in range(400):
        placement.place(f"camera-{number}", among=shards)
    assert min(len(placement.paths(shard)) for shard in shards) > 50

"""What the map decides without a map: clusters, fans, projections; pure functions, in a browser."""

from playwright.sync_api import Browser

from tests.browser.house import House
from tests.browser.sights import open_page

PURE = """async () => {
  const { clusters, fanned, marksAt, project, FAN_ZOOM, MOST_FANNED } =
    await import("pantau/map_clusters");
  const { hull } = await import("pantau/map_ground");
  let seed = 42;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const many = [];
  for (let id = 1; id <= 800; id += 1) {
    many.push({ id, lat: -7 + random() / 3, lng: 110 + random() / 3, isBroken: id % 9 === 0 });
  }
  const spots = (zoom) => many.map((each) => ({ ...each, ...project(each.lat, each.lng, zoom) }));
  const faults = [];
  for (let zoom = 3; zoom <= 19; zoom += 0.5) {
    const here = spots(zoom);
    const found = clusters(here);
    const again = clusters([...here].reverse());
    if (JSON.stringify(found) !== JSON.stringify(again)) faults.push(`${zoom}: order matters`);
    const ids = found.flatMap((each) => each.spots.map((spot) => spot.id)).sort((a, b) => a - b);
    if (ids.length !== 800 || new Set(ids).size !== 800) faults.push(`${zoom}: ${ids.length}`);
    if (found.reduce((sum, each) => sum + each.broken, 0) !== 88) faults.push(`${zoom}: broken`);
    const keys = new Set(found.map((each) => each.key));
    if (keys.size !== found.length) faults.push(`${zoom}: keys`);
    found.forEach((a, at) => found.slice(0, at).forEach((b) => {
      if (Math.hypot(a.x - b.x, a.y - b.y) < 50) faults.push(`${zoom}: ${a.key} touches ${b.key}`);
    }));
  }
  const rings = [];
  for (const count of [1, 2, 3, 6, 7, 18]) {
    const one = (_, at) => ({ id: at + 1, x: 500, y: 500, isBroken: false });
    const fan = fanned(clusters(Array.from({ length: count }, one))[0]);
    const away = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
    const apart = fan.flatMap((a, at) => fan.slice(0, at).map((b) => away(a, b)));
    rings.push([fan.length, Math.min(44, ...apart)]);
  }
  const crowd = Array.from({ length: 19 }, (_, at) => ({ id: at, x: 9, y: 9, isBroken: true }));
  const square = [[0, 0], [0, 2], [2, 2], [2, 0], [1, 1], [0, 1]];
  return {
    faults, rings,
    nothing: clusters([]),
    below: marksAt(crowd.slice(0, 5), FAN_ZOOM - 1).length,
    streets: marksAt(crowd.slice(0, 5), FAN_ZOOM).length,
    most: marksAt(crowd.slice(0, MOST_FANNED), FAN_ZOOM).length,
    tooMany: marksAt(crowd, 19).map((each) => [each.spots.length, each.broken]),
    zero: project(0, 0, 0),
    hull: hull(square.map(([lat, lng]) => ({ lat, lng }))).length,
  };
}"""


def test_clusters_are_the_same_whatever_the_order_and_lose_nobody(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.goto(f"{shared_house.address}/peta")
        found = page.evaluate(PURE)
        assert found.pop("faults") == []
        assert found == {
            "rings": [[1, 44], [2, 44], [3, 44], [6, 44], [7, 44], [18, 44]],
            "nothing": [],
            "below": 1,
            "streets": 5,
            "most": 18,
            "tooMany": [[19, 19]],
            "zero": {"x": 128, "y": 128},
            "hull": 4,
        }

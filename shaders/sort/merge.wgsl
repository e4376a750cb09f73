// A further step of a sort: each two neighbouring runs of RUN are merged. A workgroup makes TILE elements of the result; it
// finds by binary search which part of either run they come from (Green, McColl & Bader, "GPU Merge Path", ICS 2012), and
// each element's place among them by another.
${HEADER}

const LENGTH = ${LENGTH}u;
const LINES = ${LINES}u;
const RUN = ${RUN}u;
const TILE = ${TILE}u;
const TILES = ${TILES}u;
const WIDTH = ${WIDTH}u;

@group(0) @binding(${KEYS}) var<storage, read> keys_before: array<u32>;
@group(0) @binding(${PLACES}) var<storage, read> places_before: array<u32>;

var<workgroup> keys: array<u32, TILE>;
var<workgroup> places: array<u32, TILE>;
var<workgroup> cuts: array<u32, 2>;

/// Of the first `count` elements of both runs together, how many come from the left one.
fn taken_from_left(left: u32, left_size: u32, right: u32, right_size: u32, count: u32) -> u32 {
  var low = select(0u, count - right_size, count > right_size);
  var high = min(count, left_size);
  while (low < high) {
    let middle = (low + high) / 2u;
    let a = left + middle;
    let b = right + count - 1u - middle;
    let key_a = keys_before[a];
    let key_b = keys_before[b];
    if (key_a < key_b || (key_a == key_b && places_before[a] < places_before[b])) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = group.x + group.y * ${GROUPS_X}u;
  let line = tile / TILES;
  let start = tile % TILES * TILE;
  let left = start - start % (2u * RUN);
  let right = min(left + RUN, LENGTH);
  let end = min(left + 2u * RUN, LENGTH);
  let base = line * LENGTH;
  let first = start - left;
  let last = min(first + TILE, end - left);
  if (line < LINES && thread < 2u) {
    let count = select(first, last, thread == 1u);
    cuts[thread] = taken_from_left(base + left, right - left, base + right, end - right, count);
  }
  workgroupBarrier();
  let size = select(0u, last - first, line < LINES);
  let from_left = cuts[1] - cuts[0];
  for (var i = thread; i < size; i += WIDTH) {
    let at = base + select(right + first - cuts[0] + i - from_left, left + cuts[0] + i, i < from_left);
    keys[i] = keys_before[at];
    places[i] = places_before[at];
  }
  workgroupBarrier();
  for (var i = thread; i < size; i += WIDTH) {
    let key = keys[i];
    let place = places[i];
    // How many of the other run's elements come before this one.
    let of_left = i < from_left;
    let other = select(0u, from_left, of_left);
    var low = other;
    var high = select(from_left, size, of_left);
    while (low < high) {
      let middle = (low + high) / 2u;
      if (keys[middle] < key || (keys[middle] == key && places[middle] < place)) {
        low = middle + 1u;
      } else {
        high = middle;
      }
    }
    let rank = select(i - from_left, i, of_left) + low - other;
    store(line, start + rank, key, place);
  }
}

// The last step of a sorted scatterAdd, indexAdd and their like. Entries with one key are neighbours: the first of them
// combines all, in order. One thread per entry and column.
${HEADER}

alias T = ${T};
const NOWHERE = 0xffffffffu;
const ENTRIES = ${ENTRIES}u;
const COLUMNS = ${COLUMNS}u;

/// What is there, and what arrives.
fn combine(a: T, b: T) -> T {
  return ${COMBINE};
}

@group(0) @binding(${SORTED}) var<storage, read> sorted: array<vec2<u32>>;

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  let first = e / COLUMNS;
  if (first >= ENTRIES) {
    return;
  }
  let key = sorted[first].x;
  if (key == NOWHERE || (first > 0u && sorted[first - 1u].x == key)) {
    return;
  }
  let column = e % COLUMNS;
  let at = key + out_column(column);
  let src = src_column(column);
  var total = old0(at);
  var i = first;
  // Four at a time while their keys agree, so that four reads are under way; still one after the other.
  for (; i + 3u < ENTRIES && sorted[i + 3u].x == key; i += 4u) {
    let v0 = in2(src + src_entry(sorted[i].y));
    let v1 = in2(src + src_entry(sorted[i + 1u].y));
    let v2 = in2(src + src_entry(sorted[i + 2u].y));
    let v3 = in2(src + src_entry(sorted[i + 3u].y));
    total = combine(total, v0);
    total = combine(total, v1);
    total = combine(total, v2);
    total = combine(total, v3);
  }
  for (; i < ENTRIES && sorted[i].x == key; i++) {
    total = combine(total, in2(src + src_entry(sorted[i].y)));
  }
  out0(at, total);
}

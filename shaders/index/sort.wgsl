// Sorts (key, entry) pairs: equal keys stay in the order of their entries. The first pass sorts blocks of RUN; each further
// pass merges WAYS sorted runs of RUN. A pair's place is the number of pairs before it, so that nothing is exchanged in place
// and no pass needs more than one barrier.
${HEADER}

const COUNT = ${COUNT}u;
const RUN = ${RUN}u;

@group(0) @binding(${AFTER}) var<storage, read_write> after: array<vec2<u32>>;

#if ${MERGE}
const WAYS = ${WAYS}u;

@group(0) @binding(${BEFORE}) var<storage, read> before: array<vec2<u32>>;

fn precedes(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}
#else
const NOWHERE = 0xffffffffu;
const EXTENT = ${EXTENT};
const OUT_STEP = ${OUT_STEP};

var<workgroup> keys: array<u32, RUN>;

/// Where the entry is to be added; entries that are out of range go last.
fn key_of(entry: u32) -> u32 {
  if (entry >= COUNT) {
    return NOWHERE;
  }
  let at = in1(index_at(entry));
  return select(NOWHERE, out_at(entry) + u32(at) * OUT_STEP, at >= 0 && at < EXTENT);
}
#endif

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
#if ${MERGE}
  if (e >= COUNT) {
    return;
  }
  let pair = before[e];
  let own = e - e % RUN;
  let start = e - e % (RUN * WAYS);
  let end = min(start + RUN * WAYS, COUNT);
  var place = start + e % RUN;
  for (var run = start; run < end; run += RUN) {
    if (run == own) {
      continue;
    }
    var low = run;
    var high = min(run + RUN, COUNT);
    while (low < high) {
      let middle = (low + high) / 2u;
      if (precedes(before[middle], pair)) {
        low = middle + 1u;
      } else {
        high = middle;
      }
    }
    place += low - run;
  }
  after[place] = pair;
#else
  let key = key_of(e);
  keys[thread] = key;
  workgroupBarrier();
  var place = e - thread;
  for (var i = 0u; i < RUN; i++) {
    place += select(0u, 1u, keys[i] < key || (keys[i] == key && i < thread));
  }
  if (e < COUNT) {
    after[place] = vec2(key, e);
  }
#endif
}

// A sort without workgroup memory and barriers, for adapters on which they cost more than they save: an element's place is
// the number of elements before it. The first step (FIRST) counts them in runs of RUN; each further one merges WAYS runs of
// RUN, counting by binary search in the other runs. One thread per element.
${HEADER}

const LENGTH = ${LENGTH}u;
const COUNT = ${COUNT}u;
const RUN = ${RUN}u;

#if ${FIRST}
#else
const WAYS = ${WAYS}u;

@group(0) @binding(${KEYS}) var<storage, read> keys_before: array<u32>;
@group(0) @binding(${PLACES}) var<storage, read> places_before: array<u32>;
#endif

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let line = e / LENGTH;
  let own = e % LENGTH;
#if ${FIRST}
  let x = x_at(line);
  let key = key_of(in0(x + own * ${X_STEP}));
  let start = own - own % RUN;
  let end = min(start + RUN, LENGTH);
  var at = start;
  for (var i = start; i < end; i++) {
    let other = key_of(in0(x + i * ${X_STEP}));
    at += select(0u, 1u, other < key || (other == key && i < own));
  }
  store(line, at, key, own);
#else
  let base = line * LENGTH;
  let key = keys_before[base + own];
  let place = places_before[base + own];
  let start = own - own % (RUN * WAYS);
  let end = min(start + RUN * WAYS, LENGTH);
  var at = start + own % RUN;
  for (var run = start; run < end; run += RUN) {
    if (run == own - own % RUN) {
      continue;
    }
    var low = run;
    var high = min(run + RUN, LENGTH);
    while (low < high) {
      let middle = (low + high) / 2u;
      let other = keys_before[base + middle];
      if (other < key || (other == key && places_before[base + middle] < place)) {
        low = middle + 1u;
      } else {
        high = middle;
      }
    }
    at += low - run;
  }
  store(line, at, key, place);
#endif
}

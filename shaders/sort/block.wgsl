// The first step of a sort: each SPAN neighbours of a line are sorted in workgroup memory by a bitonic network (Batcher,
// "Sorting networks and their applications", 1968). A short line is one span, and a workgroup takes several. Pairs of a key
// and a place are all different, so equal keys stay in the order of their places.
${HEADER}

const LENGTH = ${LENGTH}u;
const LINES = ${LINES}u;
const SPAN = ${SPAN}u;
const SPANS = ${SPANS}u;
const CAPACITY = ${CAPACITY}u;
const WIDTH = ${WIDTH}u;
const NOWHERE = 0xffffffffu;

var<workgroup> keys: array<u32, CAPACITY>;
var<workgroup> places: array<u32, CAPACITY>;

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let first = (group.x + group.y * ${GROUPS_X}u) * (CAPACITY / SPAN);
  for (var slot = thread; slot < CAPACITY; slot += WIDTH) {
    let span = first + slot / SPAN;
    let line = span / SPANS;
    let place = span % SPANS * SPAN + slot % SPAN;
    // What fills up the last span goes behind everything.
    keys[slot] = NOWHERE;
    places[slot] = NOWHERE;
    if (line < LINES && place < LENGTH) {
      keys[slot] = key_of(in0(x_at(line) + place * ${X_STEP}));
      places[slot] = place;
    }
  }
  workgroupBarrier();
  for (var size = 2u; size <= SPAN; size <<= 1u) {
    for (var step = size >> 1u; step > 0u; step >>= 1u) {
      for (var pair = thread; pair < CAPACITY / 2u; pair += WIDTH) {
        let low = ((pair & ~(step - 1u)) << 1u) | (pair & (step - 1u));
        let high = low | step;
        let rising = (low & (SPAN - 1u) & size) == 0u;
        let inverted = keys[low] > keys[high] || (keys[low] == keys[high] && places[low] > places[high]);
        if (inverted == rising) {
          let key = keys[low];
          keys[low] = keys[high];
          keys[high] = key;
          let place = places[low];
          places[low] = places[high];
          places[high] = place;
        }
      }
      workgroupBarrier();
    }
  }
  for (var slot = thread; slot < CAPACITY; slot += WIDTH) {
    let span = first + slot / SPAN;
    let line = span / SPANS;
    if (line < LINES && places[slot] != NOWHERE) {
      store(line, span % SPANS * SPAN + slot % SPAN, keys[slot], places[slot]);
    }
  }
}

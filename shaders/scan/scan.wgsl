// Running results along lines of LENGTH elements, cut into BLOCKS blocks of BLOCK. A team of TEAM threads walks a block, ITEMS
// elements per thread at a time: each thread combines its own, the totals of the threads are combined in log2(TEAM) steps
// (Hillis & Steele, "Data parallel algorithms", 1986), and each thread adds what is before it. TEAM = 1 has no use for memory
// in common. `start` is what a block begins with, `load` and `store` see element `at` of a line, `finish` gets the block's total.
// The order of combination depends on the shape only.
${HEADER}

${OP}

const LINES = ${LINES}u;
const LENGTH = ${LENGTH}u;
const BLOCK = ${BLOCK}u;
const BLOCKS = ${BLOCKS}u;
const TEAM = ${TEAM}u;
const WIDTH = ${WIDTH}u;

${ACCESS}

#if ${SHARED}
const ITEMS = ${ITEMS}u;
// A thread's elements and, behind them, its total: a stride that is odd keeps neighbours on different banks.
const STRIDE = ITEMS + 1u;

var<workgroup> slots: array<Accumulator, WIDTH * STRIDE>;
#endif

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let job = (group.x + group.y * ${GROUPS_X}u) * (WIDTH / TEAM) + thread / TEAM;
  let line = job % LINES;
  let block = job / LINES;
  let valid = block < BLOCKS;
  let first = block * BLOCK;
  let end = select(0u, min(LENGTH, first + BLOCK), valid);
  var carry = identity();
  if (valid) {
    carry = start(line, block);
  }
#if ${SHARED}
  let lane = thread % TEAM;
  let team = (thread - lane) * STRIDE;
  let own = team + lane * STRIDE;
  for (var tile = 0u; tile < BLOCK; tile += TEAM * ITEMS) {
    for (var i = lane; i < TEAM * ITEMS; i += TEAM) {
      let at = first + tile + i;
      var value = identity();
      if (at < end) {
        value = load(line, at);
      }
      slots[team + i + i / ITEMS] = value;
    }
    workgroupBarrier();
    var total = slots[own];
    for (var i = 1u; i < ITEMS; i++) {
      total = combine(total, slots[own + i]);
      slots[own + i] = total;
    }
    slots[own + ITEMS] = total;
    for (var span = 1u; span < TEAM; span *= 2u) {
      workgroupBarrier();
      if (lane >= span) {
        total = combine(slots[own + ITEMS - span * STRIDE], total);
      }
      workgroupBarrier();
      slots[own + ITEMS] = total;
    }
    workgroupBarrier();
    var before = carry;
    if (lane > 0u) {
      before = combine(carry, slots[own - 1u]);
    }
    for (var i = 0u; i < ITEMS; i++) {
      slots[own + i] = combine(before, slots[own + i]);
    }
    carry = combine(carry, slots[team + TEAM * STRIDE - 1u]);
    workgroupBarrier();
    for (var i = lane; i < TEAM * ITEMS; i += TEAM) {
      let at = first + tile + i;
      if (at < end) {
        store(line, at, slots[team + i + i / ITEMS]);
      }
    }
    // No barrier: a thread loads the next elements into the places that it alone has read since the last one.
  }
  if (valid && lane == 0u) {
    finish(line, block, carry);
  }
#else
  for (var at = first; at < end; at++) {
    carry = combine(carry, load(line, at));
    store(line, at, carry);
  }
  if (valid) {
    finish(line, block, carry);
  }
#endif
}

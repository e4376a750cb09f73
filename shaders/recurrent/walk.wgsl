// What both walks share: the frame, in which each has its own step, advance(). A workgroup takes R blocks of four sequences through time; SPLIT: it takes only some of their units, and a
// dispatch is a single step. Where a walk is several dispatches (CHUNKED), the clock tells each where to begin.
const TIME = ${TIME}u;
const BATCH = ${BATCH}u;
const STATE = ${STATE}u;
const HIDDEN = ${HIDDEN}u;
const FINAL = ${FINAL}u;
const SAVED = ${SAVED}u;
const BLOCKS = ${BLOCKS}u;
const R = ${R}u;
const WIDTH = ${WIDTH}u;
// Units of a round of all threads.
const ROUND = ${ROUND}u;
const TILES = ${TILES}u;
const WORKGROUPS = ${WORKGROUPS}u;

#if ${VECTOR}
@group(0) @binding(${PACKED}) var<storage, read> weights: array<vec4<f32>>;
#else
@group(0) @binding(${PACKED}) var<storage, read> weights: array<f32>;
#endif
#if ${CARRIED}
@group(0) @binding(${CARRY}) var<storage, read_write> carry: array<vec4<f32>>;
#else
@group(0) @binding(${CARRY}) var<storage, read> carry: array<vec4<f32>>;
#endif
#if ${CHUNKED}
struct Clock {
  step: atomic<u32>,
  done: atomic<u32>,
}
@group(0) @binding(${CLOCK}) var<storage, read_write> clock: Clock;
var<workgroup> now: u32;

/** The step at which this dispatch begins. */
fn first_step(thread: u32) -> u32 {
  if (thread == 0u) {
    now = atomicLoad(&clock.step);
  }
  return workgroupUniformLoad(&now);
}

/** The last workgroup to come here moves the clock on: then all have read it. */
fn count_steps(thread: u32, steps: u32) {
  if (thread == 0u && atomicAdd(&clock.done, 1u) == WORKGROUPS - 1u) {
    atomicStore(&clock.done, 0u);
    atomicAdd(&clock.step, steps);
  }
}
#endif

fn wait_for_all() {
  workgroupBarrier();
#if ${CARRIED}
  storageBarrier();
#endif
}

fn time_of(step: u32) -> u32 {
#if ${DESCENDING}
  return TIME - 1u - step;
#else
  return step;
#endif
}

/** Which of a block's sequences go on at time t. */
fn live_at(t: u32, block: u32) -> vec4<bool> {
#if ${LENGTHS}
  return vec4(f32(t)) < carry[${LENGTHS_AT}u + block];
#else
  return vec4(true);
#endif
}

/** Sequences of a block that there are. */
fn rows_of(block: u32) -> u32 {
  return min(BATCH - min(4u * block, BATCH), 4u);
}

fn sequence(block: u32, i: u32) -> u32 {
  return min(4u * block + i, BATCH - 1u);
}

fn sigmoid4(v: vec4<f32>) -> vec4<f32> {
  var y = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    y[i] = precise_sigmoid(v[i]);
  }
  return y;
}

fn tanh4(v: vec4<f32>) -> vec4<f32> {
  var y = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    y[i] = precise_tanh(v[i]);
  }
  return y;
}

fn walk(thread: u32, lane: u32, number: u32) {
  let cell = number / TILES;
  let tile = number % TILES;
#if ${CHUNKED}
  let begin = first_step(thread);
  let end = min(begin + ${STEPS}u, ${ALL_STEPS}u);
#else
  let begin = 0u;
  let end = ${ALL_STEPS}u;
#endif
#if ${SHARED}
  take_up(thread, cell, begin);
  wait_for_all();
#endif
#if ${SPLIT}
  let first_unit = tile * ROUND;
  let end_unit = min(first_unit + ROUND, HIDDEN);
#else
  let first_unit = 0u;
  let end_unit = HIDDEN;
#endif
  for (var step = begin; step < end; step++) {
    advance(thread, lane, cell, first_unit, end_unit, step);
  }
#if ${CHUNKED}
#if ${SHARED}
  lay_down(thread, cell, end);
#endif
  count_steps(thread, ${STEPS}u);
#endif
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
#if ${LANES}
  @builtin(subgroup_invocation_id) lane: u32,
#endif
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * ${GROUPS_X}u;
  if (number < WORKGROUPS) {
#if ${LANES}
    walk(lane, lane, number);
#else
    walk(thread, 0u, number);
#endif
  }
}

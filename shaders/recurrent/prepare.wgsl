// Before a walk: the weights in the order in which it reads them, and the first states. `packed` holds weights, `carry` four
// sequences to a vec4.
${HEADER}
${SOURCES}

@group(0) @binding(${PACKED}) var<storage, read_write> packed: array<f32>;
@group(0) @binding(${CARRY}) var<storage, read_write> carry: array<vec4<f32>>;
#if ${CHUNKED}
@group(0) @binding(${CLOCK}) var<storage, read_write> clock: array<u32>;
#endif

const BATCH = ${BATCH}u;
const STATE = ${STATE}u;
const HIDDEN = ${HIDDEN}u;
const BLOCKS = ${BLOCKS}u;

fn sequence(block: u32, i: u32) -> u32 {
  return min(4u * block + i, BATCH - 1u);
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e < ${WEIGHTS}u) {
    packed[e] = weight(e);
  }
#if ${PROJECTED}
  if (e < ${PROJECTION_WEIGHTS}u) {
    packed[${WEIGHTS}u + e] = projection(e);
  }
#endif
  if (e < BLOCKS * STATE) {
    let b = e / STATE;
    let u = e % STATE;
    carry[e] = vec4(
      first_h(sequence(b, 0u), u),
      first_h(sequence(b, 1u), u),
      first_h(sequence(b, 2u), u),
      first_h(sequence(b, 3u), u),
    );
  }
#if ${LSTM}
  if (e < BLOCKS * HIDDEN) {
    let b = e / HIDDEN;
    let u = e % HIDDEN;
    carry[${CELLS}u + e] = vec4(
      first_c(sequence(b, 0u), u),
      first_c(sequence(b, 1u), u),
      first_c(sequence(b, 2u), u),
      first_c(sequence(b, 3u), u),
    );
  }
#endif
#if ${LENGTHS}
  if (e < BLOCKS) {
    carry[${LENGTHS_AT}u + e] = vec4(
      length_of(sequence(e, 0u)),
      length_of(sequence(e, 1u)),
      length_of(sequence(e, 2u)),
      length_of(sequence(e, 3u)),
    );
  }
#endif
#if ${CHUNKED}
  if (e < 2u) {
    clock[e] = 0u;
  }
#endif
}

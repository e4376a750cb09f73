// Which row stands at each place after the exchanges that pivots tell: followed backwards, one thread per place.
${HEADER}

const COUNT = ${COUNT}u;
const ROWS = ${ROWS}u;
const SIZE = ${SIZE}u;

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  var place = i32(e % ROWS);
  for (var k = SIZE; k > 0u; k--) {
    let here = i32(k) - 1;
    let other = in0(pivot_at(e / ROWS * SIZE + k - 1u)) - 1;
    if (other < 0 || other >= i32(ROWS)) {
      continue;
    }
    if (place == here) {
      place = other;
    } else if (place == other) {
      place = here;
    }
  }
  out0(e, place);
}

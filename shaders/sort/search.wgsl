// Binary search: how many of a row's sorted boundaries are below a value, or (RIGHT) not above it. One thread per value.
${HEADER}

const COUNT = ${COUNT}u;
const LENGTH = ${LENGTH}u;

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let key = key_of(in1(value_at(e)));
  let row = row_at(e);
  var low = 0u;
  var high = LENGTH;
  while (low < high) {
    let middle = (low + high) / 2u;
    let boundary = key_of(in0(row + middle * ${STEP}));
#if ${RIGHT}
    let before = boundary <= key;
#else
    let before = boundary < key;
#endif
    if (before) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  out0(e, i32(low));
}

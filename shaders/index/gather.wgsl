// gather and indexSelect: one thread per result. An index outside [0, EXTENT) reads 0.
${HEADER}

alias T = ${T};
const COUNT = ${COUNT}u;
const EXTENT = ${EXTENT};
const X_STEP = ${X_STEP};

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let at = in1(index_at(e));
  var value = T();
  if (at >= 0 && at < EXTENT) {
    value = in0(x_at(e) + u32(at) * X_STEP);
  }
  out0(e, value);
}

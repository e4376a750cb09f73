// Puts each element of a line where the index says. No place is named twice, and every one is.
${HEADER}

const COUNT = ${COUNT}u;
const LENGTH = ${LENGTH};

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
  if (at >= 0 && at < LENGTH) {
    out0(out_at(e) + u32(at) * ${OUT_STEP}, in0(x_at(e)));
  }
}

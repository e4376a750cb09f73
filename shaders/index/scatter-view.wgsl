// Writes src into a view of the base that starts at OFFSET, in place. One thread per element of src.
${HEADER}

const COUNT = ${COUNT}u;

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e < COUNT) {
    out0(out_at(e) + ${OFFSET}, in1(src_at(e)));
  }
}

// The driver of fused pointwise kernels. `element(i)` evaluates the program and stores its results: for element i, or for the
// four from 4i on.
${HEADER}

@compute @workgroup_size(${WIDTH})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (i < ${COUNT}u) {
    element(i);
  }
}

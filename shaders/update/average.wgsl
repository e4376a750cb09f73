// Running averages of tensors that lie in another arena in the same order.
${HEADER}

const COUNT = ${COUNT}u;

${BINDINGS}

fn averaged(old: f32, fresh: f32, weight: f32) -> f32 {
  let y = select(old + weight * (fresh - old), fresh, weight == 1.0);
#if ${HALF}
  return round_to_half(y);
#else
  return y;
#endif
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (at >= COUNT) {
    return;
  }
  let weight = ${WEIGHT};
  let a = averages[at];
  let b = news[at];
  averages[at] = vec4(
    averaged(a.x, b.x, weight),
    averaged(a.y, b.y, weight),
    averaged(a.z, b.z, weight),
    averaged(a.w, b.w, weight),
  );
}

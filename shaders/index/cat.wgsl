// Writes a stretch of a concatenation along one dim: SPAN positions of it, made of several operands. One thread per element.
${HEADER}

alias T = ${T};
const COUNT = ${COUNT}u;
const SPAN = ${SPAN}u;
const INNER = ${INNER}u;

fn part(e: u32) -> T {
  let position = e / INNER % SPAN;
${PARTS}
  return T();
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e < COUNT) {
    out0(out_at(e), part(e));
  }
}

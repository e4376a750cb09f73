// (g, logits, target, log Σ exp) -> g·(softmax(logits) − onehot(target)), 0 in ignored rows. One thread per logit.
${HEADER}

const CLASSES = ${CLASSES}u;
const COUNT = ${COUNT}u;
const IGNORED = ${IGNORED};

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let row = e / CLASSES;
  let goal = in2(target_row(row));
  var dx = 0.0;
  if (goal != IGNORED) {
    let p = precise_exp(in1(x_at(e)) - in3(lse_row(row)));
    let hot = select(0.0, 1.0, goal == i32(e % CLASSES));
    dx = in0(g_row(row)) * (p - hot);
  }
  out0(e, dx);
}

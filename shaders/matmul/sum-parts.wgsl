// Adds the partial sums that a contraction left in `partial`, PARTS apart by SIZE, in a fixed order.
${HEADER}
@group(0) @binding(${PARTIAL_BINDING}) var<storage, read> partial: array<f32>;

const SIZE = ${SIZE}u;
const PARTS = ${PARTS}u;

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e < SIZE) {
    var sum = 0f;
    for (var part = 0u; part < PARTS; part++) {
      sum += partial[part * SIZE + e];
    }
    out0(e, sum);
  }
}

// Adds src through a view that may show an element of the result several times. One thread per element of the result, which
// looks for the coordinates with Σ coordinate · STRIDE = its place: dim by dim, largest stride first, among those that leave a
// rest within what the further dims reach. So it reads src once in all, in a fixed order.
${HEADER}

alias T = ${T};
const COUNT = ${COUNT}u;
const OFFSET = ${OFFSET}u;
const SIZE = array<u32, ${RANK}>(${SIZE});
const STRIDE = array<u32, ${RANK}>(${STRIDE});
// What the dims after this one reach.
const REACH = array<u32, ${RANK}>(${REACH});
const SRC = array<u32, ${RANK}>(${SRC});

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  var total = T(0);
  if (e >= OFFSET && e - OFFSET <= ${FARTHEST}u) {
    let rest0 = e - OFFSET;
    let from0 = ${SRC_OFFSET};
#repeat d ${RANK}
    let low$d = (max(rest$d, REACH[$d]) - REACH[$d] + STRIDE[$d] - 1u) / STRIDE[$d];
    let high$d = min(SIZE[$d] - 1u, rest$d / STRIDE[$d]);
    for (var i$d = low$d; i$d <= high$d; i$d++) {
      let rest$(d+1) = rest$d - i$d * STRIDE[$d];
      let from$(d+1) = from$d + i$d * SRC[$d];
#end
      if (rest${RANK} == 0u) {
        total = total ${PLUS} in0(from${RANK});
      }
#repeat d ${RANK}
    }
#end
  }
  out0(e, total);
}

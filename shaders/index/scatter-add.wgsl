// scatterAdd, indexAdd and their like without sorting. A line holds the ENTRIES indices along the dim that is written by
// index. Each line's entries are taken in order, whatever the form, so that the result is the same on every device.
${HEADER}

alias T = ${T};
const COUNT = ${COUNT}u;
const ENTRIES = ${ENTRIES}u;
const EXTENT = ${EXTENT};
const INDEX_STEP = ${INDEX_STEP};
const SRC_STEP = ${SRC_STEP};
const OUT_STEP = ${OUT_STEP};

/// What is there, and what arrives.
fn combine(a: T, b: T) -> T {
  return ${COMBINE};
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let index_line = index_at(e);
  let src_line = src_at(e);
  let out_line = out_at(e);
#if ${SCAN}
  // One thread per element written: it looks through the line for its own index.
  let mine = i32(e / ${INNER}u) % EXTENT;
  var total = old0(out_line);
  var hit = false;
  for (var k = 0u; k < ENTRIES; k++) {
    if (in1(index_line + k * INDEX_STEP) == mine) {
      total = combine(total, in2(src_line + k * SRC_STEP));
      hit = true;
    }
  }
  if (hit) {
    out0(out_line, total);
  }
#else
  // One thread per line: no other thread touches what it writes.
  for (var k = 0u; k < ENTRIES; k++) {
    let at = in1(index_line + k * INDEX_STEP);
    if (at >= 0 && at < EXTENT) {
      let p = out_line + u32(at) * OUT_STEP;
      out0(p, combine(old0(p), in2(src_line + k * SRC_STEP)));
    }
  }
#endif
}

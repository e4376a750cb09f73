// Resamples planes [outer, H, W, inner] along H and W at once. Forward: one thread per result, which weighs its taps. Backward:
// one thread per input, which gathers from the results that read it. FILTER says which inputs result o reads, and their weights.
${HEADER}

${FILTER}

const COUNT = ${COUNT}u;
const FROM = vec2<i32>(${FROM_H}, ${FROM_W});
const TO = vec2<i32>(${TO_H}, ${TO_W});
const INNER = ${INNER}u;

#if ${BACKWARD}
/// The first and last result that reads input i: an estimate, then steps inward.
fn readers(i: i32, scale: f32, size: i32, count: i32) -> vec2<i32> {
  var low = 0;
  var high = count - 1;
  if (scale > 0.0) {
    low = max(low, i32(clamp((f32(i) - reach(scale)) / scale, -8.0, 1e9)) - 3);
    high = min(high, i32(clamp((f32(i) + 1.0 + reach(scale)) / scale, -8.0, 1e9)) + 3);
  }
  while (low <= high && last_tap(low, scale, size) < i) {
    low++;
  }
  while (low <= high && first_tap(high, scale, size) > i) {
    high--;
  }
  return vec2(low, high);
}
#endif

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
  let scale = vec2<f32>(${SCALE_H}, ${SCALE_W});
#if ${BACKWARD}
  const here = FROM;
  const there = TO;
#else
  const here = TO;
  const there = FROM;
#endif
  let inner = e % INNER;
  let w = i32(e / INNER % u32(here.y));
  let h = i32(e / (INNER * u32(here.y)) % u32(here.x));
  let plane = e / (INNER * u32(here.x * here.y)) * u32(there.x);
#if ${BACKWARD}
  let rows = readers(h, scale.x, FROM.x, TO.x);
  let columns = readers(w, scale.y, FROM.y, TO.y);
#else
  let rows = vec2(first_tap(h, scale.x, FROM.x), last_tap(h, scale.x, FROM.x));
  let columns = vec2(first_tap(w, scale.y, FROM.y), last_tap(w, scale.y, FROM.y));
#endif
  var total = 0.0;
  for (var i = rows.x; i <= rows.y; i++) {
    var row = 0.0;
    for (var j = columns.x; j <= columns.y; j++) {
      let value = in0(x_at(((plane + u32(i)) * u32(there.y) + u32(j)) * INNER + inner));
#if ${BACKWARD}
      row += value * weight(j, w, scale.y, FROM.y);
#else
      row += value * weight(w, j, scale.y, FROM.y);
#endif
    }
#if ${BACKWARD}
    total += row * weight(i, h, scale.x, FROM.x);
#else
    total += row * weight(h, i, scale.x, FROM.x);
#endif
  }
  out0(e, total);
}

// Average pooling over planes (N·C, H, W). Forward: one thread per window. Backward: one thread per input, which gathers its
// share from each window that covers it. ADAPTIVE: windows of unequal size share the input out.
${HEADER}

const COUNT = ${COUNT}u;
const IN_H = ${IN_H};
const IN_W = ${IN_W};
const OUT_H = ${OUT_H};
const OUT_W = ${OUT_W};
const KERNEL_H = ${KERNEL_H};
const KERNEL_W = ${KERNEL_W};
const STRIDE_H = ${STRIDE_H};
const STRIDE_W = ${STRIDE_W};
const PAD_H = ${PAD_H};
const PAD_W = ${PAD_W};

/// What the sum over window (oh, ow) is divided by. A window may hang over the padding's end, which never counts.
fn divisor(oh: i32, ow: i32) -> f32 {
#if ${ADAPTIVE}
  // There may be no windows: a division by a constant 0 would not compile.
  let count = vec2(OUT_H, OUT_W);
  let height = ((oh + 1) * IN_H - 1) / count.x + 1 - oh * IN_H / count.x;
  let width = ((ow + 1) * IN_W - 1) / count.y + 1 - ow * IN_W / count.y;
  return f32(height * width);
#elif ${OVERRIDE}
  return f32(${OVERRIDE});
#else
  let top = oh * STRIDE_H - PAD_H;
  let left = ow * STRIDE_W - PAD_W;
#if ${COUNT_PADDING}
  return f32((min(top + KERNEL_H, IN_H + PAD_H) - top) * (min(left + KERNEL_W, IN_W + PAD_W) - left));
#else
  return f32((min(top + KERNEL_H, IN_H) - max(top, 0)) * (min(left + KERNEL_W, IN_W) - max(left, 0)));
#endif
#endif
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
  var total = 0.0;
#if ${BACKWARD}
  let plane = e / u32(IN_H * IN_W);
#if ${ADAPTIVE}
  // The windows from floor(h·n/size) up to ceil((h + 1)·n/size) hold h.
  let h = i32(e / u32(IN_W) % u32(IN_H));
  let w = i32(e % u32(IN_W));
  let low_h = h * OUT_H / IN_H;
  let low_w = w * OUT_W / IN_W;
  let high_h = ((h + 1) * OUT_H + IN_H - 1) / IN_H - 1;
  let high_w = ((w + 1) * OUT_W + IN_W - 1) / IN_W - 1;
#else
  let h = i32(e / u32(IN_W) % u32(IN_H)) + PAD_H;
  let w = i32(e % u32(IN_W)) + PAD_W;
  let low_h = max(h - KERNEL_H + STRIDE_H, 0) / STRIDE_H;
  let low_w = max(w - KERNEL_W + STRIDE_W, 0) / STRIDE_W;
  let high_h = min(h / STRIDE_H, OUT_H - 1);
  let high_w = min(w / STRIDE_W, OUT_W - 1);
#endif
  for (var oh = low_h; oh <= high_h; oh++) {
    for (var ow = low_w; ow <= high_w; ow++) {
      let o = (plane * u32(OUT_H) + u32(oh)) * u32(OUT_W) + u32(ow);
      total += in0(a_at(o)) / divisor(oh, ow);
    }
  }
  out0(e, total);
#else
  let plane = e / u32(OUT_H * OUT_W);
  let oh = i32(e / u32(OUT_W) % u32(OUT_H));
  let ow = i32(e % u32(OUT_W));
#if ${ADAPTIVE}
  let top = oh * IN_H / OUT_H;
  let left = ow * IN_W / OUT_W;
  let bottom = ((oh + 1) * IN_H - 1) / OUT_H + 1;
  let right = ((ow + 1) * IN_W - 1) / OUT_W + 1;
#else
  let top = oh * STRIDE_H - PAD_H;
  let left = ow * STRIDE_W - PAD_W;
  let bottom = min(top + KERNEL_H, IN_H);
  let right = min(left + KERNEL_W, IN_W);
#endif
  for (var h = max(top, 0); h < bottom; h++) {
    for (var w = max(left, 0); w < right; w++) {
      total += in0(a_at(plane * u32(IN_H * IN_W) + u32(h * IN_W + w)));
    }
  }
  out0(e, total / divisor(oh, ow));
#endif
}

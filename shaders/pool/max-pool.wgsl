// Max pooling over planes (N·C, H, W). Forward: the maximum of each window and its index in the input plane, one thread per
// window. Backward: one thread per input, which gathers from the windows that chose it. ADAPTIVE: windows of unequal size
// share the input out.
${HEADER}

alias T = ${T};
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
const DILATION_H = ${DILATION_H};
const DILATION_W = ${DILATION_W};

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
#if ${BACKWARD}
  let plane = e / u32(IN_H * IN_W);
  let here = i32(e % u32(IN_H * IN_W));
  var total = 0.0;
#if ${ADAPTIVE}
  // The windows from floor(h·n/size) up to ceil((h + 1)·n/size) hold h.
  let h = here / IN_W;
  let w = here % IN_W;
  let low_h = h * OUT_H / IN_H;
  let low_w = w * OUT_W / IN_W;
  let high_h = ((h + 1) * OUT_H + IN_H - 1) / IN_H - 1;
  let high_w = ((w + 1) * OUT_W + IN_W - 1) / IN_W - 1;
#else
  let h = here / IN_W + PAD_H;
  let w = here % IN_W + PAD_W;
#endif
#if ${APART}
  // Windows do not overlap: at most one covers (h, w).
  let oh = h / STRIDE_H;
  let ow = w / STRIDE_W;
  if (oh < OUT_H && ow < OUT_W) {
    let o = (plane * u32(OUT_H) + u32(oh)) * u32(OUT_W) + u32(ow);
    total = select(0.0, in0(dy_at(o)), in1(index_at(o)) == here);
  }
#else
#if ${ADAPTIVE}
#else
  // The windows whose span covers (h, w).
  let low_h = max(h - (KERNEL_H - 1) * DILATION_H + STRIDE_H - 1, 0) / STRIDE_H;
  let low_w = max(w - (KERNEL_W - 1) * DILATION_W + STRIDE_W - 1, 0) / STRIDE_W;
  let high_h = min(h / STRIDE_H, OUT_H - 1);
  let high_w = min(w / STRIDE_W, OUT_W - 1);
#endif
  for (var oh = low_h; oh <= high_h; oh++) {
    for (var ow = low_w; ow <= high_w; ow++) {
      let o = (plane * u32(OUT_H) + u32(oh)) * u32(OUT_W) + u32(ow);
      if (in1(index_at(o)) == here) {
        total += in0(dy_at(o));
      }
    }
  }
#endif
  out0(e, total);
#else
  let plane = e / u32(OUT_H * OUT_W);
  let oh = i32(e / u32(OUT_W) % u32(OUT_H));
  let ow = i32(e % u32(OUT_W));
#if ${ADAPTIVE}
  let top = oh * IN_H / OUT_H;
  let left = ow * IN_W / OUT_W;
  let rows = ((oh + 1) * IN_H - 1) / OUT_H + 1 - top;
  let columns = ((ow + 1) * IN_W - 1) / OUT_W + 1 - left;
#else
  let top = oh * STRIDE_H - PAD_H;
  let left = ow * STRIDE_W - PAD_W;
  const rows = KERNEL_H;
  const columns = KERNEL_W;
#endif
#if ${FLOAT}
  var best = -inf_f32();
  var best_is_nan = false;
#else
  var best = T();
#endif
  var chosen = -1;
  for (var i = 0; i < rows; i++) {
    let h = top + i * DILATION_H;
#if ${INSIDE}
#else
    if (h < 0 || h >= IN_H) {
      continue;
    }
#endif
    for (var j = 0; j < columns; j++) {
      let w = left + j * DILATION_W;
#if ${INSIDE}
#else
      if (w < 0 || w >= IN_W) {
        continue;
      }
#endif
      let here = h * IN_W + w;
      let value = in0(x_at(plane * u32(IN_H * IN_W) + u32(here)));
#if ${FLOAT}
      // As in PyTorch: the first of equal values, the last of several NaNs. Without branches, which cost more.
      let value_is_nan = is_nan(value);
      let better = (chosen < 0) | value_is_nan | (!best_is_nan & (value > best));
      best_is_nan |= value_is_nan;
#else
      let better = (chosen < 0) | (value > best);
#endif
      best = select(best, value, better);
      chosen = select(chosen, here, better);
    }
  }
  out0(e, best);
  out1(e, chosen);
#endif
}

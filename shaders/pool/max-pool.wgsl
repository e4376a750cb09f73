// Max pooling over planes (N·C, H, W). Forward: the maximum of each window and its index in the input plane, one thread per
// window. Backward: one thread per input, which gathers from the windows that chose it.
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
  let h = here / IN_W + PAD_H;
  let w = here % IN_W + PAD_W;
  var total = 0.0;
#if ${APART}
  // Windows do not overlap: at most one covers (h, w).
  let oh = h / STRIDE_H;
  let ow = w / STRIDE_W;
  if (oh < OUT_H && ow < OUT_W) {
    let o = (plane * u32(OUT_H) + u32(oh)) * u32(OUT_W) + u32(ow);
    total = select(0.0, in0(dy_at(o)), in1(index_at(o)) == here);
  }
#else
  // The windows whose span covers (h, w).
  let low_h = max(h - (KERNEL_H - 1) * DILATION_H + STRIDE_H - 1, 0) / STRIDE_H;
  let low_w = max(w - (KERNEL_W - 1) * DILATION_W + STRIDE_W - 1, 0) / STRIDE_W;
  let high_h = min(h / STRIDE_H, OUT_H - 1);
  let high_w = min(w / STRIDE_W, OUT_W - 1);
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
  let top = i32(e / u32(OUT_W) % u32(OUT_H)) * STRIDE_H - PAD_H;
  let left = i32(e % u32(OUT_W)) * STRIDE_W - PAD_W;
  var best = -inf_f32();
  var best_is_nan = false;
  var chosen = -1;
  for (var i = 0; i < KERNEL_H; i++) {
    let h = top + i * DILATION_H;
#if ${INSIDE}
#else
    if (h < 0 || h >= IN_H) {
      continue;
    }
#endif
    for (var j = 0; j < KERNEL_W; j++) {
      let w = left + j * DILATION_W;
#if ${INSIDE}
#else
      if (w < 0 || w >= IN_W) {
        continue;
      }
#endif
      let here = h * IN_W + w;
      let value = in0(x_at(plane * u32(IN_H * IN_W) + u32(here)));
      // As in PyTorch: the first of equal values, the last of several NaNs. Without branches, which cost more.
      let value_is_nan = is_nan(value);
      let better = (chosen < 0) | value_is_nan | (!best_is_nan & (value > best));
      best = select(best, value, better);
      chosen = select(chosen, here, better);
      best_is_nan |= value_is_nan;
    }
  }
  out0(e, best);
  out1(e, chosen);
#endif
}

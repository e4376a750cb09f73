// All elements of an arena times a factor, or limited. Zeros stay zeros whatever the factor: the gaps between tensors must.
${HEADER}

const COUNT = ${COUNT}u;

${BINDINGS}

fn factor() -> f32 {
#if ${CLIP}
  // As in PyTorch: a norm that is NaN makes everything NaN.
  return nan_min(precise_div(${FIRST_SCALAR}, ${NORM} + 1e-6), 1.0);
#else
  return ${FIRST_SCALAR};
#endif
}

fn scaled(x: f32, by: f32) -> f32 {
#if ${CLAMP}
  let y = nan_min(nan_max(x, ${FIRST_SCALAR}), ${SECOND_SCALAR});
#else
  let y = select(x * by, x, (bitcast<u32>(x) << 1u) == 0u);
#endif
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
  let by = factor();
  let v = list[at];
  list[at] = vec4(scaled(v.x, by), scaled(v.y, by), scaled(v.z, by), scaled(v.w, by));
}

// Adam and AdamW over arenas: all tensors of a list at once. Ranges of an arena are whole vec4s; the gaps
// after tensors hold nothing and are updated too.
${HEADER}

const COUNT = ${COUNT}u;

@group(0) @binding(0) var<storage, read_write> params: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> grads: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> means: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> squares: array<vec4<f32>>;

fn root(v: vec4<f32>) -> vec4<f32> {
  return vec4(precise_sqrt(v.x), precise_sqrt(v.y), precise_sqrt(v.z), precise_sqrt(v.w));
}

// What memory holds of a number: halves are rounded.
fn stored(v: vec4<f32>) -> vec4<f32> {
#if ${HALF}
  return vec4(round_to_half(v.x), round_to_half(v.y), round_to_half(v.z), round_to_half(v.w));
#else
  return v;
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
  let lr = ${LR};
  let beta2 = ${BETA2};
  let weight_decay = ${WEIGHT_DECAY};
  var p = params[e];
#if ${MAXIMIZE}
  var g = -grads[e];
#else
  var g = grads[e];
#endif
  // Not 0·p: an infinite parameter would turn into NaN.
  if (weight_decay != 0.0) {
#if ${DECOUPLED}
    p -= lr * weight_decay * p;
#else
    g += weight_decay * p;
#endif
  }
  let old_mean = means[e];
  let mean = old_mean + ${REST1} * (g - old_mean);
  let square = beta2 * squares[e] + ${REST2} * g * g;
  means[e] = stored(mean);
  squares[e] = stored(square);
  let denominator = root(square) / precise_sqrt(${CORRECTION2}) + ${EPS};
  params[e] = stored(p - lr / ${CORRECTION1} * mean / denominator);
}

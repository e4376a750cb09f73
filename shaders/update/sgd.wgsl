// Stochastic gradient descent over arenas: all tensors of a list at once. Ranges of an arena are whole vec4s; the gaps
// after tensors hold nothing and are updated too.
${HEADER}

const COUNT = ${COUNT}u;

@group(0) @binding(0) var<storage, read_write> params: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> grads: array<vec4<f32>>;
#if ${MOMENTUM}
@group(0) @binding(2) var<storage, read_write> buffers: array<vec4<f32>>;
#endif

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
  let momentum = ${MOMENTUM_FACTOR};
  let dampening = ${DAMPENING};
  let weight_decay = ${WEIGHT_DECAY};
  let p = params[e];
#if ${MAXIMIZE}
  var g = -grads[e];
#else
  var g = grads[e];
#endif
  // Not 0·p: an infinite parameter would turn into NaN.
  if (weight_decay != 0.0) {
    g += weight_decay * p;
  }
#if ${MOMENTUM}
  let buffer = momentum * buffers[e] + (1.0 - dampening) * g;
  buffers[e] = stored(buffer);
#if ${NESTEROV}
  g += momentum * buffer;
#else
  g = buffer;
#endif
#endif
  params[e] = stored(p - lr * g);
}

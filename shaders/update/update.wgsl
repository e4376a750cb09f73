// The driver of all optimizer updates: the tensors of each list lie in one arena, and all of them are updated at once. Ranges
// of an arena are whole vec4s; the gaps after tensors hold zeros, and are updated too. The formula comes from the file of
// the optimizer, as `advance`.
${HEADER}

const COUNT = ${COUNT}u;

// One element: the parameter p, its gradient g, and its states by name.
struct Element {
${FIELDS}
}

${BINDINGS}

${FORMULA}

// What memory holds of a number: halves are rounded.
fn stored(x: f32) -> f32 {
#if ${HALF}
  return round_to_half(x);
#else
  return x;
#endif
}

fn updated(old: Element) -> Element {
  var e = old;
  let lr = ${LR};
  let weight_decay = ${WEIGHT_DECAY};
#if ${MAXIMIZE}
  e.g = -e.g;
#endif
  // Not 0·p: an infinite parameter would turn into NaN.
  if (weight_decay != 0.0) {
#if ${DECOUPLED}
    e.p -= lr * weight_decay * e.p;
#else
    e.g += weight_decay * e.p;
#endif
  }
  return advance(lr, e);
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
${LANES}
}

// The norm of all that an arena holds; gaps hold zeros. FIRST: groups go over the vectors in strides, and each leaves one
// partial result. LAST: one group combines the partial results. One group alone does both at once.
${HEADER}

const WIDTH = ${WIDTH}u;
${BINDINGS}

var<workgroup> partial: array<f32, ${WIDTH}>;

fn combine(a: f32, b: f32) -> f32 {
#if ${INFINITY}
  return nan_max(a, b);
#else
  return a + b;
#endif
}

fn entering(x: f32) -> f32 {
#if ${INFINITY}
  return abs(x);
#elif ${TWO}
  return x * x;
#else
  return precise_pow(abs(x), ${P});
#endif
}

fn leaving(x: f32) -> f32 {
#if ${INFINITY}
  return x;
#elif ${TWO}
  return precise_sqrt(x);
#else
  return precise_pow(x, 1.0 / ${P});
#endif
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  var sum = 0.0;
  for (var i = group.x * WIDTH + thread; i < ${COUNT}u; i += WIDTH * ${GROUPS}u) {
#if ${FIRST}
    let v = list[i];
    sum = combine(sum, combine(combine(entering(v.x), entering(v.y)), combine(entering(v.z), entering(v.w))));
#else
    sum = combine(sum, partials[i]);
#endif
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial[thread] = combine(partial[thread], partial[thread + half]);
    }
    workgroupBarrier();
  }
  if (thread == 0u) {
#if ${LAST}
    out0(0u, leaving(partial[0]));
#else
    partials[${OFFSET}u + group.x] = partial[0];
#endif
  }
}

// amax and amin. NaN wins.
alias Accumulator = ${T};

fn identity() -> Accumulator { return ${WORST}; }
fn element(x: ${T}, r: u32) -> Accumulator { return x; }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
#if ${FLOAT}
#if ${MAX}
  return nan_max(a, b);
#else
  return nan_min(a, b);
#endif
#elif ${MAX}
  return max(a, b);
#else
  return min(a, b);
#endif
}
fn result(a: Accumulator) -> ${T} { return a; }
